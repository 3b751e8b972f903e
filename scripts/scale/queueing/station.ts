// Station: what does one thing after the other, and those who wait for it: an object, a process, a core.
// Owns: the queue, first come first served, and what is known of it. Must not touch: what comes of an item when it is done.

import type { DrawMs } from "./draw.ts"
import type { EventLoop } from "./event-loop.ts"
import { Histogram } from "./histogram.ts"

interface Waiting {
  readonly cameMs: number
  readonly serviceMs: number
  readonly done: () => void
}

export class Station {
  /** From an item's arrival to its end. */
  readonly sojournMs = new Histogram()
  /** From an item's arrival to its begin. */
  readonly waitMs = new Histogram()
  readonly #loop: EventLoop
  readonly #serviceMs: DrawMs
  #queue: Waiting[] = []
  #head = 0
  #isBusy = false
  #busyMs = 0
  #longest = 0

  constructor(loop: EventLoop, serviceMs: DrawMs) {
    this.#loop = loop
    this.#serviceMs = serviceMs
  }

  /** @param serviceMs where this item takes another time than others */
  arrive(done: () => void = nothing, serviceMs = this.#serviceMs()): void {
    this.#queue.push({ cameMs: this.#loop.nowMs, serviceMs, done })
    this.#longest = Math.max(this.#longest, this.length)
    if (!this.#isBusy) this.#serve()
  }

  /** Who waits now. */
  get length(): number {
    return this.#queue.length - this.#head
  }

  get longest(): number {
    return this.#longest
  }

  /** Share of the time since the beginning in which it was busy. */
  get utilisation(): number {
    return this.#loop.nowMs === 0 ? 0 : Math.min(1, this.#busyMs / this.#loop.nowMs)
  }

  #serve(): void {
    const item = this.#queue[this.#head]
    if (item === undefined) {
      this.#queue = []
      this.#head = 0
      return
    }
    this.#head++
    this.#isBusy = true
    this.#busyMs += item.serviceMs
    this.waitMs.add(this.#loop.nowMs - item.cameMs)
    this.#loop.after(item.serviceMs, () => {
      this.#isBusy = false
      this.sojournMs.add(this.#loop.nowMs - item.cameMs)
      item.done()
      // What came of it may have been an item for this very station.
      if (!this.#isBusy) this.#serve()
    })
  }
}

function nothing(): void {}
