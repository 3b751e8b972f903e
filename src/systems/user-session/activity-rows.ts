// Activity rows: reading back what a session recorded.
// Owns: the page of activities and the search for one message. Must not touch: writing rows (steps.ts).

import { BelayError } from "../../engine/errors.ts"
import { IDEMPOTENCY_KEYS_MAX } from "../../engine/limits.ts"
import type { Page } from "../request-check.ts"
import type { Session } from "./session.ts"

export interface ActivityRecord {
  /** Its place in the session, from 1; give it as `after` to get what follows. */
  readonly seq: number
  readonly type: string
  readonly data: unknown
  readonly recordedAt: string
}

interface ActivityRow {
  readonly seq: number
  readonly type: string
  readonly data: string
  readonly recorded_at: string
}

/** The page's activities, oldest first; none that the session does not count yet. */
export async function readActivities(
  db: D1Database,
  { sessionKey, activityCount }: Session,
  { after, limit }: Page,
): Promise<ActivityRecord[]> {
  const { results } = await db
    .prepare(
      `SELECT seq, type, data, recorded_at FROM session_activities
       WHERE session_key = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4`,
    )
    .bind(sessionKey, seqOf(after), activityCount, limit)
    .all<ActivityRow>()
  return results.map(({ seq, type, data, recorded_at: recordedAt }) => ({
    seq,
    type,
    data: JSON.parse(data) as unknown,
    recordedAt,
  }))
}

/** Whether the message's activity was recorded; looks as far back as a run remembers its messages. */
export async function isRecorded(
  db: D1Database,
  { sessionKey, activityCount }: Session,
  messageId: string,
): Promise<boolean> {
  const row = await db
    .prepare(
      "SELECT seq FROM session_activities WHERE session_key = ?1 AND seq > ?2 AND message_id = ?3",
    )
    .bind(sessionKey, activityCount - IDEMPOTENCY_KEYS_MAX, messageId)
    .first<{ seq: number }>()
  return row !== null
}

function seqOf(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new BelayError(
    "invalid_request",
    `after: expected the seq of an activity, a whole number, got "${after}".`,
    { fields: ["after"] },
  )
}
