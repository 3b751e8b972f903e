// Step call: how the function of an entry is called, for how long, and what a fault on purpose does instead.

import type { Attempt } from "./attempt.ts"
import type { Core } from "../machine/core.ts"
import { faultOf } from "./fault-of.ts"
import { ATTEMPT_TIMEOUT_MS_DEFAULT } from "../limits.ts"
import { freshInput } from "./step-input.ts"
import { follow, isThenable } from "./step-result.ts"
import type { StepEntry } from "../machine/tree.ts"

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

/** Calls it for an attempt that is on record, and tells how it ended, once. */
export function launch(
  core: Core,
  entry: StepEntry,
  attempt: Attempt,
  whenEnded: (ok: boolean, value: unknown) => void,
): void {
  const fault = faultOf(core, entry, attempt.attempt)
  if (fault?.action === "throw") {
    const message = `Fault on purpose in attempt ${attempt.attempt} of ${entry.name}.`
    return whenEnded(false, new Error(message))
  }
  if (fault?.action === "hang") return
  const tell = fault?.action === "crash" ? () => crash(core) : whenEnded
  try {
    const returned = callStep(entry, attempt)
    if (isThenable(returned)) follow(returned, tell)
    else tell(true, returned)
  } catch (error) {
    tell(false, error)
  }
}

/** What it has done is recorded, but for its end. */
function crash({ ports }: Core): void {
  ports.store.flush()
  ports.host.crash()
}
