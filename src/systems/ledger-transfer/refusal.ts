// Refusal: the two ways in which a transfer ends before anything is reserved.
// Owns: their shape and the sentences people read. Must not touch: which of the ledger's answers is which (…-step(s).ts).

import { NonRetryableError } from "../../engine/errors.ts"
import type { LedgerTransfer } from "./input.ts"
import { LEDGER } from "./ledger-records.ts"

/**
 * `reason`: the ledger's status; `source_unknown` for a source that ledger 1 does not have; or
 * `source_is_clearing_account`, because such an account pays for nobody.
 */
export interface Rejected {
  readonly type: "rejected"
  readonly reason: string
  readonly error: string
}

/** The transfer cannot be made, and everybody has done what they should. */
export function rejected({ transferId, source }: LedgerTransfer, reason: string): Rejected {
  return { type: "rejected", reason, error: `${why(source, reason)}; '${transferId}' was not made` }
}

/** The ledger's answer is no business of the transfer's: a record of somebody else's, or a request without sense. */
export function refused(what: string, status: string): NonRetryableError {
  return new NonRetryableError(`The ledger refused ${what}: ${status}.`, {
    code: "ledger_refused",
    details: { status },
  })
}

/** Why a clearing account is no source. */
export function clearingAsSource(source: string): string {
  return `ledger account ${source} is the clearing account of a bank account, which pays for nobody`
}

function why(source: string, reason: string): string {
  switch (reason) {
    case "source_unknown":
      return `there is no account ${source} in ledger ${LEDGER}`
    case "source_is_clearing_account":
      return clearingAsSource(source)
    default:
      return `the ledger rejected the reservation: ${reason}`
  }
}
