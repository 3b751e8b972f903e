// Ceilings: how much of a stream of runs a part of a deployment bears before its queue only grows.
// Owns: what "bears" means, and the search. Must not touch: how a part works (models).
//   C1. A rate is borne when, over the time that is played, waiting stays short: p99 below the patience of who waits, and
//       at the end no more waits than arrives in a quarter of a second.

import { seededRandom, type Random } from "../support/seeded-random.ts"
import type { Constants } from "./constants.ts"
import { IndexShards } from "./models/index-shards.ts"
import { LedgerRelays } from "./models/ledger-relays.ts"
import { Limiters } from "./models/limiters.ts"
import { OneMachine } from "./models/one-machine.ts"
import { exponential } from "./queueing/draw.ts"
import { EventLoop } from "./queueing/event-loop.ts"
import type { Histogram } from "./queueing/histogram.ts"

export interface Part {
  readonly name: string
  /** What moves its ceiling; `undefined` where only another machine does. */
  readonly setting: string
  readonly values: readonly number[]
  readonly standard: number
  readonly patienceMs: (constants: Constants) => number
  readonly make: (loop: EventLoop, random: Random, constants: Constants, value: number) => PartModel
}

interface PartModel {
  /** One run of the stream. */
  readonly run: () => void
  readonly waitedMs: readonly Histogram[]
  readonly waiting: () => number
}

const EVENTS_PER_CALL = 2

/** Calls of the ledger that one run makes: money set aside, then taken. */
const CALLS_PER_RUN = 2

const LEDGER_PATIENCE_MS = 100

/** What a person finds slow. */
const START_PATIENCE_MS = 1_000

export const PARTS: readonly Part[] = [
  {
    name: "search index",
    setting: "BELAY_INDEX_SHARDS",
    values: [2, 4, 8, 16, 32, 64, 128, 256],
    standard: 4,
    patienceMs: ({ announcementPatienceMs }) => announcementPatienceMs.value,
    make: (loop, random, constants, shards) => {
      const index = new IndexShards(loop, random, constants, shards)
      return {
        // As many end as begin.
        run: () => {
          index.started()
          index.ended()
        },
        waitedMs: [index.announcedMs, index.endedMs],
        waiting: () => index.waiting,
      }
    },
  },
  {
    name: "limiter of a key",
    setting: "keys of the limit",
    values: [1, 4, 16, 64],
    standard: 1,
    patienceMs: () => LEDGER_PATIENCE_MS,
    make: (loop, random, constants, keys) => {
      const limiters = new Limiters(loop, random, constants, keys)
      return {
        run: () => limiters.run(),
        waitedMs: [limiters.askedMs],
        waiting: () => limiters.waiting,
      }
    },
  },
  {
    name: "relays of the ledger",
    setting: "number of relays",
    values: [1, 2, 3],
    standard: 1,
    patienceMs: () => LEDGER_PATIENCE_MS,
    make: (loop, random, constants, relays) => {
      const ledger = new LedgerRelays(loop, random, constants, {
        relays,
        eventsPerCall: EVENTS_PER_CALL,
      })
      return {
        run: () => {
          for (let call = 0; call < CALLS_PER_RUN; call++) ledger.call()
        },
        waitedMs: [ledger.callMs],
        waiting: () => ledger.waiting,
      }
    },
  },
  {
    name: "one machine of one's own",
    setting: "machines",
    values: [1],
    standard: 1,
    patienceMs: () => START_PATIENCE_MS,
    make: (loop, random, constants) => {
      const machine = new OneMachine(loop, random, constants)
      return {
        run: () => machine.start(),
        waitedMs: [machine.startedMs],
        waiting: () => machine.waiting,
      }
    },
  },
]

export interface Played {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly waiting: number
  readonly isBorne: boolean
}

/** Long enough for a queue that grows to be seen, short enough to be played often. */
const ARRIVALS = 20_000

/** Twice the time until a shard reads what it was told. */
const PLAY_MS_MIN = 4_000

/** What waits at the end is no queue that grows, if it is less than this, or arrives in so short a time. */
const WAITING_MIN = 100
const WAITING_MS_MAX = 250

export function playPart(
  part: Part,
  value: number,
  runsPerSecond: number,
  constants: Constants,
  seed: number,
): Played {
  const loop = new EventLoop()
  const random = seededRandom(seed)
  const model = part.make(loop, random, constants, value)
  const nextMs = exponential(random, 1_000 / runsPerSecond)
  const playMs = Math.max(PLAY_MS_MIN, (ARRIVALS / runsPerSecond) * 1_000)
  const arrival = () => {
    model.run()
    const inMs = nextMs()
    if (loop.nowMs + inMs < playMs) loop.after(inMs, arrival)
  }
  loop.after(nextMs(), arrival)
  loop.playUntil(playMs)
  const patienceMs = part.patienceMs(constants)
  const p99Ms = Math.max(...model.waitedMs.map((waited) => waited.percentile(0.99)))
  const waiting = model.waiting()
  const borneMax = Math.max(WAITING_MIN, (runsPerSecond * WAITING_MS_MAX) / 1_000)
  return {
    p50Ms: Math.max(...model.waitedMs.map((waited) => waited.percentile(0.5))),
    p99Ms,
    waiting,
    isBorne: p99Ms <= patienceMs && waiting <= borneMax,
  }
}

/** How near the search comes, as a share. */
const NEARNESS = 0.03

/** The most runs a second that the part bears. */
export function ceilingOf(part: Part, value: number, constants: Constants, seed: number): number {
  let borne = 1
  let tooMany = 2
  while (playPart(part, value, tooMany, constants, seed).isBorne) {
    borne = tooMany
    tooMany *= 2
  }
  while (tooMany - borne > borne * NEARNESS) {
    const middle = (borne + tooMany) / 2
    if (playPart(part, value, middle, constants, seed).isBorne) borne = middle
    else tooMany = middle
  }
  return borne
}
