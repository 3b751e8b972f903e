// Limit: how long one may be kept waiting by whoever listens and says nothing.
// Owns: the clock of one wait. Must not touch: what is waited for.

import { BelayClientError } from "./error.ts"

/** A clock that is set further fires at once. */
export const CLOCK_MS_MAX = 2 ** 31 - 1

export class Limit {
  readonly #abort = new AbortController()
  readonly #ms: number
  readonly #timer: ReturnType<typeof setTimeout>
  /** Aborted when the time is over, or by the caller. */
  readonly signal: AbortSignal

  constructor(ms: number, caller: AbortSignal | undefined) {
    this.#ms = ms
    this.#timer = setTimeout(() => this.#abort.abort(this.error()), Math.min(ms, CLOCK_MS_MAX))
    const own = this.#abort.signal
    this.signal = caller === undefined ? own : AbortSignal.any([own, caller])
  }

  /** Whether it was this that ended the wait. */
  get isOver(): boolean {
    return this.#abort.signal.aborted
  }

  error(): BelayClientError {
    return new BelayClientError({
      code: "network",
      message: `No answer came within ${this.#ms / 1_000} s.`,
      status: 0,
    })
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
