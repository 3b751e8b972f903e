// Compensations: how a fiber ends, and what undoes what it did when it did not end well.
// Owns: the decision, the order, and what is told of a compensation that failed. Must not touch: the journal: each
// compensation is an ordinary step, at the path `undo.<n>` under its workflow's, n by the order of registering: so it has
// an idempotency key that no other step ever has, also when the run is taken back and comes to other steps.
//   K1. They run when the fiber does not complete: once everything it began has ended, the latest registered first.
//   K2. How the fiber ends was decided before; no cancellation reaches it any more.
//   K3. One that fails for good keeps none of the others from running; it is told of in the cause of the fiber's error.
//   K4. Registering writes nothing: a replay registers the same again.

import { textOfThrown } from "../values/bare-error.ts"
import { decode, encode, encodeThrown } from "../values/codec.ts"
import { stepName } from "./entry-of.ts"
import { CompensationError, LimitError } from "../errors.ts"
import type { Outcome } from "../ports/journal.ts"
import { Operation, type Compensation } from "../workflow/operation.ts"
import { unwoundOutcome, withoutStack } from "./outcomes.ts"
import { freshInput } from "../steps/step-input.ts"
import type { Fiber, FiberResult, WorkflowGenerator } from "./tree.ts"

interface Failure {
  readonly name: string
  readonly error: unknown
}

/** @throws LimitError: each is held in memory. */
export function register(fiber: Fiber, compensation: Compensation, countMax: number): void {
  if (fiber.compensations.length >= countMax) {
    throw new LimitError(
      `More than ${countMax} compensations are registered; do the work in sub-workflows, each with its own.`,
    )
  }
  const { fn, input, options } = compensation
  fiber.compensations.push({ fn, input: freshInput(input), options })
}

export function outcomeOfFiber(fiber: Fiber, result: FiberResult): Outcome {
  if (fiber.undoing !== undefined) return outcomeAfterUndoing(fiber.undoing, fiber, result)
  if (fiber.cancelled !== undefined) {
    return unwoundOutcome(fiber.cancelled, result.type === "threw" ? result.error : undefined)
  }
  if (result.type === "threw") return { state: "failed", text: encodeThrown(result.error) }
  for (const entry of fiber.unobservedFailures) {
    if (entry.outcome !== undefined) return { state: "failed", text: entry.outcome.text }
  }
  try {
    return { state: "completed", text: encode(result.value) }
  } catch (error) {
    return { state: "failed", text: encodeThrown(error) }
  }
}

export function mustUndo(fiber: Fiber, outcome: Outcome): boolean {
  return (
    fiber.undoing === undefined && outcome.state !== "completed" && fiber.compensations.length > 0
  )
}

/** From now on the fiber undoes what it did; it is resumed by the caller. */
export function startUndoing(fiber: Fiber, outcome: Outcome): void {
  fiber.undoing = outcome
  fiber.result = undefined
  fiber.cancelPending = false
  fiber.generator = undoAll(fiber)
}

/** A shielded section is a part of the workflow around it: what it did is undone with the rest. */
export function handOver(fiber: Fiber, outcome: Outcome): void {
  const { entry, compensations } = fiber
  if (entry?.body.type !== "workflow" || !entry.body.isShielded) return
  if (outcome.state === "completed") entry.owner.compensations.push(...compensations)
}

function* undoAll(fiber: Fiber): WorkflowGenerator {
  const failures: Failure[] = []
  for (const [index, compensation] of [...fiber.compensations.entries()].reverse()) {
    fiber.undoIndex = index
    try {
      yield* new Operation({ kind: "run", ...compensation })
    } catch (error) {
      failures.push({ name: stepName(compensation.fn, compensation.options), error })
    }
  }
  return failures
}

/** The fiber's own end, with what could not be undone as its cause. */
function outcomeAfterUndoing(decided: Outcome, fiber: Fiber, result: FiberResult): Outcome {
  const failures = result.type === "returned" ? (result.value as readonly Failure[]) : []
  if (failures.length === 0) return decided
  const what = failures.map(({ name, error }) => `${name} (${textOfThrown(error)})`).join(", ")
  const message = `${failures.length} of ${fiber.compensations.length} compensations failed: ${what}.`
  const errors = failures.map(({ error }) => error)
  const thrown = decode(decided.text)
  if (!(thrown instanceof Error)) {
    // What is no error can have no cause: it becomes the cause itself.
    const whole = withoutStack(new CompensationError(errors, message, { cause: thrown }))
    return { ...decided, text: encodeThrown(whole) }
  }
  const cause =
    thrown.cause === undefined
      ? new CompensationError(errors, message)
      : new CompensationError(errors, message, { cause: thrown.cause })
  Object.defineProperty(thrown, "cause", { value: withoutStack(cause) })
  return { ...decided, text: encodeThrown(thrown) }
}
