// Run starter: what a schedule asks of runs: begin one, and whether one has ended.
// Owns: which refusals are final, and the patience with a run that does not answer.
// Must not touch: what the schedule makes of it.

import { decode } from "../../engine/values/codec.ts"
import { BelayError, type ApiErrorCode } from "../../engine/errors.ts"
import { isFinal, type Runs } from "../../engine/ports/runs.ts"
import type { ScheduleSpec } from "../../engine/ports/schedules.ts"

export type Begun =
  | { readonly type: "begun"; readonly created: boolean; readonly isEnded: boolean }
  /** Asking again would not help. */
  | { readonly type: "refused"; readonly error: BelayError }
  | { readonly type: "unanswered" }

/** Longest that one run is waited for: a slow one must not hold up the schedule. The start is asked for again later. */
const PATIENCE_MS = 20_000

/** Nothing is wrong with the request: it may go through another time. */
const PASSING: ReadonlySet<ApiErrorCode> = new Set(["overloaded", "internal", "not_configured"])

export class RunStarter {
  readonly #runs: () => Runs

  constructor(runs: () => Runs) {
    this.#runs = runs
  }

  async begin(runId: string, spec: ScheduleSpec): Promise<Begun> {
    const { workflow, version, tags, timeoutMs } = spec
    const input = decode(spec.inputText) as unknown[]
    try {
      const { created, run } = await inTime(
        this.#runs().start(runId, { workflow, input, version, tags, timeoutMs }),
      )
      return { type: "begun", created, isEnded: isFinal(run.status) }
    } catch (error) {
      return error instanceof BelayError && !PASSING.has(error.code)
        ? { type: "refused", error }
        : { type: "unanswered" }
    }
  }

  /** True when it is gone, too. A run that does not answer has not ended, as far as anybody knows. */
  async hasEnded(runId: string): Promise<boolean> {
    try {
      const run = await inTime(this.#runs().get(runId))
      return run === undefined || isFinal(run.status)
    } catch (error) {
      if (error instanceof BelayError) return false
      throw error
    }
  }
}

/** @throws BelayError overloaded when it takes too long */
export async function inTime<T>(asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new BelayError("overloaded", "The other object did not answer in time.")),
    PATIENCE_MS,
  )
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
