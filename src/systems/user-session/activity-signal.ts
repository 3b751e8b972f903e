// Activity signal: handing an activity to its session, at the session's own pace.
// Owns: the patience with a session whose inbox is full. Must not touch: what became of the activity.

import { BelayError } from "../../engine/errors.ts"
import type { Runs } from "../../engine/ports/runs.ts"
import { isEnded } from "../run-answer.ts"

/** How long a sender is held back before he is told that the session cannot keep up. */
const PATIENCE_MS = 10_000

/** How long a full inbox is given to be worked on between two tries. */
const PAUSE_MS = 50

/**
 * Whether the run took the message; false when it has ended.
 * @throws BelayError limit_reached when the inbox stays full, run_unknown
 */
export async function signalActivity(
  runs: Runs,
  id: string,
  message: Readonly<Record<string, unknown>>,
  idempotencyKey: string | undefined,
): Promise<boolean> {
  const untilMs = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      await runs.signal(id, "activity", message, idempotencyKey)
      return true
    } catch (error) {
      if (!(error instanceof BelayError)) throw error
      if (error.code === "run_ended") return false
      if (error.code !== "limit_reached" || Date.now() >= untilMs) throw error
    }
    const record = await runs.result(id, PAUSE_MS)
    if (record === undefined || isEnded(record)) return false
  }
}
