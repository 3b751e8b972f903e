// Session: who is logged in, what he does, and how far the session's life has come.
// Owns: the input, the shapes of activities and of what is published and returned. Must not touch: HTTP, storage.

import * as v from "valibot"
import { utf8Bytes } from "../../engine/values/codec.ts"
import { DURATION_MS_MAX } from "../../engine/limits.ts"
import { toPlainJson } from "../../engine/values/plain-json.ts"
import { nameField, runIdPartField, wholeNumberField } from "../fields.ts"

export const RUN_PREFIX = "session/"

/** One activity's data as JSON, in UTF-8: a page of 1,000 of them still fits an answer. */
export const ACTIVITY_DATA_BYTES_MAX = 16 * 1024

const dataField = v.pipe(
  v.unknown(),
  v.check(
    (data) => utf8Bytes(activityJson(data)) <= ACTIVITY_DATA_BYTES_MAX,
    `expected at most ${ACTIVITY_DATA_BYTES_MAX} bytes of JSON`,
  ),
)

/** What somebody did. Further members are refused, so that a misspelt one is noticed. */
export const activityFields = v.strictObject({
  type: nameField(),
  data: v.optional(dataField),
})

/** The value of the signal `activity`. `id` names the message, so that its row can be found again. */
export const activityMessage = v.strictObject({
  ...activityFields.entries,
  id: v.exactOptional(nameField()),
})

export const sessionFields = v.strictObject({
  sessionId: runIdPartField(RUN_PREFIX),
  userId: nameField(),
  idleTimeoutMs: wholeNumberField(1, DURATION_MS_MAX),
  activities: v.exactOptional(v.array(activityFields)),
})

export type SessionInput = v.InferOutput<typeof sessionFields>

/** What is published as `session`. */
export interface Session {
  readonly sessionId: string
  readonly userId: string
  readonly status: "active" | "expired" | "cleaned_up"
  /** Names the activities' rows; a session id that is used again after its run was deleted has another. */
  readonly sessionKey: string
  /** Times are ISO 8601. */
  readonly loginAt: string
  readonly activityCount: number
  /** Signals named `activity` that held none; counted only once there are any. */
  readonly malformedCount?: number
  readonly expiredAt?: string
  readonly cleanedAt?: string
}

/** The stored text of an activity's data. Never throws. */
export function activityJson(data: unknown): string {
  return JSON.stringify(toPlainJson(data))
}
