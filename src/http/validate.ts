// Validate: request bodies, from unknown to typed.
// Owns: the shape of every body of the engine's routes, and how a misfit is told.
//   V1. Unknown fields are refused by name: a typing mistake must not be a silent default.

import * as v from "valibot"
import { BelayError } from "../engine/errors.ts"
import { DURATION_MS_MAX, TAG_BYTES_MAX, TAGS_MAX } from "../engine/limits.ts"
import { isTags } from "../engine/workflow/tags.ts"
import { segmentProblem } from "./path.ts"

/** An operator's words, kept in the journal for as long as the run. */
const REASON_CHARACTERS_MAX = 1_000

/** Misfits told at once. */
const ISSUES_MAX = 10

/** How much of a refused value or field name is repeated to the caller. */
const SHOWN_CHARACTERS_MAX = 60

export function text(what: string) {
  return v.pipe(v.string(`must be ${what}`), v.minLength(1, `must be ${what}, got an empty one`))
}

export function wholeNumber(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`
  return v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(min, rule), v.maxValue(max, rule))
}

export const TAGS = v.custom<Readonly<Record<string, string>>>(
  isTags,
  `must be an object of at most ${TAGS_MAX} strings, keys of 1 to ${TAG_BYTES_MAX} bytes and values of at most ${TAG_BYTES_MAX}`,
)

const REASON = v.optional(
  v.pipe(
    v.string("must be a text"),
    v.maxLength(REASON_CHARACTERS_MAX, `must have at most ${REASON_CHARACTERS_MAX} characters`),
  ),
)

/** As answers carry it: ISO 8601, UTC, milliseconds. */
export const INSTANT = v.custom<string>(
  (value) => typeof value === "string" && isInstant(value),
  "must be an instant like 2026-01-31T08:00:00.000Z",
)

/** A name as it may stand in a path, where a message that comes by itself has it. */
const MESSAGE = v.strictObject(
  {
    name: v.custom<string>(
      (value) => typeof value === "string" && segmentProblem(value) === undefined,
      "must be the name of a signal or update",
    ),
    value: v.optional(v.unknown()),
  },
  "must be {name, value}",
)

const START_BODY = v.strictObject({
  workflow: text("the name of a workflow"),
  input: v.optional(v.array(v.unknown(), "must be the list of arguments"), []),
  version: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  timeoutMs: v.optional(wholeNumber(1, DURATION_MS_MAX)),
  tags: v.optional(TAGS),
  startAt: v.optional(INSTANT),
  signal: v.optional(MESSAGE),
  update: v.optional(MESSAGE),
})

const ACTION_BODY = v.strictObject({ reason: REASON })

const RESUME_BODY = v.strictObject({ startAt: v.optional(INSTANT), reason: REASON })

const RETRY_BODY = v.strictObject({
  from: v.optional(text("the path of an entry")),
  reason: REASON,
})

const SKIP_BODY = v.strictObject({
  path: text("the path of the entry to skip"),
  value: v.optional(v.unknown()),
  reason: REASON,
})

const FORK_BODY = v.strictObject({
  id: v.custom<string>(
    (value) => typeof value === "string" && segmentProblem(value) === undefined,
    "must be the id of the new run",
  ),
  from: text("the path of an entry"),
  version: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  reason: REASON,
})

const REJECT_BODY = v.strictObject({
  message: v.string("must be the error's message"),
  code: v.optional(text("a code")),
  details: v.optional(v.unknown()),
})

/** `POST /v1/runs/:id` */
export function parseStart(body: unknown) {
  return withInstant(parse(START_BODY, body))
}

/** cancel, kill, pause */
export function parseAction(body: unknown) {
  return parse(ACTION_BODY, body === undefined ? {} : body)
}

export function parseResume(body: unknown) {
  return withInstant(parse(RESUME_BODY, body === undefined ? {} : body))
}

export function parseRetry(body: unknown) {
  return parse(RETRY_BODY, body === undefined ? {} : body)
}

export function parseSkip(body: unknown) {
  return parse(SKIP_BODY, body)
}

export function parseFork(body: unknown) {
  return parse(FORK_BODY, body)
}

/** `POST /v1/promises/:token/reject` */
export function parseReject(body: unknown) {
  return parse(REJECT_BODY, body)
}

export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  body: unknown,
): v.InferOutput<Schema> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const found = body === undefined ? "there is none" : `it is ${kindOf(body)}`
    throw new BelayError("invalid_request", `The body must be a JSON object, and ${found}.`)
  }
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const fields = result.issues.slice(0, ISSUES_MAX).map((issue) => ({
    field: shown(v.getDotPath(issue) ?? ""),
    problem: problemOf(issue),
  }))
  throw new BelayError(
    "invalid_request",
    fields.map(({ field, problem }) => `"${field}" ${problem}`).join("; "),
    { fields },
  )
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === "strict_object") {
    return issue.expected === "never"
      ? "is not a field of this request; leave it out"
      : "is missing"
  }
  return `${issue.message}, got ${shown(issue.received)}`
}

function withInstant<Body extends { readonly startAt?: string | undefined }>(body: Body) {
  const { startAt, ...rest } = body
  return startAt === undefined ? rest : { ...rest, startAtMs: Date.parse(startAt) }
}

/** Whether it is an instant as answers carry it. */
export function isInstant(text: string): boolean {
  const atMs = Date.parse(text)
  return !Number.isNaN(atMs) && new Date(atMs).toISOString() === text
}

function kindOf(value: unknown): string {
  if (value === null) return "null"
  return Array.isArray(value) ? "a list" : `a ${typeof value}`
}

function shown(value: string): string {
  return value.length > SHOWN_CHARACTERS_MAX ? `${value.slice(0, SHOWN_CHARACTERS_MAX)}…` : value
}
