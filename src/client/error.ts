// Error: what the client throws, and nothing else on purpose: an answer of the contract that is no success, a request
// that got no answer, a run that did not complete.

import type { Run, Thrown } from "./run.ts"

interface ErrorParts {
  readonly code: string
  readonly message: string
  /** Of the answer; 0 when there was none. */
  readonly status: number
  readonly details?: unknown
  readonly cause?: unknown
}

/**
 * `code` is one of the contract's, or the client's own: `network` (no answer came, or none in time), `timeout` (the
 * caller's time is over), `bad_answer` (what answered is no Belay). `invalid_id` with the status 0 is its own as well.
 */
export class BelayClientError extends Error {
  override readonly name: string = "BelayClientError"
  readonly code: string
  readonly status: number
  readonly details: unknown

  constructor({ code, message, status, details, cause }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.details = details
  }
}

const CODES = {
  failed: "run_failed",
  cancelled: "run_cancelled",
  timed_out: "run_timed_out",
  halted: "halted",
} as const

export type Unfinished = keyof typeof CODES

/** A run that has ended without a result, or stands still until a person looks. */
export class BelayRunError extends BelayClientError {
  override readonly name = "BelayRunError"
  readonly run: Run
  readonly runStatus: Unfinished
  /** What the workflow threw, or why it is halted. */
  readonly thrown: Thrown | undefined

  constructor(run: Run, runStatus: Unfinished, httpStatus: number) {
    const { error } = run
    super({
      code: CODES[runStatus],
      message: error?.message ?? `Run "${run.id}" is ${runStatus}.`,
      status: httpStatus,
      details: error?.details,
    })
    this.run = run
    this.runStatus = runStatus
    this.thrown = error
  }
}
