// Unwind: cancelling entries and fibers, leaves first (promises 8 and 14).
// Owns: the order in which things are told to end. Must not touch: what clean-up code then does.
//   C1. A fiber is told once; what it waits for is settled as cancelled, which throws at the point of waiting.
//   C2. A step in flight is aborted and settled at once; its late result is refused.
//   C3. What is shielded, undoes something or is unwound already is left alone and runs to its end; who waits for it
//       is told then.

import { isComposite, type Composites } from "./composites.ts"
import type { Core } from "./core.ts"
import { CancelledError } from "./errors.ts"
import { cancelledOutcome } from "./outcomes.ts"
import type { Steps } from "./steps.ts"
import { isStep, type CancelReason, type Entry, type Fiber } from "./tree.ts"

export function cancelEntry(
  core: Core,
  steps: Steps,
  composites: Composites,
  entry: Entry,
  reason: CancelReason,
): void {
  if (entry.outcome !== undefined) return
  if (entry.recorded && isComposite(entry)) return composites.cancel(entry, reason)
  if (entry.recorded && entry.body.type === "workflow" && entry.body.fiber !== undefined) {
    if (entry.body.isShielded) return
    return cancelFiber(core, steps, composites, entry.body.fiber, reason)
  }
  if (isStep(entry)) steps.abandon(entry, new CancelledError(reason.message))
  core.settle(entry, cancelledOutcome(reason))
}

export function cancelFiber(
  core: Core,
  steps: Steps,
  composites: Composites,
  fiber: Fiber,
  reason: CancelReason,
): void {
  if (fiber.ended || fiber.cancelled !== undefined || fiber.undoing !== undefined) return
  fiber.cancelled = reason
  const awaited = fiber.waitingFor
  if ((awaited === undefined || awaited.outcome !== undefined) && fiber.result === undefined)
    fiber.cancelPending = true
  // Nothing may be decided by what is cancelled now.
  for (const entry of fiber.open) {
    if (entry.recorded && isComposite(entry)) composites.condemn(entry, reason)
  }
  // What it began goes first, then what it waits for.
  for (const entry of [...fiber.open].reverse()) {
    if (entry !== awaited) cancelEntry(core, steps, composites, entry, reason)
  }
  if (awaited === undefined || awaited.outcome !== undefined) return
  if (fiber.open.has(awaited)) {
    cancelEntry(core, steps, composites, awaited, reason)
    if (goesOn(awaited, reason)) fiber.cancelPending = true
    return
  }
  // It waits for something that another fiber began, which goes on: only this wait ends.
  const index = awaited.waiters.findIndex(
    (waiter) => waiter.type === "fiber" && waiter.fiber === fiber,
  )
  if (index >= 0) awaited.waiters.splice(index, 1)
  core.resume(fiber, { type: "throw", error: new CancelledError(reason.message) })
}

/** A sub-workflow that did not take the cancellation: its end will not be that it was cancelled. */
function goesOn({ outcome, body }: Entry, reason: CancelReason): boolean {
  return outcome === undefined && body.type === "workflow" && body.fiber?.cancelled !== reason
}
