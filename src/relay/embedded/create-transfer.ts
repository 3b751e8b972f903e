// Creation of one transfer that is not a post or void.
// Owns: the order of checks; the first that fails names the status. Knows no chain and no batch.
import { compareTransfer, isResolution } from "../../ledger/exists.ts"
import { hasFlag, TransferFlags, unknownFlagBits } from "../../ledger/flags.ts"
import { U128_MAX } from "../../ledger/integers.ts"
import type { Transfer, TransferRequest } from "../../ledger/records.ts"
import type { TransferStatus } from "../../ledger/transfer-status.ts"
import { applyTransfer } from "./apply-transfer.ts"
import {
  type Accounts,
  afterTransfer,
  amountToMove,
  expiryOf,
  isClosed,
  isPending,
  limitBroken,
  overflow,
} from "./balance.ts"
import { resolvePending } from "./resolve-pending.ts"
import type { Store } from "./store.ts"
import type { Verdict } from "./verdict.ts"

/** @param eventTimestamp the time given to this event; an imported transfer keeps its own. */
export function createTransfer(
  store: Store,
  request: TransferRequest,
  eventTimestamp: bigint,
): Verdict<TransferStatus> {
  const refused = (status: TransferStatus) => ({ status, timestamp: eventTimestamp })

  if (unknownFlagBits(request.flags, TransferFlags) !== 0) return refused("reserved_flag")
  if (request.id === 0n) return refused("id_must_not_be_zero")
  if (request.id === U128_MAX) return refused("id_must_not_be_int_max")

  const stored = store.transfer(request.id)
  if (stored !== undefined) {
    const pending = isResolution(stored.flags) ? store.transfer(stored.pending_id) : undefined
    const status = compareTransfer(request, stored, pending)
    return status === "exists" ? { status, timestamp: stored.timestamp } : refused(status)
  }
  if (store.isBurned(request.id)) return refused("id_already_failed")
  if (isResolution(request.flags)) return resolvePending(store, request, eventTimestamp)

  const fieldStatus = checkFields(request)
  if (fieldStatus !== undefined) return refused(fieldStatus)

  const debit = store.account(request.debit_account_id)
  if (debit === undefined) return refused("debit_account_not_found")
  const credit = store.account(request.credit_account_id)
  if (credit === undefined) return refused("credit_account_not_found")
  const accounts: Accounts = { debit, credit }

  const accountStatus = checkAccounts(store, request, accounts)
  if (accountStatus !== undefined) return refused(accountStatus)

  const imported = hasFlag(request.flags, TransferFlags.imported)
  const transfer: Transfer = {
    ...request,
    amount: amountToMove(request, accounts),
    timestamp: imported ? request.timestamp : eventTimestamp,
  }
  const amountStatus = overflow(transfer, accounts) ?? limitBroken(transfer, accounts)
  if (amountStatus !== undefined) return refused(amountStatus)

  applyTransfer(store, transfer, afterTransfer(transfer, accounts))
  if (isPending(transfer)) {
    store.insertPending(transfer.timestamp, transfer.timeout === 0 ? undefined : expiryOf(transfer))
  }
  return { status: "created", timestamp: transfer.timestamp }
}

function checkFields(request: TransferRequest): TransferStatus | undefined {
  const { debit_account_id, credit_account_id, flags } = request
  if (debit_account_id === 0n) return "debit_account_id_must_not_be_zero"
  if (debit_account_id === U128_MAX) return "debit_account_id_must_not_be_int_max"
  if (credit_account_id === 0n) return "credit_account_id_must_not_be_zero"
  if (credit_account_id === U128_MAX) return "credit_account_id_must_not_be_int_max"
  if (credit_account_id === debit_account_id) return "accounts_must_be_different"
  if (request.pending_id !== 0n) return "pending_id_must_be_zero"
  if (!hasFlag(flags, TransferFlags.pending)) {
    if (request.timeout !== 0) return "timeout_reserved_for_pending_transfer"
    const closing =
      hasFlag(flags, TransferFlags.closing_debit) || hasFlag(flags, TransferFlags.closing_credit)
    if (closing) return "closing_transfer_must_be_pending"
  }
  if (request.ledger === 0) return "ledger_must_not_be_zero"
  if (request.code === 0) return "code_must_not_be_zero"
  return undefined
}

function checkAccounts(
  store: Store,
  request: TransferRequest,
  { debit, credit }: Accounts,
): TransferStatus | undefined {
  if (debit.ledger !== credit.ledger) return "accounts_must_have_the_same_ledger"
  if (request.ledger !== debit.ledger) return "transfer_must_have_the_same_ledger_as_accounts"
  if (hasFlag(request.flags, TransferFlags.imported)) {
    const { timestamp } = request
    const regresses = timestamp <= store.transferTimestampMax() || store.hasAccountAt(timestamp)
    if (regresses) return "imported_event_timestamp_must_not_regress"
    if (timestamp <= debit.timestamp) return "imported_event_timestamp_must_postdate_debit_account"
    if (timestamp <= credit.timestamp) {
      return "imported_event_timestamp_must_postdate_credit_account"
    }
    // An imported moment may lie behind us: a timeout counted from it would mean nothing.
    if (request.timeout !== 0) return "imported_event_timeout_must_be_zero"
  }
  if (isClosed(debit)) return "debit_account_already_closed"
  if (isClosed(credit)) return "credit_account_already_closed"
  return undefined
}
