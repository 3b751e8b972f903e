// Index shards: the shards of the index as queues: what a start, a reading and an end ask of them.
// Owns: which shard hears what, and when. Must not touch: how many runs begin and end (traffic.ts).
//   M1. As src/object/run-index does: the home hears of the start and reads the run in pages, the copy is told by the page;
//       a run that ends tells both.
//   M2. Deployed, an object takes only so many requests a second, however little each of them costs.

import { between, type Random } from "../../support/seeded-random.ts"
import type { Constants } from "../constants.ts"
import { BatchStation } from "../queueing/batch-station.ts"
import { measured, type DrawMs } from "../queueing/draw.ts"
import type { EventLoop } from "../queueing/event-loop.ts"
import { Histogram } from "../queueing/histogram.ts"
import { Station } from "../queueing/station.ts"

interface Shard {
  readonly thread: Station
  readonly reader: BatchStation
}

export class IndexShards {
  /** How much later than asked a start's announcement is answered. */
  readonly announcedMs = new Histogram()
  /** From a start until a list knows how the run stands, but for the two seconds in which nobody looks. */
  readonly readMs = new Histogram()
  /** From a run's end until both of its shards have heard. */
  readonly endedMs = new Histogram()
  readonly #loop: EventLoop
  readonly #random: Random
  readonly #constants: Constants
  readonly #shards: readonly Shard[]
  readonly #requestMs: DrawMs

  constructor(loop: EventLoop, random: Random, constants: Constants, count: number) {
    this.#loop = loop
    this.#random = random
    this.#constants = constants
    this.#requestMs = measured(
      random,
      constants.requestShape.value,
      Math.max(constants.cardMs.value, 1_000 / constants.objectRequestsPerSecond.value),
    )
    this.#shards = Array.from({ length: count }, (_, number) => this.#shard(number))
  }

  /** A run begins: its home is told by whoever starts it, and reads it later. */
  started(): void {
    const home = this.#any()
    const beganMs = this.#loop.nowMs
    home.thread.arrive(() => {
      this.announcedMs.add(this.#loop.nowMs - beganMs)
      this.#loop.after(this.#constants.readAfterMs.value, () => {
        const dueMs = this.#loop.nowMs
        home.reader.arrive(() => this.readMs.add(this.#loop.nowMs - dueMs))
      })
    })
  }

  /** A run ends: it tells both shards itself. */
  ended(done: () => void = () => undefined): void {
    const beganMs = this.#loop.nowMs
    let left = 2
    const heard = () => {
      if (--left > 0) return
      this.endedMs.add(this.#loop.nowMs - beganMs)
      done()
    }
    this.#any().thread.arrive(heard)
    this.#any().thread.arrive(heard)
  }

  /** Items that wait at the shard where most do, to be answered or to be read. */
  get longest(): number {
    return Math.max(
      ...this.#shards.map(({ thread, reader }) => Math.max(thread.longest, reader.longest)),
    )
  }

  get waiting(): number {
    return this.#shards.reduce((sum, { thread, reader }) => sum + thread.length + reader.length, 0)
  }

  get utilisation(): number {
    return (
      this.#shards.reduce((sum, { thread }) => sum + thread.utilisation, 0) / this.#shards.length
    )
  }

  #any(): Shard {
    const shard = this.#shards[between(this.#random, 0, this.#shards.length - 1)]
    if (shard === undefined) throw new Error("An index has two shards at least.")
    return shard
  }

  #shard(number: number): Shard {
    const { readPageRuns } = this.#constants
    const thread = new Station(this.#loop, this.#requestMs)
    const reader = new BatchStation(this.#loop, {
      itemsMax: readPageRuns.value,
      work: (runs, done) => this.#readPage(number, runs, done),
    })
    return { thread, reader }
  }

  /** So many at once are asked, then all is written, then every other shard is told its part. */
  #readPage(number: number, runs: number, done: () => void): void {
    const { readsAtOnce, objectRoundTripMs, cardInBatchMs } = this.#constants
    const askingMs = Math.ceil(runs / readsAtOnce.value) * objectRoundTripMs.value
    this.#loop.after(askingMs, () => {
      this.#shards[number]?.thread.arrive(
        () => this.#tellCopies(runs, done),
        runs * cardInBatchMs.value,
      )
    })
  }

  #tellCopies(runs: number, done: () => void): void {
    const others = new Set(Array.from({ length: runs }, () => this.#any()))
    let left = others.size
    const told = () => {
      if (--left === 0) this.#loop.after(this.#constants.objectRoundTripMs.value, done)
    }
    for (const { thread } of others) thread.arrive(told)
  }
}
