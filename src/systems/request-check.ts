// Request check: from what a caller sent to what a system works with.
// Owns: the refusal (400 with the field named) and the query of a paged read. Must not touch: reading the body.

import * as v from "valibot"
import { BelayError } from "../engine/errors.ts"

/** Items in one page unless `?limit=` says otherwise. */
const PAGE_LIMIT_DEFAULT = 100

/** Most items in one page: bounds the memory and the time of one read. */
const PAGE_LIMIT_MAX = 1_000

/** A body of many wrong items must not make an answer of many lines. */
const ISSUES_TOLD_MAX = 5

/** A refused value of a megabyte must not come back as one. */
const ISSUE_CHARACTERS_MAX = 200

/** Types as people call them. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  Array: "a list",
  Object: "an object",
  string: "text",
  number: "a number",
  boolean: "true or false",
}

/** The value as the schema describes it. @throws BelayError invalid_request naming each field that does not fit. */
export function checkInput<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { message: wordsFor })
  if (result.success) return result.output
  const issues = result.issues.slice(0, ISSUES_TOLD_MAX).map((issue) => {
    const field = v.getDotPath(issue) ?? "body"
    return { field, text: `${field}: ${shortened(issue.message)}` }
  })
  throw new BelayError("invalid_request", `${issues.map((issue) => issue.text).join("; ")}.`, {
    fields: issues.map((issue) => issue.field),
  })
}

/** What is wrong, where the schema has no words of its own for it. */
function wordsFor({ input, expected, received }: v.BaseIssue<unknown>): string {
  if (input === undefined) return "is required"
  return `expected ${inWords(expected ?? "another value")}, got ${inWords(received)}`
}

function inWords(type: string): string {
  return TYPE_WORDS[type] ?? type
}

function shortened(text: string): string {
  return text.length > ISSUE_CHARACTERS_MAX ? `${text.slice(0, ISSUE_CHARACTERS_MAX)}…` : text
}

/** The members of a JSON object; no body has none. @throws BelayError invalid_request for anything else. */
export function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined) return {}
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>
  }
  throw new BelayError("invalid_request", "The body must be a JSON object.")
}

export interface Page {
  /** The last item of the page before; `undefined` for the first page. */
  readonly after: string | undefined
  readonly limit: number
}

/** `?after=&limit=`; the limit is 100 unless given. @throws BelayError invalid_request for a limit outside 1 to 1,000. */
export function readPage(request: Request): Page {
  const query = queryOf(request.url)
  const limitText = query.get("limit")
  const limit = limitText === null ? PAGE_LIMIT_DEFAULT : Number(limitText)
  if (!/^\d+$/.test(limitText ?? "1") || limit < 1 || limit > PAGE_LIMIT_MAX) {
    throw new BelayError(
      "invalid_request",
      `limit: expected a whole number from 1 to ${PAGE_LIMIT_MAX}, got "${limitText}".`,
      { fields: ["limit"] },
    )
  }
  return { after: query.get("after") ?? undefined, limit }
}

/** Taken apart by hand: a `Host` header that the runtime lets through need not be one that `URL` takes. */
function queryOf(url: string): URLSearchParams {
  const start = url.indexOf("?")
  return new URLSearchParams(start === -1 ? "" : url.slice(start))
}
