// Ledger relays: relays as queues, and the ledger behind them that takes one batch after the other.
// Owns: a call's way through them. Must not touch: who calls.
//   M1. A relay is one thread. Its client of the ledger coalesces the calls that wait, with one batch of it under way.

import { between, type Random } from "../../support/seeded-random.ts"
import type { Constants } from "../constants.ts"
import { BatchStation } from "../queueing/batch-station.ts"
import { exponential } from "../queueing/draw.ts"
import type { EventLoop } from "../queueing/event-loop.ts"
import { Histogram } from "../queueing/histogram.ts"
import { Station } from "../queueing/station.ts"

interface Relay {
  readonly thread: Station
  readonly client: BatchStation
}

export class LedgerRelays {
  readonly callMs = new Histogram()
  readonly #loop: EventLoop
  readonly #random: Random
  readonly #constants: Constants
  readonly #ledger: Station
  readonly #relays: readonly Relay[]
  readonly #eventsPerCall: number

  constructor(
    loop: EventLoop,
    random: Random,
    constants: Constants,
    { relays, eventsPerCall }: { readonly relays: number; readonly eventsPerCall: number },
  ) {
    this.#loop = loop
    this.#random = random
    this.#constants = constants
    this.#eventsPerCall = eventsPerCall
    const { relayRequestMs, relayEventMs, ledgerBatchEvents } = constants
    const callMs = relayRequestMs.value + eventsPerCall * relayEventMs.value
    this.#ledger = new Station(loop, () => 0)
    this.#relays = Array.from({ length: relays }, () => ({
      thread: new Station(loop, exponential(random, callMs)),
      client: new BatchStation(loop, {
        itemsMax: Math.floor(ledgerBatchEvents.value / eventsPerCall),
        work: (calls, done) => this.#commit(calls, done),
      }),
    }))
  }

  call(done: () => void = () => undefined): void {
    const relay = this.#relays[between(this.#random, 0, this.#relays.length - 1)]
    const beganMs = this.#loop.nowMs
    relay?.thread.arrive(() =>
      relay.client.arrive(() => {
        this.callMs.add(this.#loop.nowMs - beganMs)
        done()
      }),
    )
  }

  get longest(): number {
    return Math.max(
      ...this.#relays.map(({ thread, client }) => Math.max(thread.longest, client.longest)),
    )
  }

  get waiting(): number {
    return this.#relays.reduce((sum, { thread, client }) => sum + thread.length + client.length, 0)
  }

  /** Replication takes its time whatever the batch holds; the events are done one after the other. */
  #commit(calls: number, done: () => void): void {
    const { ledgerCommitMs, ledgerEventMs } = this.#constants
    this.#loop.after(ledgerCommitMs.value, () => {
      this.#ledger.arrive(done, calls * this.#eventsPerCall * ledgerEventMs.value)
    })
  }
}
