// Retry due: whether and when a step that failed is tried again (promise 15).
// Owns: the decision. Must not touch: recording it, waiting for it (steps.ts).

import { attempted } from "./attempted.ts"
import { textOfThrown } from "../values/bare-error.ts"
import type { Core } from "../machine/core.ts"
import { InvalidOperationError } from "../errors.ts"
import { DURATION_MS_MAX } from "../limits.ts"
import type { StepOptions } from "../workflow/operation.ts"
import { DEFAULT_STEP_POLICY, DEFAULT_WORKFLOW_POLICY, retryDelayMs } from "./retry.ts"
import { askRetryIf, isFinal, type Verdict } from "./retry-question.ts"
import { disown } from "./step-result.ts"
import { isStep, type ChildEntry, type Entry, type Fiber, type StepEntry } from "../machine/tree.ts"

export type AfterFailure =
  | { readonly type: "retry"; readonly dueMs: number }
  /** The error of the step, or of whoever should have said what follows. */
  | { readonly type: "final"; readonly error: unknown }
  /** A person decides what follows. */
  | { readonly type: "pause" }

/**
 * What follows a failure. The step's options are the user's code: what they throw fails the step, and says so.
 * @param verdict what `retryIf` has said already; it is asked here unless given.
 */
export function afterFailure(
  core: Core,
  entry: StepEntry | ChildEntry,
  error: unknown,
  verdict?: Verdict,
): AfterFailure {
  const { options, failures } = entry.body
  const policy =
    options.retryPolicy ?? (isStep(entry) ? DEFAULT_STEP_POLICY : DEFAULT_WORKFLOW_POLICY)
  const asked = attempted(() => {
    if (isFinal(error, options) || !mayRetry(error, options, verdict)) return undefined
    const delayMs = retryDelayMs(policy, failures + 1, error)
    return { delayMs: delayMs === null ? null : (hintMs(error) ?? delayMs) }
  })
  if ("thrown" in asked) return { type: "final", error: unclear(entry, asked.thrown, error) }
  if (asked.value === undefined) return { type: "final", error }
  const { delayMs } = asked.value
  if (delayMs === null) {
    return policy.onExhausted === "pause" ? { type: "pause" } : { type: "final", error }
  }
  const dueMs = Math.ceil(core.ports.clock.nowMs() + Math.min(delayMs, DURATION_MS_MAX))
  return dueMs >= earliestDeadlineMs(core, entry)
    ? { type: "final", error }
    : { type: "retry", dueMs }
}

/** When the next child is due, absolute; `undefined` when this failure is final. */
export function retryDueMs(core: Core, entry: ChildEntry, error: unknown): number | undefined {
  const next = afterFailure(core, entry, error)
  return next.type === "retry" ? next.dueMs : undefined
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

/** @throws what `retryIf` throws, and when its answer is none */
function mayRetry(error: unknown, options: StepOptions, given: Verdict | undefined): boolean {
  const asked = given ?? askRetryIf(error, options)
  if (asked === undefined) return true
  if ("thrown" in asked) throw asked.thrown
  const answer = "later" in asked ? asked.later : asked.value
  if (typeof answer === "boolean") return answer
  disown(answer)
  throw new TypeError(`it must give true or false, and gave ${typeof answer}`)
}

/** What the error itself asks for, as `retryAfterMs`: whoever was called knows best. */
function hintMs(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined
  const hint = attempted(() => (error as { retryAfterMs?: unknown }).retryAfterMs)
  // A getter that throws, or a number that is no delay, hints at nothing.
  if ("thrown" in hint || typeof hint.value !== "number") return undefined
  return hint.value >= 0 ? hint.value : undefined
}

function unclear(entry: Entry, thrown: unknown, error: unknown): InvalidOperationError {
  const message = `Whether ${entry.name} at ${entry.path} is tried again could not be told: ${textOfThrown(thrown)}. It had failed: ${textOfThrown(error)}.`
  return new InvalidOperationError(message, { cause: error })
}
