// Unwind: cancelling entries and fibers, leaves first (promises 8 and 14).
// Owns: the order in which things are told to end. Must not touch: what clean-up code then does.
//   C1. A fiber is told once; what it waits for is settled as cancelled, which throws at the point of waiting.
//   C2. A step in flight is aborted and settled at once; its late result is refused.
//   C3. What is shielded, undoes something or is unwound already is left alone and runs to its end; who waits for it
//       is told then.
//   C4. A child that was told to end settles with its own outcome; who waits for it is thrown the cancellation then.

import type { Children } from "./children.ts"
import { isComposite, type Composites } from "./composites.ts"
import type { Core } from "./core.ts"
import { CancelledError } from "../errors.ts"
import type { Folds } from "../folds/folds.ts"
import { cancelledOutcome } from "./outcomes.ts"
import type { Steps } from "../steps/steps.ts"
import {
  isChild,
  isFold,
  isStep,
  type Cancelled,
  type CancelReason,
  type Entry,
  type Fiber,
} from "./tree.ts"

/** Who knows how to end what. */
export interface UnwindParts {
  readonly steps: Steps
  readonly composites: Composites
  readonly children: Children
  readonly folds: Folds
}

export function cancelEntry(
  core: Core,
  parts: UnwindParts,
  entry: Entry,
  reason: CancelReason,
): Cancelled {
  if (entry.outcome !== undefined) return "told"
  if (entry.recorded && isChild(entry)) return parts.children.cancel(entry, reason)
  if (entry.recorded && isComposite(entry)) parts.composites.cancel(entry, reason)
  else if (entry.recorded && isFold(entry)) parts.folds.cancel(entry, reason)
  else if (entry.recorded && entry.body.type === "workflow" && entry.body.fiber !== undefined) {
    if (entry.body.isShielded) return "ending"
    const { fiber } = entry.body
    cancelFiber(core, parts, fiber, reason)
    return entry.outcome === undefined && fiber.cancelled !== reason ? "ending" : "told"
  } else {
    if (isStep(entry)) parts.steps.abandon(entry, new CancelledError(reason.message))
    core.settle(entry, cancelledOutcome(reason))
  }
  return "told"
}

export function cancelFiber(
  core: Core,
  parts: UnwindParts,
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
    if (entry.recorded && isComposite(entry)) parts.composites.condemn(entry, reason)
  }
  // What it began goes first, then what it waits for.
  for (const entry of [...fiber.open].reverse()) {
    if (entry !== awaited) cancelEntry(core, parts, entry, reason)
  }
  if (awaited === undefined || awaited.outcome !== undefined) return
  const cancelled = fiber.open.has(awaited)
    ? cancelEntry(core, parts, awaited, reason)
    : "untouched"
  // Its end is what the fiber still waits for; then it is thrown the cancellation (C3, C4).
  if (cancelled === "ending") fiber.cancelPending = true
  // It waits for something that goes on: only this wait ends.
  if (cancelled === "untouched") leave(core, fiber, awaited, reason)
}

function leave(core: Core, fiber: Fiber, awaited: Entry, reason: CancelReason): void {
  const index = awaited.waiters.findIndex(
    (waiter) => waiter.type === "fiber" && waiter.fiber === fiber,
  )
  if (index >= 0) awaited.waiters.splice(index, 1)
  core.resume(fiber, { type: "throw", error: new CancelledError(reason.message) })
}
