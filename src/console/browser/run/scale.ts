// Scale: from instants to places between 0 and 1, so that a step of 5 ms can be seen beside a sleep of a month.
// Owns: which stretches are compressed, and by how much. Must not touch: pixels, words. Pure.
//   C1. Order is kept, equal durations stay equal, and a longer one is never drawn shorter.
//   C2. A stretch is compressed when nothing happened in it, and it is longer than all ordinary ones together could bear;
//       one that is compressed is a break, and shown as such.
//   C3. While a stretch grows into a break it does not jump.

/** A quiet stretch may be so many times as long as all ordinary stretches together before it is compressed. */
const QUIET_FACTOR = 4

/** What a compressed stretch gains with each doubling of its duration. */
const GAIN_PER_OCTAVE = 0.12

/** Nobody minds a shorter silence. */
const QUIET_MS_MIN = 2_000

interface Break {
  readonly fromMs: number
  readonly toMs: number
}

export interface Scale {
  readonly fromMs: number
  readonly toMs: number
  readonly breaks: readonly Break[]
  /** The stretches of even time, between the breaks. */
  readonly stretches: readonly Break[]
  /** 0 at the beginning, 1 at the end; what lies outside is there. */
  at(ms: number): number
}

/**
 * @param instants when something happened, in any order, with repetitions
 * @param isEven nothing is compressed
 */
export function scaleOf(
  instants: Iterable<number>,
  fromMs: number,
  toMs: number,
  isEven = false,
): Scale {
  const edges = edgesOf(instants, fromMs, Math.max(toMs, fromMs + 1))
  const limit = isEven ? Infinity : limitOf(edges)
  const places = new Float64Array(edges.length)
  const breaks: Break[] = []
  for (let index = 1; index < edges.length; index++) {
    const [from = 0, to = 0] = [edges[index - 1], edges[index]]
    const length = to - from
    if (length > limit) breaks.push({ fromMs: from, toMs: to })
    places[index] = (places[index - 1] ?? 0) + drawnLength(length, limit)
  }
  const [first = fromMs, last = toMs] = [edges[0], edges.at(-1)]
  return {
    fromMs: first,
    toMs: last,
    breaks,
    stretches: between(breaks, first, last),
    at: (ms) => placeOf(ms, edges, places),
  }
}

function drawnLength(length: number, limit: number): number {
  if (length <= limit) return length
  return limit * (1 + GAIN_PER_OCTAVE * Math.log2(length / limit))
}

/** Sorted, each once, from the beginning to the end. */
function edgesOf(instants: Iterable<number>, fromMs: number, toMs: number): Float64Array {
  const inside = [fromMs, toMs]
  for (const each of instants) if (each > fromMs && each < toMs) inside.push(each)
  const sorted = Float64Array.from(inside).sort()
  let count = 0
  for (const each of sorted) {
    if (count > 0 && sorted[count - 1] === each) continue
    sorted[count++] = each
  }
  return sorted.subarray(0, count)
}

/** The longest duration that is drawn as it is. */
function limitOf(edges: Float64Array): number {
  const lengths = new Float64Array(edges.length - 1)
  for (let index = 0; index < lengths.length; index++) {
    lengths[index] = (edges[index + 1] ?? 0) - (edges[index] ?? 0)
  }
  lengths.sort()
  let ordinary = 0
  for (const [index, length] of lengths.entries()) {
    const isQuiet = length > QUIET_FACTOR * ordinary && length > QUIET_MS_MIN
    if (isQuiet && index > 0) {
      const share = (QUIET_FACTOR * ordinary) / (lengths.length - index)
      return Math.max(share, lengths[index - 1] ?? 0)
    }
    ordinary += length
  }
  return Infinity
}

function between(breaks: readonly Break[], fromMs: number, toMs: number): Break[] {
  const stretches: Break[] = []
  let from = fromMs
  for (const each of breaks) {
    if (each.fromMs > from) stretches.push({ fromMs: from, toMs: each.fromMs })
    from = each.toMs
  }
  if (toMs > from) stretches.push({ fromMs: from, toMs })
  return stretches
}

function placeOf(ms: number, edges: Float64Array, places: Float64Array): number {
  const last = edges.length - 1
  const whole = places[last] ?? 1
  if (ms <= (edges[0] ?? 0)) return 0
  if (ms >= (edges[last] ?? 0)) return 1
  let [low, high] = [0, last]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((edges[middle] ?? 0) <= ms) low = middle
    else high = middle
  }
  const [from = 0, to = 1] = [edges[low], edges[high]]
  const [start = 0, end = 0] = [places[low], places[high]]
  return (start + ((ms - from) / (to - from)) * (end - start)) / whole
}
