// Step hands: step functions for tests: what they return is decided by the test, by hand, or at once.
// Owns: the log of every call and the attempts that wait for the test.
//   H1. A step is only ever called while a write is pending, because only then does the platform hold back what it
//       sends until the attempt is on record (promise 2). A call without one is reported as a bug in the engine.
//   H2. So is a call of a step whose outcome is recorded (promise 1), or of which an attempt is in flight.
//   H3. So is a call inside a transaction: what a throw takes back there, an effect outside does not follow.

import type { StepContext } from "../../src/engine/workflow/context.ts"
import type { MemoryStore } from "./memory-store.ts"

export interface StepCall {
  readonly name: string
  readonly path: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly input: readonly unknown[]
  /** The life of the process it was called in, from 1. */
  readonly life: number
  /** Its stretch was committed, so whatever it sent has left. */
  isOut: boolean
}

export interface PendingAttempt {
  readonly name: string
  readonly path: string
  readonly attempt: number
  readonly signal: AbortSignal
  readonly input: readonly unknown[]
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** What a step does at once. */
export type StepBody = (ctx: StepContext, ...input: never[]) => unknown

export class StepHands {
  readonly calls: StepCall[] = []
  /** Calls that should not have been. */
  readonly violations: string[] = []
  readonly #store: Pick<MemoryStore, "isInTransaction" | "isPending" | "isSettled">
  #life = 1
  #pending: PendingAttempt[] = []

  constructor(store: Pick<MemoryStore, "isInTransaction" | "isPending" | "isSettled">) {
    this.#store = store
  }

  /** Attempts in flight in this life that still count, oldest first. */
  get pending(): readonly PendingAttempt[] {
    this.#pending = this.#pending.filter(({ signal }) => !signal.aborted)
    return this.#pending
  }

  /** The calls of one step function, all lives together. */
  callsOf(name: string): StepCall[] {
    return this.calls.filter((call) => call.name === name)
  }

  /** A plain function: it gives its result at once. */
  sync<B extends StepBody>(name: string, body: B): B {
    const step = (ctx: StepContext, ...input: never[]) => {
      this.#called(name, ctx, input)
      return body(ctx, ...input)
    }
    return named(name, step) as B
  }

  /** An async function that gives its result at once. */
  async<B extends StepBody>(
    name: string,
    body: B,
  ): (...input: Parameters<B>) => Promise<ReturnType<B>> {
    const step = async (ctx: StepContext, ...input: never[]) => {
      this.#called(name, ctx, input)
      return body(ctx, ...input)
    }
    return named(name, step) as unknown as (...input: Parameters<B>) => Promise<ReturnType<B>>
  }

  /** An async function whose attempts end when the test says so. */
  task<T = unknown>(name: string): (ctx: StepContext, ...input: unknown[]) => Promise<T> {
    const step = async (ctx: StepContext, ...input: unknown[]) => {
      this.#called(name, ctx, input)
      return this.#wait(name, ctx, input)
    }
    return named(name, step) as (ctx: StepContext, ...input: unknown[]) => Promise<T>
  }

  /** A plain function that returns a promise, which nobody can know in advance. */
  lazy<T = unknown>(name: string): (ctx: StepContext, ...input: unknown[]) => Promise<T> {
    const step = (ctx: StepContext, ...input: unknown[]) => {
      this.#called(name, ctx, input)
      return this.#wait(name, ctx, input)
    }
    return named(name, step) as (ctx: StepContext, ...input: unknown[]) => Promise<T>
  }

  committed(): void {
    for (let index = this.calls.length - 1; index >= 0; index--) {
      const call = this.calls[index]
      if (call === undefined || call.isOut) return
      call.isOut = true
    }
  }

  /** The process is gone: calls whose stretch was not committed never reached anybody. */
  died(): void {
    while (this.calls.at(-1)?.isOut === false) this.calls.pop()
    this.#pending = []
    this.#life++
  }

  take(name: string): PendingAttempt {
    const found = this.pending.find((attempt) => attempt.name === name || attempt.path === name)
    if (found !== undefined) {
      this.#pending = this.#pending.filter((attempt) => attempt !== found)
      return found
    }
    const known = this.#pending.map((attempt) => attempt.name).join(", ")
    throw new Error(
      `No attempt of "${name}" is in flight; in flight: ${known === "" ? "none" : known}.`,
    )
  }

  #wait(name: string, ctx: StepContext, input: readonly unknown[]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const { path, attempt, signal } = ctx
    this.#pending.push({ name, path, attempt, signal, input, resolve, reject })
    return promise
  }

  #called(name: string, ctx: StepContext, input: readonly unknown[]): void {
    const { path, attempt, idempotencyKey } = ctx
    const what = `${name} at ${path}, attempt ${attempt}, was called`
    if (this.#store.isInTransaction) this.violations.push(`${what} inside a transaction`)
    if (!this.#store.isPending) this.violations.push(`${what} with no write pending`)
    if (this.pending.some((other) => other.path === path)) {
      this.violations.push(`${what} while an attempt was in flight`)
    }
    if (this.#store.isSettled(path))
      this.violations.push(`${what} although its outcome is recorded`)
    this.calls.push({ name, path, attempt, idempotencyKey, input, life: this.#life, isOut: false })
  }
}

function named<F extends object>(name: string, fn: F): F {
  return Object.defineProperty(fn, "name", { value: name })
}
