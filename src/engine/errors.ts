// Errors: every error class and code Belay itself raises.
// Owns: the closed list of API error codes, the codes a workflow can meet, and the classes.
// Must not touch: HTTP statuses (http/error-response.ts is the only place that knows both).

/** The closed list of codes an HTTP caller can meet. */
export const API_ERROR_CODES = [
  "invalid_request",
  "invalid_id",
  "unauthorized",
  "forbidden",
  "route_unknown",
  "workflow_unknown",
  "version_unknown",
  "run_unknown",
  "path_unknown",
  "state_unknown",
  "promise_unknown",
  "schedule_unknown",
  "method_not_allowed",
  "run_conflict",
  "run_ended",
  "wrong_status",
  "halted",
  "body_too_large",
  "rejected",
  "limit_reached",
  "internal",
  "not_configured",
  "overloaded",
  "ledger_unavailable",
] as const

export type ApiErrorCode = (typeof API_ERROR_CODES)[number]

export type ErrorDetails = Readonly<Record<string, unknown>>

/** An error an API caller sees: code, what happened, which value, what to do. */
export class BelayError extends Error {
  override readonly name = "BelayError"
  readonly code: ApiErrorCode
  readonly details: ErrorDetails | undefined

  constructor(code: ApiErrorCode, message: string, details?: ErrorDetails) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** Thrown at the point of waiting when a run, a race loser or a sub-workflow is cancelled. */
export class CancelledError extends Error {
  override readonly name = "CancelledError"
  readonly code = "cancelled"
}

/** An attempt, an operation or a whole run passed its deadline. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError"
  readonly code = "timeout"
}

/** A value that cannot be stored; `path` leads to the culprit inside the value. */
export class EncodingError extends Error {
  override readonly name = "EncodingError"
  readonly code = "encoding"
  readonly nonRetryable = true
  readonly path: string

  constructor(message: string, path: string) {
    super(message)
    this.path = path
  }
}

/** A text that the codec did not write, or that was changed since. */
export class DecodingError extends Error {
  override readonly name = "DecodingError"
  readonly code = "decoding"
  readonly nonRetryable = true
}

/** The workflow yielded something that is not an operation, or used one where it is not allowed. */
export class InvalidOperationError extends Error {
  override readonly name = "InvalidOperationError"
  readonly code = "invalid_operation"
}

/** A limit of the engine was passed (steps, pending waits, value size). */
export class LimitError extends Error {
  override readonly name = "LimitError"
  readonly code = "limit_reached"
  readonly nonRetryable = true
}

/** Throw it in a step to say that no further attempt can help. */
export class NonRetryableError extends Error {
  override readonly name = "NonRetryableError"
  readonly nonRetryable = true
  readonly code: string
  readonly details: unknown

  constructor(
    message: string,
    options: { code?: string; details?: unknown; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code ?? "non_retryable"
    this.details = options.details
  }
}

/** The cause of an error after which not everything could be undone: `errors` says what went wrong with what. */
export class CompensationError extends AggregateError {
  override readonly name = "CompensationError"
  readonly code = "compensation_failed"
}

/** Why a run stands still until a person looks. */
export type HaltCode =
  | "panic"
  | "divergence"
  | "workflow_unknown"
  | "version_unknown"
  | "retries_exhausted"
  | "attempts_lost"
  | "store_full"

/** Code of what was thrown with none of its own, wherever it is shown. */
export const THROWN_CODE_DEFAULT = "failed"

/** The number Resonate gives a panic; kept so that callers can compare numbers. */
export const PANIC_NUMBER = 98

export interface Halt {
  readonly code: HaltCode
  readonly message: string
  readonly details?: ErrorDetails
}

/** True for errors that say of themselves that another attempt is useless. */
export function isNonRetryable(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as { nonRetryable?: unknown }).nonRetryable === true
  )
}
