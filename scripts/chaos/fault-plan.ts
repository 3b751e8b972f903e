// Fault plan: what goes wrong when, drawn from the seed before anything begins.
// Owns: the kinds, their lengths, their order. Pure. Must not touch: processes, disks, clocks (faults.ts).
//   P1. The lanes run side by side, so that one kind meets another; in a lane one fault follows the other.
//   P2. Every lane deals its kinds from a shuffled deck: each has had its turn before one comes again.

import { between, type Random } from "../support/seeded-random.ts"

export type Victim = "runtime" | "relay"
export type Way = "client" | "relay"
export type Disk = "state" | "ledger"

export type Fault =
  /** SIGKILL; dead for so long. */
  | { readonly kind: "kill"; readonly victim: Victim; readonly ms: number }
  /** SIGSTOP, and after so long SIGCONT. */
  | { readonly kind: "stop"; readonly victim: Victim; readonly ms: number }
  /** All connections are reset, and no new one gets through for so long. */
  | { readonly kind: "cut"; readonly way: Way; readonly ms: number }
  /** For so long connections are cut in the middle, lost in one direction, half closed, slow. */
  | { readonly kind: "weather"; readonly way: Way; readonly ms: number }
  /** No room is left for so long. */
  | { readonly kind: "fill"; readonly disk: Disk; readonly ms: number }
  /** The wall clock steps, and after so long back. */
  | {
      readonly kind: "clock"
      readonly victim: Victim
      readonly stepMs: number
      readonly ms: number
    }

export interface PlannedFault {
  /** How long nothing happens in its lane before it. */
  readonly pauseMs: number
  /** The first of its kind: made even when the time is over by then. */
  readonly isOwed: boolean
  readonly fault: Fault
}

/** What there is to make faults of. */
export interface Possible {
  readonly disks: readonly Disk[]
  readonly clocks: readonly Victim[]
}

type Card = (random: Random) => Fault

type Span = readonly [min: number, max: number]

/** How long the faults of a run are; a short run has only short ones. */
interface Lengths {
  readonly dead: Span
  readonly stopped: Span
  readonly stoppedLong: Span
  readonly cut: Span
  readonly weather: Span
  readonly full: Span
  readonly step: Span
  readonly stepped: Span
  readonly pause: Span
}

const SHORT_RUN_MS = 60_000

const SHORT: Lengths = {
  dead: [0, 300],
  stopped: [300, 800],
  stoppedLong: [1_000, 1_500],
  cut: [100, 600],
  weather: [800, 1_500],
  full: [800, 1_500],
  step: [1_000, 5_000],
  stepped: [800, 1_500],
  pause: [200, 900],
}

const LONG: Lengths = {
  dead: [0, 3_000],
  stopped: [100, 2_500],
  // Longer than an attempt of a step (5 s), a call to the relay (4 s) and a request of the client.
  stoppedLong: [6_000, 22_000],
  cut: [100, 6_000],
  weather: [2_000, 12_000],
  full: [500, 12_000],
  // Up to more than the relay lets a caller's clock be away (60 s).
  step: [500, 75_000],
  stepped: [1_000, 15_000],
  pause: [500, 9_000],
}

/** Each lane's faults in their order, for about so long. */
export function planFaults(
  random: Random,
  durationMs: number,
  possible: Possible,
): PlannedFault[][] {
  const lengths = durationMs < SHORT_RUN_MS ? SHORT : LONG
  return lanesOf(lengths, possible).map((deck) => planLane(random, deck, durationMs, lengths.pause))
}

/** The kind of a fault with its target, as it is counted. */
export function nameOf(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
    case "stop":
    case "clock":
      return `${fault.kind} ${fault.victim}`
    case "cut":
    case "weather":
      return `${fault.kind} ${fault.way}`
    case "fill":
      return `${fault.kind} ${fault.disk}`
  }
}

function lanesOf(lengths: Lengths, { disks, clocks }: Possible): Card[][] {
  const { dead, stopped, stoppedLong, cut, weather, full, step, stepped } = lengths
  const ofProcess = (victim: Victim): Card[] => [
    (random) => ({ kind: "kill", victim, ms: between(random, ...dead) }),
    (random) => ({ kind: "kill", victim, ms: between(random, ...dead) }),
    (random) => ({ kind: "stop", victim, ms: between(random, ...stopped) }),
    (random) => ({ kind: "stop", victim, ms: between(random, ...stoppedLong) }),
  ]
  const ofWay = (way: Way): Card[] => [
    (random) => ({ kind: "cut", way, ms: between(random, ...cut) }),
    (random) => ({ kind: "weather", way, ms: between(random, ...weather) }),
  ]
  const ofDisk = (disk: Disk): Card[] => [
    (random) => ({ kind: "fill", disk, ms: between(random, ...full) }),
  ]
  const ofClock = (victim: Victim): Card[] => [
    (random) => {
      const stepMs = between(random, ...step) * (random() < 0.5 ? -1 : 1)
      return { kind: "clock", victim, stepMs, ms: between(random, ...stepped) }
    },
  ]
  return [
    ofProcess("runtime"),
    ofProcess("relay"),
    [...ofWay("client"), ...ofWay("relay")],
    disks.flatMap(ofDisk),
    clocks.flatMap(ofClock),
  ].filter((deck) => deck.length > 0)
}

function planLane(
  random: Random,
  deck: readonly Card[],
  durationMs: number,
  pause: Span,
): PlannedFault[] {
  const planned: PlannedFault[] = []
  let atMs = 0
  let hand: Card[] = []
  while (atMs < durationMs || planned.length < deck.length) {
    if (hand.length === 0) hand = shuffled(random, deck)
    const card = hand.pop()
    if (card === undefined) break
    const isOwed = planned.length < deck.length
    const next = { pauseMs: between(random, ...pause), isOwed, fault: card(random) }
    atMs += next.pauseMs + next.fault.ms
    planned.push(next)
  }
  return planned
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ item }) => item)
}
