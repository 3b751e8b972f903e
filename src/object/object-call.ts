// Object call: one question to one object over RPC, asked again when the object was reset under it.
// Owns: how often, after which pause, and what an object that cannot be reached means.
//   X1. Only what may safely happen twice is asked again: reads, starts, and messages with a key.
//   X2. An overloaded object is never asked again at once, nor one whose store is full.
//   X3. What an object threw is for the log: its words are nobody's business out there.

import { BelayError } from "../engine/errors.ts"
import { valueOf, type Answer } from "./answer.ts"
import { logFailure } from "./run-log.ts"

/** Tries in all when an object is reset under the call, with a short pause between. */
const CALLS_MAX = 4
const CALL_PAUSE_MS = 50

/**
 * @param door finds the object; a fresh one is asked for each try, since a broken one stays broken
 * @throws BelayError when the object refused or could not be reached
 */
export async function callObject<Door, T>(
  door: () => Door,
  isRepeatable: boolean,
  work: (object: Door) => Promise<Answer<T>>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return valueOf(await work(door()))
    } catch (error) {
      if (error instanceof BelayError) throw error
      if (!isRepeatable || tries >= CALLS_MAX || isHopeless(error)) throw unavailable(error)
      await new Promise((resolve) => setTimeout(resolve, CALL_PAUSE_MS * tries))
    }
  }
}

/** Asked again at once it would not say anything else. */
function isHopeless(error: unknown): boolean {
  return (error as { overloaded?: unknown } | undefined)?.overloaded === true || isFull(error)
}

/** What the store says when it has no room: it undoes the stretch, and the object is reset. */
function isFull(error: unknown): boolean {
  return textOf(error).includes("SQLITE_FULL")
}

/** The object could not be reached: nothing is known to be wrong with the request. */
function unavailable(error: unknown): Error {
  logFailure("An object did not answer.", error, {})
  const message = isFull(error)
    ? "The object behind this request has no room left in its store and wrote nothing; ask again when there is some."
    : "The object behind this request did not answer; ask again in a moment."
  return new BelayError("overloaded", message)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
