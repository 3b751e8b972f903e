// Retry due: whether and when a step that failed is tried again (promise 15).
// Owns: the decision. Must not touch: recording it, waiting for it (steps.ts).

import type { Core } from "./core.ts"
import { isNonRetryable } from "./errors.ts"
import type { StepOptions } from "./operation.ts"
import { DEFAULT_STEP_POLICY, DEFAULT_WORKFLOW_POLICY, retryDelayMs } from "./retry.ts"
import { isStep, type ChildEntry, type Entry, type Fiber, type StepEntry } from "./tree.ts"

/** When the next attempt is due, absolute; `undefined` when this failure is final. */
export function retryDueMs(
  core: Core,
  entry: StepEntry | ChildEntry,
  error: unknown,
): number | undefined {
  const { options, failures } = entry.body
  if (isFinal(error, options)) return undefined
  const policy = isStep(entry) ? DEFAULT_STEP_POLICY : DEFAULT_WORKFLOW_POLICY
  const delayMs = retryDelayMs(options.retryPolicy ?? policy, failures + 1)
  if (delayMs === null) return undefined
  const dueMs = Math.ceil(core.ports.clock.nowMs() + delayMs)
  return dueMs >= earliestDeadlineMs(core, entry) ? undefined : dueMs
}

/**
 * The earliest deadline of the entry, the sub-workflows around it and the run, `Infinity` for none; only of those that can reach it: not
 * beyond a shielded section, nor beyond one that is being unwound already or undoes what it did.
 */
export function earliestDeadlineMs(core: Core, entry: Entry): number {
  let least = entry.deadlineMs ?? Infinity
  for (
    let fiber: Fiber | undefined = entry.owner;
    fiber !== undefined;
    fiber = fiber.entry?.owner
  ) {
    if (fiber.cancelled !== undefined || fiber.undoing !== undefined) break
    const own = fiber.entry === undefined ? core.run.deadlineMs : fiber.entry.deadlineMs
    if (own !== undefined && own < least) least = own
    if (fiber.entry?.body.type === "workflow" && fiber.entry.body.isShielded) break
  }
  return least
}

/** Whether no further attempt can help: the error says so itself, or its class is listed. */
function isFinal(error: unknown, options: StepOptions): boolean {
  try {
    if (isNonRetryable(error)) return true
    return options.nonRetryableErrors?.some((ErrorClass) => error instanceof ErrorClass) ?? false
  } catch {
    // What was thrown throws itself when it is looked at: nothing says that it is final.
    return false
  }
}
