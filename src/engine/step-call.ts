// Step call: how the function of an entry is called, and for how long.

import type { Attempt } from "./attempt.ts"
import { ATTEMPT_TIMEOUT_MS_DEFAULT } from "./limits.ts"
import { freshInput } from "./step-input.ts"
import type { StepEntry } from "./tree.ts"

/** How long the attempt of this number may take: the last of a list counts for all that come after it. */
export function attemptTimeoutMs(entry: StepEntry, attempt: number): number {
  const given = entry.body.options.attemptTimeoutMs
  const timeoutMs = typeof given === "object" ? (given[attempt - 1] ?? given.at(-1)) : given
  return timeoutMs ?? ATTEMPT_TIMEOUT_MS_DEFAULT
}

/** Whatever it throws is thrown; a promise of its result comes back as it is. */
export function callStep(entry: StepEntry, attempt: Attempt): unknown {
  const fn = entry.body.fn as (...input: unknown[]) => unknown
  return fn(attempt, ...(entry.body.supply?.() ?? freshInput(entry.body.input)))
}
