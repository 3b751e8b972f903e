// What can go wrong on the way to a ledger. Refusals by the ledger are outcomes and never come here.
// Owns: the closed list of codes and what each says about the events sent.

/**
 * - `ledger_unknown`: the events may be in the ledger; send the same events again, with the same ids.
 * - `ledger_unavailable`: the events are certainly not in the ledger because of this call; send them again later.
 * - `ledger_invalid`: the request can never be accepted; the program must change.
 * - `ledger_not_configured`: no ledger can be reached before an operator sets or allows what the message names; the
 *   events are certainly not in the ledger because of this call.
 */
export type LedgerErrorCode =
  "ledger_unknown" | "ledger_unavailable" | "ledger_invalid" | "ledger_not_configured"

export class LedgerError extends Error {
  readonly code: LedgerErrorCode
  /** Whether the events may have reached the ledger. */
  readonly submitted: boolean
  /** A step must not retry: it would only ever hear the same. */
  readonly nonRetryable: boolean

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "LedgerError"
    this.code = code
    this.submitted = code === "ledger_unknown"
    this.nonRetryable = code === "ledger_invalid"
  }
}
