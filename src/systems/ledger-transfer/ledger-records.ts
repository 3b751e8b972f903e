// Ledger records: the accounts and transfers that a ledger transfer leaves in the ledger.
// Owns: their ids, codes and marks. Must not touch: sending them, what the answers mean.
//   L1. The same run always makes the same ids, so sending a record again is harmless. A run that was deleted and started
//       again under its id was created at another time and makes other ids: it can neither meet its former life's
//       records nor take them for its own.
//   L2. The clearing account of a bank account stands for the ledger's side of it: what was posted to its credit is what
//       payouts brought to the bank account and paybacks did not take back. An audit compares the two.
//   L3. Every event names its ledger and its code, also where the ledger would take them over from another record: a
//       relay's key that has rights for some ledgers or codes only is refused what it leaves to the ledger.

import type { StepContext } from "../../engine/workflow/context.ts"
import { businessId, deterministicId } from "../../ledger/deterministic-id.ts"
import { TransferFlags } from "../../ledger/flags.ts"
import type { Account, NewAccount, NewTransfer } from "../../ledger/records.ts"
import type { LedgerTransfer } from "./input.ts"

const NAMESPACE = "ledger-transfer"
const CLEARING_NAMESPACE = "ledger-transfer/bank"
const CLEARING_MARK_NAMESPACE = "ledger-transfer/mark"

/** The ledger whose accounts can be a source; account creation makes its accounts there. */
export const LEDGER = 1

/** Codes tell a person why a record is there. The accounts of account creation have code 1. */
const CLEARING_ACCOUNT_CODE = 2
const RESERVATION_CODE = 1
const COLLECTION_CODE = 2

/** The transfers one run may make, by what they do. */
export type Purpose = "reserve" | "post" | "void" | "collect"

type Run = Pick<StepContext, "id" | "runCreatedAtMs">

export function ledgerIdOf(run: Run, purpose: Purpose): Promise<bigint> {
  return deterministicId({
    namespace: NAMESPACE,
    runId: run.id,
    stepKey: purpose,
    attempt: 1,
    index: 0,
    createdAtMs: run.runCreatedAtMs,
  })
}

/** What stands in the user data of the run's own transfers: somebody else's under the same id shows as different. */
export function markOf(run: Pick<Run, "id">): Promise<bigint> {
  return businessId(NAMESPACE, run.id)
}

/** The clearing account of a bank account. */
export async function clearingAccount(bankAccount: string): Promise<NewAccount> {
  return {
    id: await businessId(CLEARING_NAMESPACE, bankAccount),
    ledger: LEDGER,
    code: CLEARING_ACCOUNT_CODE,
    user_data_128: await clearingMark(),
  }
}

/** Whether this is the clearing account of some bank account. Its id alone does not tell which. */
export async function isClearingAccount(account: Account): Promise<boolean> {
  const { ledger, code, user_data_128 } = account
  const isAlike = ledger === LEDGER && code === CLEARING_ACCOUNT_CODE
  return isAlike && user_data_128 === (await clearingMark())
}

/** Sets the amount aside; the ledger lets go of it by itself after the reservation's time. */
export async function reservation(
  run: Run,
  transfer: LedgerTransfer,
  sourceId: bigint,
): Promise<NewTransfer> {
  return {
    ...(await movement(run, "reserve", transfer, sourceId)),
    code: RESERVATION_CODE,
    flags: TransferFlags.pending,
    timeout: transfer.reservationSeconds,
  }
}

/** Takes the amount without a reservation. */
export async function collection(
  run: Run,
  transfer: LedgerTransfer,
  sourceId: bigint,
): Promise<NewTransfer> {
  return { ...(await movement(run, "collect", transfer, sourceId)), code: COLLECTION_CODE }
}

/** Makes of the reserved amount, the whole of it, a movement or nothing. */
export async function resolution(
  run: Run,
  purpose: "post" | "void",
  { amount }: LedgerTransfer,
): Promise<NewTransfer> {
  const { post_pending_transfer, void_pending_transfer } = TransferFlags
  return {
    id: await ledgerIdOf(run, purpose),
    pending_id: await ledgerIdOf(run, "reserve"),
    amount: BigInt(amount),
    ledger: LEDGER,
    code: RESERVATION_CODE,
    flags: purpose === "post" ? post_pending_transfer : void_pending_transfer,
  }
}

/** Other people's accounts may have the same code. */
function clearingMark(): Promise<bigint> {
  return businessId(CLEARING_MARK_NAMESPACE, "clearing account")
}

async function movement(
  run: Run,
  purpose: Purpose,
  { bankAccount, amount }: LedgerTransfer,
  sourceId: bigint,
): Promise<NewTransfer> {
  return {
    id: await ledgerIdOf(run, purpose),
    debit_account_id: sourceId,
    credit_account_id: (await clearingAccount(bankAccount)).id,
    amount: BigInt(amount),
    ledger: LEDGER,
    user_data_128: await markOf(run),
  }
}
