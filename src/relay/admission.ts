// Whether one more call may be handed to the ledger.
// Owns: the count and age of calls in flight, and the draining state.
//   A1. A call counts until the ledger settles it, not until its caller was answered: a ledger that never
//       answers holds at most `CALLS_IN_FLIGHT_MAX` calls in memory.
//   A2. A refused call was certainly not submitted.
import { type Answer, notNow } from "./answer.ts"

/** Calls handed to the ledger and not settled. At most 2 MiB each, in practice a few KiB. */
const CALLS_IN_FLIGHT_MAX = 1_024

/** A ledger that has not settled a call for this long is not given new ones, in ms. */
const STALL_MS = 10_000

export class Admission {
  readonly #max: number
  /** Start times in ms; the first is the oldest. */
  readonly #calls = new Map<symbol, number>()
  #draining = false

  constructor(max: number = CALLS_IN_FLIGHT_MAX) {
    this.#max = max
  }

  get inFlight(): number {
    return this.#calls.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Age of the oldest call in flight, in ms; 0 when there is none. */
  oldestMs(nowMs: number): number {
    const [oldest] = this.#calls.values()
    return oldest === undefined ? 0 : nowMs - oldest
  }

  isStalled(nowMs: number): boolean {
    return this.oldestMs(nowMs) > STALL_MS
  }

  /** From now on every call is refused. */
  drain(): void {
    this.#draining = true
  }

  /** Why a call may not start now; `undefined` when it may. */
  refusal(nowMs: number): Answer | undefined {
    if (this.#draining) {
      return notNow(503, "draining", "This relay is shutting down; ask another one, or again.")
    }
    if (this.isStalled(nowMs)) {
      return notNow(
        503,
        "stalled",
        `The ledger has not answered a call for ${this.oldestMs(nowMs)} ms; nothing new is sent to it until it does.`,
      )
    }
    if (this.#calls.size >= this.#max) {
      return notNow(429, "overloaded", `${this.#calls.size} calls are waiting for the ledger.`)
    }
    return undefined
  }

  /** Counts a call until `settled`, whose outcome is the caller's business, is over. */
  track(settled: Promise<unknown>, nowMs: number): void {
    const call = Symbol("call")
    this.#calls.set(call, nowMs)
    const forget = () => this.#calls.delete(call)
    settled.then(forget, forget)
  }
}
