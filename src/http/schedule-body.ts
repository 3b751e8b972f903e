// Schedule body: the bodies of the schedules' routes, from unknown to typed.
// Owns: their shapes. Must not touch: what a cron text or a time zone is (object/schedule reads them, with the same kind
// of refusal).

import * as v from "valibot"
import { CRON_CHARACTERS_MAX, DURATION_MS_MAX } from "../engine/limits.ts"
import { MISSED_POLICIES, OVERLAP_POLICIES, type Backfill } from "../engine/ports/schedules.ts"
import { INSTANT, parse, TAGS, text, wholeNumber } from "./validate.ts"

const OVERLAP = v.picklist(OVERLAP_POLICIES, `must be one of ${OVERLAP_POLICIES.join(", ")}`)

const PUT_BODY = v.strictObject({
  workflow: text("the name of a workflow"),
  input: v.optional(v.array(v.unknown(), "must be the list of arguments"), []),
  cron: v.pipe(
    text("a cron text"),
    v.maxLength(CRON_CHARACTERS_MAX, `must have at most ${CRON_CHARACTERS_MAX} characters`),
  ),
  timeZone: v.optional(text("the IANA name of a time zone")),
  overlap: v.optional(OVERLAP),
  missed: v.optional(v.picklist(MISSED_POLICIES, `must be one of ${MISSED_POLICIES.join(", ")}`)),
  catchUpMs: v.optional(wholeNumber(0, DURATION_MS_MAX)),
  version: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  tags: v.optional(TAGS),
  timeoutMs: v.optional(wholeNumber(1, DURATION_MS_MAX)),
  paused: v.optional(v.boolean("must be true or false")),
})

const BACKFILL_BODY = v.strictObject({
  from: INSTANT,
  to: INSTANT,
  overlap: v.optional(OVERLAP),
})

const EMPTY_BODY = v.strictObject({})

/** `PUT /v1/schedules/:name` */
export function parseSchedule(body: unknown) {
  return parse(PUT_BODY, body)
}

/** `POST /v1/schedules/:name/backfill` */
export function parseBackfill(body: unknown): Backfill {
  const { from, to, overlap } = parse(BACKFILL_BODY, body)
  return { fromMs: Date.parse(from), toMs: Date.parse(to), overlap }
}

/** Of a verb that takes nothing. */
export function parseNothing(body: unknown): void {
  parse(EMPTY_BODY, body === undefined ? {} : body)
}
