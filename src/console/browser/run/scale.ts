// Scale: from instants to places between 0 and 1, so that a step of 5 ms can be seen beside a sleep of a month.
// Owns: which stretches are compressed, and by how much. Must not touch: pixels, words. Pure.
//   C1. Order is kept; of quiet stretches equal ones stay equal, and a longer one is never drawn shorter.
//   C2. A stretch is compressed when nothing happened in it, and it would take more than its share beside all ordinary ones;
//       one that is compressed is a break, and shown as such. Work that takes a while is no silence, unless it takes very long.
//   C3. While a stretch grows into a break, or others grow beside it, nothing jumps.
//   C4. All breaks together take less than 60 percent, unless so many of them are longer than the longest ordinary stretch
//       that C1 wants more.

/** All quiet stretches together may be so many times as long as the ordinary ones before they are compressed. */
const QUIET_FACTOR = 0.75

/** What a compressed stretch gains with the first doublings of its duration; it never becomes twice as long. */
const GAIN_PER_OCTAVE = 0.12

/** Nobody minds a shorter silence, nor shorter work. */
const QUIET_MS_MIN = 2_000
const WORK_MS_MIN = 60_000

/** At so many times its minimum a stretch is fully compressed; up to there, more and more. */
const FULL_FACTOR = 5

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
  const quietness = quietnessOf(edges, works)
  const limit = isEven ? Infinity : limitOf(edges, quietness)
  const places = new Float64Array(edges.length)
  const breaks: Break[] = []
  for (let index = 1; index < edges.length; index++) {
    const [from = 0, to = 0] = [edges[index - 1], edges[index]]
    const isBreak = to - from > limit && (quietness[index] ?? 0) > 0
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
  const gain = GAIN_PER_OCTAVE * Math.log2(length / limit)
  return limit * (1 + gain / (1 + gain))
}

/** For each edge but the first, how much the stretch before it may become a break: 0 not at all, 1 fully. */
function quietnessOf(edges: Float64Array, works: Iterable<Work>): Float64Array {
  const busy = new Int32Array(edges.length + 1)
  for (const { fromMs, toMs } of works) {
    const [from, to] = [indexOf(edges, fromMs), indexOf(edges, toMs)]
    busy[from] = (busy[from] ?? 0) + 1
    busy[to] = (busy[to] ?? 0) - 1
  }
  const quietness = new Float64Array(edges.length)
  let atWork = 0
  for (let index = 1; index < edges.length; index++) {
    atWork += busy[index - 1] ?? 0
    const length = (edges[index] ?? 0) - (edges[index - 1] ?? 0)
    const times = length / (atWork > 0 ? WORK_MS_MIN : QUIET_MS_MIN)
    quietness[index] = Math.min(Math.max((times - 1) / (FULL_FACTOR - 1), 0), 1)
  }
  return quietness
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

interface Candidate {
  readonly length: number
  readonly quiet: number
  /** How much it counts among the silences; the rest of it is ordinary time. */
  readonly weight: number
}

/** The longest silence that is drawn as it is. */
function limitOf(edges: Float64Array, quietness: Float64Array): number {
  const candidates: Candidate[] = []
  let ordinary = 0
  let longest = 0
  for (let index = 1; index < edges.length; index++) {
    const length = (edges[index] ?? 0) - (edges[index - 1] ?? 0)
    const quiet = quietness[index] ?? 0
    // What is only about to become a break is ordinary still, but soon hardly: else the last moment would do it all.
    const weight = 1 - (1 - quiet) ** 3
    ordinary += length * (1 - weight)
    if (quiet > 0) candidates.push({ length, quiet, weight })
    else longest = Math.max(longest, length)
  }
  candidates.sort((one, other) => one.length - other.length)
  const whole = ordinary > 0 ? ordinary * QUIET_FACTOR : (candidates[0]?.length ?? 0)
  let limit = Math.max(levelOf(candidates, whole), longest)
  const level = limit
  // Likewise it is drawn as it is, by so much; and what is longer, no shorter than that.
  for (const { length, quiet } of candidates) {
    limit = Math.max(limit, length ** (1 - quiet) * level ** quiet)
  }
  return limit
}

/** Where the candidates, sorted, have to be cut for their sum to be this one, each by its weight. */
function levelOf(candidates: readonly Candidate[], sum: number): number {
  let rest = sum
  let weights = candidates.reduce((all, { weight }) => all + weight, 0)
  for (const { length, weight } of candidates) {
    if (length * weights >= rest) return rest / weights
    rest -= length * weight
    weights -= weight
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
