// The fence: making sure that a transfer whose fate is unknown can never be created later, or learning that it was.
// Owns: the event that burns an id, the accounts it names, and what each answer to it means.
//   F1. The event can only ever fail: the two accounts it names must never exist. A relay refuses to create them.
//   F2. Whatever the answer, it is final for this id, and asking again gives an answer of the same meaning.
import { LedgerError } from "./errors.ts"
import { U128_MAX } from "./integers.ts"
import type { NewTransfer } from "./records.ts"
import type { TransferOutcome } from "./status-outcome.ts"

const FENCE_DEBIT_ACCOUNT = U128_MAX - 1n
const FENCE_CREDIT_ACCOUNT = U128_MAX - 2n

/** Accounts that nobody may create, or a fence would move nothing between them instead of burning an id. */
export const FENCE_ACCOUNTS: readonly bigint[] = [FENCE_DEBIT_ACCOUNT, FENCE_CREDIT_ACCOUNT]

/**
 * - `fenced`: the id is burned now; a delayed original can never be created.
 * - `already_failed`: the id was burned before: the original was rejected, or an earlier fence got there.
 * - `committed`: a transfer with this id is in the ledger; look it up.
 */
export type FenceResult = "fenced" | "already_failed" | "committed"

/** `timestamp` in ns since 1970: when the ledger looked. */
export interface FenceOutcome {
  readonly result: FenceResult
  readonly status: TransferOutcome["status"]
  readonly statusNumber: number
  readonly timestamp: bigint
}

/** The event that, sent alone, burns this id unless it is taken. */
export function fenceTransfer(id: bigint): NewTransfer {
  return {
    id,
    debit_account_id: FENCE_DEBIT_ACCOUNT,
    credit_account_id: FENCE_CREDIT_ACCOUNT,
    amount: 0n,
    ledger: 1,
    code: 1,
    flags: 0,
  }
}

/**
 * What the ledger's answer to the fence's event means for the id.
 * @throws LedgerError `ledger_invalid` for an id that no transfer can have; `ledger_unknown` for an answer that
 * would mean that the fence's accounts exist.
 */
export function readFence(outcome: TransferOutcome): FenceOutcome {
  const { status, statusNumber, timestamp } = outcome
  if (status === "debit_account_not_found") {
    return { result: "fenced", status, statusNumber, timestamp }
  }
  if (status === "id_already_failed") {
    return { result: "already_failed", status, statusNumber, timestamp }
  }
  if (outcome.class === "conflict") {
    return { result: "committed", status, statusNumber, timestamp }
  }
  if (status === "id_must_not_be_zero" || status === "id_must_not_be_int_max") {
    throw new LedgerError("ledger_invalid", `No transfer can have this id: ${status}.`)
  }
  throw new LedgerError(
    "ledger_unknown",
    `A fence was answered with ${status}: somebody has created one of the accounts ${FENCE_ACCOUNTS.join(", ")}, which must not exist.`,
  )
}
