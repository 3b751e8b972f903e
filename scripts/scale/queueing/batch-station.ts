// Batch station: takes all that waits, up to a number, and does it as one: a client that coalesces, a reader of pages.
// Owns: the queue and the one batch that is under way. Must not touch: how long a batch takes, what comes of an item.

import type { EventLoop } from "./event-loop.ts"
import { Histogram } from "./histogram.ts"

export interface BatchStationOptions {
  readonly itemsMax: number
  /** Does the batch of so many items and then calls back. */
  readonly work: (items: number, done: () => void) => void
}

export class BatchStation {
  /** From an item's arrival to the end of its batch. */
  readonly sojournMs = new Histogram()
  readonly batchItems = new Histogram()
  readonly #loop: EventLoop
  readonly #options: BatchStationOptions
  #queue: { readonly cameMs: number; readonly done: () => void }[] = []
  #head = 0
  #isBusy = false
  #longest = 0

  constructor(loop: EventLoop, options: BatchStationOptions) {
    this.#loop = loop
    this.#options = options
  }

  arrive(done: () => void = nothing): void {
    this.#queue.push({ cameMs: this.#loop.nowMs, done })
    this.#longest = Math.max(this.#longest, this.length)
    if (!this.#isBusy) this.#serve()
  }

  get length(): number {
    return this.#queue.length - this.#head
  }

  get longest(): number {
    return this.#longest
  }

  #serve(): void {
    const batch = this.#queue.slice(this.#head, this.#head + this.#options.itemsMax)
    this.#head += batch.length
    if (this.length === 0) {
      this.#queue = []
      this.#head = 0
    }
    if (batch.length === 0) return
    this.#isBusy = true
    this.batchItems.add(batch.length)
    this.#options.work(batch.length, () => {
      this.#isBusy = false
      for (const { cameMs, done } of batch) {
        this.sojournMs.add(this.#loop.nowMs - cameMs)
        done()
      }
      if (!this.#isBusy) this.#serve()
    })
  }
}

function nothing(): void {}
