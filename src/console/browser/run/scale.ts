// Scale: from instants to places between 0 and 1, so that a step of 5 ms can be seen beside a sleep of a month.
// Owns: which stretches are compressed, and by how much. Must not touch: pixels, words. Pure.
//   C1. Order is kept; of quiet stretches equal ones stay equal, and a longer one is never drawn shorter.
//   C2. A stretch is compressed when nothing happened in it, and it is longer than all ordinary ones together could bear;
//       one that is compressed is a break, and shown as such. Work that takes a while is no silence, unless it takes very long.
//   C3. While a stretch grows into a break it does not jump.

/** A quiet stretch may be so many times as long as all ordinary stretches together before it is compressed. */
const QUIET_FACTOR = 4

/** What a compressed stretch gains with each doubling of its duration. */
const GAIN_PER_OCTAVE = 0.12

/** Nobody minds a shorter silence, nor shorter work. */
const QUIET_MS_MIN = 2_000
const WORK_MS_MIN = 60_000

/** A stretch in which something was at work. */
export interface Work {
  readonly fromMs: number
  readonly toMs: number
}

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

interface Happenings {
  /** When something happened, in any order, with repetitions. */
  readonly instants: Iterable<number>
  readonly works?: Iterable<Work>
}

/** @param isEven nothing is compressed */
export function scaleOf(
  { instants, works = [] }: Happenings,
  fromMs: number,
  toMs: number,
  isEven = false,
): Scale {
  const edges = edgesOf(instants, fromMs, Math.max(toMs, fromMs + 1))
  const canBreak = breakable(edges, works)
  const limit = isEven ? Infinity : limitOf(edges, canBreak)
  const places = new Float64Array(edges.length)
  const breaks: Break[] = []
  for (let index = 1; index < edges.length; index++) {
    const [from = 0, to = 0] = [edges[index - 1], edges[index]]
    const isBreak = to - from > limit && canBreak[index] === 1
    if (isBreak) breaks.push({ fromMs: from, toMs: to })
    const length = isBreak ? compressed(to - from, limit) : to - from
    places[index] = (places[index - 1] ?? 0) + length
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

function compressed(length: number, limit: number): number {
  return limit * (1 + GAIN_PER_OCTAVE * Math.log2(length / limit))
}

/** For each edge but the first, whether the stretch before it may become a break. */
function breakable(edges: Float64Array, works: Iterable<Work>): Uint8Array {
  const busy = new Int32Array(edges.length + 1)
  for (const { fromMs, toMs } of works) {
    const [from, to] = [indexOf(edges, fromMs), indexOf(edges, toMs)]
    busy[from] = (busy[from] ?? 0) + 1
    busy[to] = (busy[to] ?? 0) - 1
  }
  const canBreak = new Uint8Array(edges.length)
  let atWork = 0
  for (let index = 1; index < edges.length; index++) {
    atWork += busy[index - 1] ?? 0
    const length = (edges[index] ?? 0) - (edges[index - 1] ?? 0)
    canBreak[index] = length > (atWork > 0 ? WORK_MS_MIN : QUIET_MS_MIN) ? 1 : 0
  }
  return canBreak
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

/** The longest silence that is drawn as it is. */
function limitOf(edges: Float64Array, canBreak: Uint8Array): number {
  const candidates: number[] = []
  let ordinary = 0
  let longest = 0
  for (let index = 1; index < edges.length; index++) {
    const length = (edges[index] ?? 0) - (edges[index - 1] ?? 0)
    if (canBreak[index] === 1) candidates.push(length)
    else {
      ordinary += length
      longest = Math.max(longest, length)
    }
  }
  candidates.sort((one, other) => one - other)
  for (const [index, length] of candidates.entries()) {
    if (ordinary > 0 && length > QUIET_FACTOR * ordinary) {
      return Math.max((QUIET_FACTOR * ordinary) / (candidates.length - index), longest)
    }
    ordinary += length
    longest = Math.max(longest, length)
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
  const low = indexOf(edges, ms)
  const [from = 0, to = 1] = [edges[low], edges[low + 1]]
  const [start = 0, end = 0] = [places[low], places[low + 1]]
  return (start + ((ms - from) / (to - from)) * (end - start)) / whole
}

/** The last edge that is no later. */
function indexOf(edges: Float64Array, ms: number): number {
  let [low, high] = [0, edges.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((edges[middle] ?? 0) <= ms) low = middle
    else high = middle
  }
  return low
}
