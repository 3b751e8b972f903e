// The comparison a ledger makes when an id is already taken: same request (`exists`) or another one.
// Owns: the order in which fields are compared; the first difference names the status.
// Used by the embedded ledger, and by the relay to recognise a linked chain that is sent again.
import type { AccountStatus } from "./account-status.ts"
import { hasFlag, TransferFlags } from "./flags.ts"
import { AMOUNT_MAX } from "./integers.ts"
import type { Account, AccountRequest, Transfer, TransferRequest } from "./records.ts"
import type { TransferStatus } from "./transfer-status.ts"

/** What the ledger answers to `request` when it holds `stored` under the same id. */
export function compareAccount(request: AccountRequest, stored: Account): AccountStatus {
  if (request.flags !== stored.flags) return "exists_with_different_flags"
  if (request.user_data_128 !== stored.user_data_128) return "exists_with_different_user_data_128"
  if (request.user_data_64 !== stored.user_data_64) return "exists_with_different_user_data_64"
  if (request.user_data_32 !== stored.user_data_32) return "exists_with_different_user_data_32"
  if (request.ledger !== stored.ledger) return "exists_with_different_ledger"
  if (request.code !== stored.code) return "exists_with_different_code"
  return "exists"
}

/**
 * What the ledger answers to `request` when it holds `stored` under the same id.
 * @param pending the transfer that `stored` posted or voided; needed for those only.
 */
export function compareTransfer(
  request: TransferRequest,
  stored: Transfer,
  pending: Transfer | undefined,
): TransferStatus {
  if (request.flags !== stored.flags) return "exists_with_different_flags"
  if (request.pending_id !== stored.pending_id) return "exists_with_different_pending_id"
  if (request.timeout !== stored.timeout) return "exists_with_different_timeout"
  return pending === undefined
    ? comparePlainTransfer(request, stored)
    : compareResolution(request, stored, pending)
}

function comparePlainTransfer(request: TransferRequest, stored: Transfer): TransferStatus {
  if (request.debit_account_id !== stored.debit_account_id) {
    return "exists_with_different_debit_account_id"
  }
  if (request.credit_account_id !== stored.credit_account_id) {
    return "exists_with_different_credit_account_id"
  }
  // A balancing amount is an upper bound: what was moved then is the same request if it fits under it.
  const sameAmount = isBalancing(request.flags)
    ? request.amount >= stored.amount
    : request.amount === stored.amount
  if (!sameAmount) return "exists_with_different_amount"
  if (request.user_data_128 !== stored.user_data_128) return "exists_with_different_user_data_128"
  if (request.user_data_64 !== stored.user_data_64) return "exists_with_different_user_data_64"
  if (request.user_data_32 !== stored.user_data_32) return "exists_with_different_user_data_32"
  if (request.ledger !== stored.ledger) return "exists_with_different_ledger"
  if (request.code !== stored.code) return "exists_with_different_code"
  return "exists"
}

// A post or void inherits what it leaves at 0, so 0 in the request stands for the pending transfer's value.
function compareResolution(
  request: TransferRequest,
  stored: Transfer,
  pending: Transfer,
): TransferStatus {
  const { debit_account_id, credit_account_id, ledger, code } = request
  if (debit_account_id !== 0n && debit_account_id !== stored.debit_account_id) {
    return "exists_with_different_debit_account_id"
  }
  if (credit_account_id !== 0n && credit_account_id !== stored.credit_account_id) {
    return "exists_with_different_credit_account_id"
  }
  if (resolvedAmount(request, pending) !== stored.amount) return "exists_with_different_amount"
  if ((request.user_data_128 || pending.user_data_128) !== stored.user_data_128) {
    return "exists_with_different_user_data_128"
  }
  if ((request.user_data_64 || pending.user_data_64) !== stored.user_data_64) {
    return "exists_with_different_user_data_64"
  }
  if ((request.user_data_32 || pending.user_data_32) !== stored.user_data_32) {
    return "exists_with_different_user_data_32"
  }
  if (ledger !== 0 && ledger !== stored.ledger) return "exists_with_different_ledger"
  if (code !== 0 && code !== stored.code) return "exists_with_different_code"
  return "exists"
}

/** The amount a post or void stands for: a void of 0 and a post of `AMOUNT_MAX` mean all of it. */
export function resolvedAmount(request: TransferRequest, pending: Transfer): bigint {
  const all = isVoid(request.flags) ? 0n : AMOUNT_MAX
  return request.amount === all ? pending.amount : request.amount
}

/** Whether the transfer posts or voids a pending one. */
export function isResolution(flags: number): boolean {
  return hasFlag(flags, TransferFlags.post_pending_transfer) || isVoid(flags)
}

function isVoid(flags: number): boolean {
  return hasFlag(flags, TransferFlags.void_pending_transfer)
}

function isBalancing(flags: number): boolean {
  const { balancing_debit, balancing_credit } = TransferFlags
  return hasFlag(flags, balancing_debit) || hasFlag(flags, balancing_credit)
}
