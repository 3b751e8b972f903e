// Storm: very many sleeping runs that are due in the same minute: how long until all have gone on, and the index knows it.
// Owns: that play. Must not touch: how a part works (models).

import { seededRandom } from "../support/seeded-random.ts"
import type { Constants } from "./constants.ts"
import { IndexShards } from "./models/index-shards.ts"
import { LedgerRelays } from "./models/ledger-relays.ts"
import { OneMachine } from "./models/one-machine.ts"
import { EventLoop } from "./queueing/event-loop.ts"
import type { Histogram } from "./queueing/histogram.ts"

export interface StormOptions {
  readonly sleepers: number
  /** They are due evenly over this time. */
  readonly windowMs: number
  readonly shards: number
  readonly relays: number
  /** Of those that wake, the share that calls the ledger. */
  readonly ledgerShare: number
  /** One process of the runtime wakes them all; otherwise each object wakes by itself. */
  readonly isOneMachine: boolean
}

export interface StormFigures {
  readonly options: StormOptions
  /** From the first that was due until everything is done. */
  readonly drainedMs: number
  readonly wakeP50Ms: number
  readonly wakeP99Ms: number
  readonly ledgerP99Ms: number
  readonly indexP50Ms: number
  readonly indexP99Ms: number
  /** The longest queue at one shard. */
  readonly shardQueue: number
  /** On one machine: the most objects in memory at once, with what they take. */
  readonly residents?: {
    readonly objects: number
    readonly memoryMebibytes: number
    readonly openFiles: number
  }
}

export function playStorm(options: StormOptions, constants: Constants, seed: number): StormFigures {
  const { sleepers, windowMs, shards, relays, ledgerShare, isOneMachine } = options
  const loop = new EventLoop()
  const random = seededRandom(seed)
  const index = new IndexShards(loop, random, constants, shards)
  const ledger = new LedgerRelays(loop, random, constants, { relays, eventsPerCall: 2 })
  const machine = isOneMachine ? new OneMachine(loop, random, constants) : undefined
  let drainedMs = 0
  const ended = () => index.ended(() => (drainedMs = loop.nowMs))
  const goOn = () => {
    if (random() < ledgerShare) ledger.call(ended)
    else ended()
  }
  const lateness = machine?.startedMs
  let left = sleepers
  let objects = 0
  let objectsMax = 0
  /** The runtime loads what is due at once, and keeps what has come to rest for a while. */
  const rests = () => {
    goOn()
    loop.after(constants.restingMs.value, () => objects--)
  }
  const due = () => {
    objectsMax = Math.max(objectsMax, ++objects)
    if (machine === undefined) goOn()
    else machine.wake(rests)
    if (--left > 0) loop.after(windowMs / sleepers, due)
  }
  loop.after(0, due)
  loop.playUntil(Infinity)
  return {
    options,
    drainedMs,
    wakeP50Ms: share(lateness, 0.5),
    wakeP99Ms: share(lateness, 0.99),
    ledgerP99Ms: ledger.callMs.percentile(0.99),
    indexP50Ms: index.endedMs.percentile(0.5),
    indexP99Ms: index.endedMs.percentile(0.99),
    shardQueue: index.longest,
    ...(isOneMachine ? { residents: residentsOf(objectsMax, constants) } : {}),
  }
}

function residentsOf(objects: number, constants: Constants) {
  const { restingObjectMebibytes, openFilesOfObject } = constants
  return {
    objects,
    memoryMebibytes: objects * restingObjectMebibytes.value,
    openFiles: objects * openFilesOfObject.value,
  }
}

function share(histogram: Histogram | undefined, part: number): number {
  return histogram?.percentile(part) ?? 0
}
