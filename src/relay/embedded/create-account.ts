// Creation of one account.
// Owns: the order of checks; the first that fails names the status. Knows no chain and no batch.
import type { AccountStatus } from "../../ledger/account-status.ts"
import { compareAccount } from "../../ledger/exists.ts"
import { AccountFlags, hasFlag, unknownFlagBits } from "../../ledger/flags.ts"
import { U128_MAX } from "../../ledger/integers.ts"
import type { Account, AccountRequest } from "../../ledger/records.ts"
import type { Store } from "./store.ts"
import type { Verdict } from "./verdict.ts"

const LIMITS_BOTH_WAYS =
  AccountFlags.debits_must_not_exceed_credits | AccountFlags.credits_must_not_exceed_debits

/** @param eventTimestamp the time given to this event; an imported account keeps its own. */
export function createAccount(
  store: Store,
  request: AccountRequest,
  eventTimestamp: bigint,
): Verdict<AccountStatus> {
  const refused = (status: AccountStatus) => ({ status, timestamp: eventTimestamp })

  if (request.reserved !== 0) return refused("reserved_field")
  if (unknownFlagBits(request.flags, AccountFlags) !== 0) return refused("reserved_flag")
  if (request.id === 0n) return refused("id_must_not_be_zero")
  if (request.id === U128_MAX) return refused("id_must_not_be_int_max")

  const stored = store.account(request.id)
  if (stored !== undefined) {
    const status = compareAccount(request, stored)
    return status === "exists" ? { status, timestamp: stored.timestamp } : refused(status)
  }

  if (hasFlag(request.flags, LIMITS_BOTH_WAYS)) return refused("flags_are_mutually_exclusive")
  if (request.debits_pending !== 0n) return refused("debits_pending_must_be_zero")
  if (request.debits_posted !== 0n) return refused("debits_posted_must_be_zero")
  if (request.credits_pending !== 0n) return refused("credits_pending_must_be_zero")
  if (request.credits_posted !== 0n) return refused("credits_posted_must_be_zero")
  if (request.ledger === 0) return refused("ledger_must_not_be_zero")
  if (request.code === 0) return refused("code_must_not_be_zero")

  const imported = hasFlag(request.flags, AccountFlags.imported)
  if (imported) {
    const regresses = request.timestamp <= store.accountTimestampMax()
    if (regresses || store.hasTransferAt(request.timestamp)) {
      return refused("imported_event_timestamp_must_not_regress")
    }
  }

  const timestamp = imported ? request.timestamp : eventTimestamp
  const { reserved: _reserved, ...fields } = request
  const account: Account = { ...fields, timestamp }
  store.insertAccount(account)
  return { status: "created", timestamp }
}
