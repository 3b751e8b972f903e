// Call: one call from a party to an object, or to a service: on its way, carried out, answered.
// Owns: that it is settled once at most, and that what crosses is a copy.

import { plainCopy } from "./plain-copy.ts"
import { planFor, type Party, type Stage } from "./stage.ts"

/** Milliseconds one way takes, at most, when nothing is wrong. */
const LATENCY_MS_MAX = 4
const SLOW_MS_MAX = 20_000

export class Call {
  readonly what: string
  readonly caller: Party
  readonly input: readonly unknown[]
  readonly answer: Promise<unknown>
  readonly #stage: Stage
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  #isSettled = false

  constructor(stage: Stage, what: string, input: readonly unknown[]) {
    this.#stage = stage
    this.what = what
    this.caller = stage.party ?? stage.outside
    this.caller.pending++
    this.input = plainCopy(input)
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** How long one way takes, now. */
  latencyMs(): number {
    const { faults, timing } = this.#stage
    return faults.happens("slowNetwork") ? faults.upTo(SLOW_MS_MAX) : timing.upTo(LATENCY_MS_MAX)
  }

  succeed(value: unknown, inMs = this.latencyMs()): void {
    const copy = plainCopy(value)
    this.#settle(inMs, `answer ${this.what}`, () => this.#resolve(copy))
  }

  fail(error: Error, inMs = this.latencyMs()): void {
    this.#settle(inMs, `error ${this.what}`, () => this.#reject(error))
  }

  #settle(inMs: number, what: string, settle: () => void): void {
    if (this.#isSettled) return
    this.#isSettled = true
    planFor(this.#stage, this.caller, inMs, what, () => {
      this.caller.pending--
      settle()
    })
  }
}
