// Ownership: whether the futures an operation waits for are this run's own. Objects of one isolate share memory, so a
// workflow can get hold of another run's future, or of one of a life or generation that is over.

import { InvalidOperationError } from "../errors.ts"
import type { Operation, Pending } from "../workflow/operation.ts"
import { Entry, type Fiber } from "./tree.ts"

export function foreignFuture(): InvalidOperationError {
  return new InvalidOperationError(
    "A future can be awaited only by the run, and in the generation, that began it.",
  )
}

/** Whether the operation, or a member of it, waits for something that was begun outside the tree of this root. */
export function waitsForForeign(operation: Operation<unknown>, root: Fiber | undefined): boolean {
  // A list instead of recursion: members may be nested deeper than the stack.
  const unseen = [operation]
  for (let next = unseen.pop(); next !== undefined; next = unseen.pop()) {
    const { spec } = next
    if (spec.kind === "composite") for (const member of spec.members.operations) unseen.push(member)
    else if (spec.kind === "await" && !isWithin(spec.entry, root)) return true
  }
  return false
}

function isWithin(entry: Pending, root: Fiber | undefined): boolean {
  return entry instanceof Entry && rootOf(entry.owner) === root
}

function rootOf(fiber: Fiber): Fiber {
  let above = fiber
  while (above.entry !== undefined) above = above.entry.owner
  return above
}
