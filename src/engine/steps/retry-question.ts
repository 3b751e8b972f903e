// Retry question: what a step's `retryIf` says of an error: at once, later, or by throwing.
// Owns: asking it, once for each failure. Must not touch: what follows (retry-due.ts), the attempt that waits (steps.ts).

import { attempted, type Attempted } from "./attempted.ts"
import { isNonRetryable } from "../errors.ts"
import type { StepOptions } from "../workflow/operation.ts"
import { isThenable } from "./step-result.ts"

/** What was answered, still the user's: it may be anything. */
export type Verdict = Attempted<unknown>

export type Asked = Verdict | { readonly later: PromiseLike<unknown> }

/** `undefined` when there is nothing to ask: no predicate, or an error that is final whatever anybody says. */
export function askRetryIf(error: unknown, options: StepOptions): Asked | undefined {
  const { retryIf } = options
  if (retryIf === undefined || isFinal(error, options)) return undefined
  const answer = attempted<unknown>(() => retryIf(error))
  return "value" in answer && isThenable(answer.value) ? { later: answer.value } : answer
}

/** Whether no further attempt can help: the error says so itself, or its class is listed. */
export function isFinal(error: unknown, options: StepOptions): boolean {
  try {
    if (isNonRetryable(error)) return true
    return options.nonRetryableErrors?.some((ErrorClass) => error instanceof ErrorClass) ?? false
  } catch {
    // What was thrown throws itself when it is looked at: nothing says that it is final.
    return false
  }
}
