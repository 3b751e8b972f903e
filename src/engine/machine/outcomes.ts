// Outcomes: the outcomes the engine itself decides, and the value a stored outcome stands for.
// Owns: their texts. Pure.

import { decode, encodeThrown } from "../values/codec.ts"
import { CancelledError, TimeoutError } from "../errors.ts"
import type { Outcome } from "../ports/journal.ts"
import { messageOf } from "./messages.ts"
import type { RunStore } from "../ports/ports.ts"
import type { CancelReason, Entry } from "./tree.ts"

/** The entry was cancelled: by the run's end, by a lost race, by its owner's end. */
export function cancelledOutcome(reason: CancelReason): Outcome {
  return {
    state: "cancelled",
    text: encodeThrown(withoutStack(new CancelledError(reason.message))),
  }
}

/** The value that a `make` gives, or what it throws. */
export function madeOutcome(make: () => string): Outcome {
  try {
    return { state: "completed", text: make() }
  } catch (error) {
    return { state: "failed", text: encodeThrown(error) }
  }
}

/** The entry's own deadline passed. */
export function timedOutOutcome(what: string): Outcome {
  return {
    state: "timed_out",
    text: encodeThrown(withoutStack(new TimeoutError(`${what} timed out.`))),
  }
}

/** How a fiber that was unwound ends; what its clean-up threw is kept as the cause. */
export function unwoundOutcome(reason: CancelReason, thrown: unknown): Outcome {
  const isOwn = thrown === undefined || thrown instanceof CancelledError
  const options = isOwn ? undefined : { cause: thrown }
  const error =
    reason.state === "timed_out"
      ? new TimeoutError(reason.message, options)
      : new CancelledError(reason.message, options)
  return { state: reason.state, text: encodeThrown(withoutStack(error)) }
}

/** What `yield*` gives for a completed entry that is no composite. */
export function valueOfEntry(store: RunStore, entry: Entry): unknown {
  const { outcome } = entry
  if (outcome === undefined) throw new Error(`Entry ${entry.path} has no outcome yet.`)
  if (entry.body.type === "receive" && outcome.ref !== undefined) {
    return messageOf(store, outcome.ref, outcome.text)
  }
  return decode(outcome.text)
}

/** The engine's own errors say everything in their message; a stack would only differ from replay to replay. */
export function withoutStack(error: Error): Error {
  Object.defineProperty(error, "stack", { value: undefined })
  return error
}
