// One piece of work that several callers wait for, each for as long as it likes.
// Owns: the callers that wait. A caller that has gone leaves nothing behind, also when the work never ends: a
// promise would keep its reaction for ever, which is how a silent ledger fills the memory.
import type { Deadlines, Waiter } from "./deadlines.ts"

export interface Settled<Value> {
  readonly value: Value
}

export class Flight<Value> {
  readonly #deadlines: Deadlines
  readonly #waiting = new Set<FlightWaiter<Value>>()
  #settled: Settled<Value> | undefined

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines
  }

  /** Ends the wait of all. */
  settle(value: Value): void {
    const settled = { value }
    this.#settled = settled
    for (const waiter of this.#waiting) this.#end(waiter, settled)
  }

  /** The value, or `undefined` when the time, in ms, is up first. */
  wait(waitMs: number): Promise<Settled<Value> | undefined> {
    if (this.#settled !== undefined) return Promise.resolve(this.#settled)
    return new Promise((resolve) => {
      const waiter: FlightWaiter<Value> = {
        deadlineMs: performance.now() + waitMs,
        resolve,
        expire: () => this.#end(waiter, undefined),
      }
      this.#waiting.add(waiter)
      this.#deadlines.enter(waiter)
    })
  }

  #end(waiter: FlightWaiter<Value>, settled: Settled<Value> | undefined): void {
    this.#waiting.delete(waiter)
    this.#deadlines.leave(waiter)
    waiter.resolve(settled)
  }
}

interface FlightWaiter<Value> extends Waiter {
  readonly resolve: (settled: Settled<Value> | undefined) => void
}
