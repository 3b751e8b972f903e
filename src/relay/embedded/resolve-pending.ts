// Posting and voiding a pending transfer, and its expiry.
// Owns: the order of checks for a post or void, and the release of what a pending transfer held.
//   P1. A pending transfer is resolved once: posted, voided or expired.
//   P2. Whatever is posted, the whole pending amount leaves the pending balances.
import { resolvedAmount } from "../../ledger/exists.ts"
import { hasFlag, TransferFlags } from "../../ledger/flags.ts"
import { U128_MAX } from "../../ledger/integers.ts"
import type { Transfer, TransferRequest } from "../../ledger/records.ts"
import type { TransferStatus } from "../../ledger/transfer-status.ts"
import { applyTransfer, updateAccounts } from "./apply-transfer.ts"
import { type Accounts, afterPost, afterRelease, expiryOf, isClosed, isPending } from "./balance.ts"
import type { Store } from "./store.ts"
import type { Verdict } from "./verdict.ts"

/** Flags that make no sense on a post or void. */
const NOT_ON_A_RESOLUTION = [
  TransferFlags.pending,
  TransferFlags.balancing_debit,
  TransferFlags.balancing_credit,
  TransferFlags.closing_debit,
  TransferFlags.closing_credit,
]

/** Posts or voids. The id is known to be new. */
export function resolvePending(
  store: Store,
  request: TransferRequest,
  eventTimestamp: bigint,
): Verdict<TransferStatus> {
  const refused = (status: TransferStatus) => ({ status, timestamp: eventTimestamp })

  const fieldStatus = checkFields(request)
  if (fieldStatus !== undefined) return refused(fieldStatus)

  const pending = store.transfer(request.pending_id)
  if (pending === undefined) return refused("pending_transfer_not_found")
  if (!isPending(pending)) return refused("pending_transfer_not_pending")

  const amount = resolvedAmount(request, pending)
  const pendingStatus =
    compareWithPending(request, pending, amount) ?? checkState(store, pending, eventTimestamp)
  if (pendingStatus !== undefined) return refused(pendingStatus)

  const imported = hasFlag(request.flags, TransferFlags.imported)
  if (imported) {
    const { timestamp } = request
    const regresses = timestamp <= store.transferTimestampMax() || store.hasAccountAt(timestamp)
    if (regresses) return refused("imported_event_timestamp_must_not_regress")
  }

  const accounts = accountsOf(store, pending)
  const isVoid = hasFlag(request.flags, TransferFlags.void_pending_transfer)
  if (!isVoid && isClosed(accounts.debit)) return refused("debit_account_already_closed")
  if (!isVoid && isClosed(accounts.credit)) return refused("credit_account_already_closed")

  const timestamp = imported ? request.timestamp : eventTimestamp
  const transfer: Transfer = {
    ...request,
    debit_account_id: pending.debit_account_id,
    credit_account_id: pending.credit_account_id,
    amount,
    user_data_128: request.user_data_128 || pending.user_data_128,
    user_data_64: request.user_data_64 || pending.user_data_64,
    user_data_32: request.user_data_32 || pending.user_data_32,
    ledger: pending.ledger,
    code: pending.code,
    timestamp,
  }
  const after = isVoid ? afterRelease(pending, accounts) : afterPost(pending, amount, accounts)
  applyTransfer(store, transfer, after)
  store.setPendingState(pending.timestamp, isVoid ? "voided" : "posted")
  return { status: "created", timestamp }
}

/** Releases every pending transfer whose time is up, in the order in which they expire. */
export function expirePending(store: Store, timestamp: bigint): void {
  for (const pending of store.expiredAt(timestamp)) {
    store.setPendingState(pending.timestamp, "expired")
    updateAccounts(store, afterRelease(pending, accountsOf(store, pending)))
  }
}

function checkFields(request: TransferRequest): TransferStatus | undefined {
  const { post_pending_transfer, void_pending_transfer } = TransferFlags
  const both = hasFlag(request.flags, post_pending_transfer | void_pending_transfer)
  if (both || NOT_ON_A_RESOLUTION.some((flag) => hasFlag(request.flags, flag))) {
    return "flags_are_mutually_exclusive"
  }
  if (request.pending_id === 0n) return "pending_id_must_not_be_zero"
  if (request.pending_id === U128_MAX) return "pending_id_must_not_be_int_max"
  if (request.pending_id === request.id) return "pending_id_must_be_different"
  if (request.timeout !== 0) return "timeout_reserved_for_pending_transfer"
  return undefined
}

// What the request leaves at 0 it takes from the pending transfer.
function compareWithPending(
  request: TransferRequest,
  pending: Transfer,
  amount: bigint,
): TransferStatus | undefined {
  const { debit_account_id, credit_account_id, ledger, code, flags } = request
  if (debit_account_id !== 0n && debit_account_id !== pending.debit_account_id) {
    return "pending_transfer_has_different_debit_account_id"
  }
  if (credit_account_id !== 0n && credit_account_id !== pending.credit_account_id) {
    return "pending_transfer_has_different_credit_account_id"
  }
  if (ledger !== 0 && ledger !== pending.ledger) return "pending_transfer_has_different_ledger"
  if (code !== 0 && code !== pending.code) return "pending_transfer_has_different_code"
  if (amount > pending.amount) return "exceeds_pending_transfer_amount"
  if (hasFlag(flags, TransferFlags.void_pending_transfer) && amount < pending.amount) {
    return "pending_transfer_has_different_amount"
  }
  return undefined
}

function checkState(
  store: Store,
  pending: Transfer,
  eventTimestamp: bigint,
): TransferStatus | undefined {
  const state = store.pendingState(pending.timestamp)
  if (state === "posted") return "pending_transfer_already_posted"
  if (state === "voided") return "pending_transfer_already_voided"
  if (state === "expired") return "pending_transfer_expired"
  // Its time may be up although the release has not come round to it yet.
  const timeIsUp = pending.timeout !== 0 && expiryOf(pending) <= eventTimestamp
  return timeIsUp ? "pending_transfer_expired" : undefined
}

function accountsOf(store: Store, transfer: Transfer): Accounts {
  const debit = store.account(transfer.debit_account_id)
  const credit = store.account(transfer.credit_account_id)
  if (debit === undefined || credit === undefined) {
    throw new Error(
      `The ledger file is damaged: transfer ${transfer.id} lacks one of its accounts.`,
    )
  }
  return { debit, credit }
}
