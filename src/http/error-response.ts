// Error response: whatever was thrown, as an answer.
// Owns: the only place that knows both error codes and HTTP statuses, and the headers that go with them.
//   E1. Every error is {error: {code, message, details?}} with a code of the closed list.
//   E2. An exception nobody foresaw is logged and answered in general words: neither its message nor its stack leave.
//   E3. A value the caller sent is named, not sent back whole: a message has a longest length.

import {
  BelayError,
  EncodingError,
  type ApiErrorCode,
  type ErrorDetails,
} from "../engine/errors.ts"
import { toPlainJson } from "../engine/values/plain-json.ts"
import { jsonAnswer } from "./json-answer.ts"

const STATUSES: Readonly<Record<ApiErrorCode, number>> = {
  invalid_request: 400,
  invalid_id: 400,
  unauthorized: 401,
  forbidden: 403,
  route_unknown: 404,
  workflow_unknown: 404,
  version_unknown: 404,
  run_unknown: 404,
  path_unknown: 404,
  state_unknown: 404,
  promise_unknown: 404,
  schedule_unknown: 404,
  method_not_allowed: 405,
  run_conflict: 409,
  run_ended: 409,
  wrong_status: 409,
  halted: 409,
  body_too_large: 413,
  rejected: 422,
  limit_reached: 429,
  internal: 500,
  not_configured: 503,
  overloaded: 503,
  ledger_unavailable: 503,
}

export function statusOf(code: ApiErrorCode): number {
  return STATUSES[code]
}

/** When to come again, in seconds: a missing secret takes a person, the others pass by themselves. */
const RETRY_AFTER_SECONDS: Partial<Readonly<Record<ApiErrorCode, number>>> = {
  not_configured: 60,
  overloaded: 1,
  ledger_unavailable: 2,
}

/** Of a longer message the middle is left out: the value it names stands there, and what to do stands at its end. */
const MESSAGE_CHARACTERS_MAX = 2_000
const MESSAGE_END_CHARACTERS = 500

/** An unknown method on a known path: the methods it has are in `details.allow` and in the header. */
export function methodNotAllowed(
  method: string,
  path: string,
  allow: readonly string[],
): BelayError {
  return new BelayError(
    "method_not_allowed",
    `${method} does not go with ${path}; use ${allow.join(" or ")}.`,
    { allow },
  )
}

export function routeUnknown(method: string, path: string): BelayError {
  return new BelayError(
    "route_unknown",
    `There is no route ${method} ${path}; the README lists them all.`,
  )
}

/** The answer to anything thrown. `where` names the route in the log, without ids or tokens. */
export function errorResponse(thrown: unknown, where: string): Response {
  const { code, message, details } = apiError(thrown, where)
  return errorAnswer(code, message, details, headersOf(code, details))
}

/** An error of the contract as an answer. `details` may be any value. */
export function errorAnswer(
  code: ApiErrorCode,
  message: string,
  details: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const shown = details === undefined ? {} : { details: toPlainJson(details) }
  return jsonAnswer({ error: { code, message: cut(message), ...shown } }, STATUSES[code], headers)
}

function cut(message: string): string {
  if (message.length <= MESSAGE_CHARACTERS_MAX) return message
  const begin = message.slice(0, MESSAGE_CHARACTERS_MAX - MESSAGE_END_CHARACTERS)
  return `${begin}…${message.slice(-MESSAGE_END_CHARACTERS)}`
}

function apiError(thrown: unknown, where: string): BelayError {
  if (thrown instanceof BelayError) return known(thrown, where)
  // The values that cross here came from the caller.
  if (thrown instanceof EncodingError) return new BelayError("invalid_request", thrown.message)
  logUnexpected(thrown, where)
  return isPassing(thrown)
    ? new BelayError(
        "overloaded",
        "The object behind this request is busy or restarting; try again.",
      )
    : new BelayError(
        "internal",
        "Something went wrong on this side. It has been logged; trying again is safe where the route is idempotent.",
      )
}

/** An object of newer code may refuse with a code that this Worker has never heard of. */
function known(error: BelayError, where: string): BelayError {
  if (Object.hasOwn(STATUSES, error.code)) return error
  logUnexpected(error, where)
  return new BelayError("internal", error.message, { code: error.code })
}

/** The platform's mark on errors of an object that could not be reached, as opposed to one that threw. */
function isPassing(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false
  const { remote, overloaded, retryable } = thrown as Record<string, unknown>
  return remote !== true && (overloaded === true || retryable === true)
}

function logUnexpected(thrown: unknown, where: string): void {
  const error =
    thrown instanceof Error
      ? { name: thrown.name, message: thrown.message, stack: thrown.stack }
      : { message: `a ${typeof thrown} was thrown` }
  console.error(JSON.stringify({ level: "error", message: "a request failed", where, error }))
}

function headersOf(code: ApiErrorCode, details: ErrorDetails | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  const seconds = RETRY_AFTER_SECONDS[code]
  if (seconds !== undefined) headers["retry-after"] = String(seconds)
  if (code === "unauthorized") headers["www-authenticate"] = 'Bearer realm="belay"'
  if (code === "method_not_allowed" && Array.isArray(details?.["allow"])) {
    headers["allow"] = details["allow"].join(", ")
  }
  return headers
}
