// The ledger port: what a workflow's step may ask of a ledger, whoever stores it.
// Owns: the interface. Implemented at the edge (`relay-ledger.ts`) and behind the relay; one contract suite
// in test/contract holds for all of them.
//   L1. One outcome for every event, in the order of the request. A refusal is an outcome, not an error.
//   L2. The same events sent again change nothing: `created` becomes `exists`, no other success appears.
//   L3. Errors are `LedgerError` and say whether the events may have reached the ledger.
import type { Account, NewAccount, NewTransfer, Transfer } from "./records.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"

/** Limits of one call. */
export interface CallOptions {
  /** Gives up waiting. What was submitted stays submitted: the call then fails with `ledger_unknown`. */
  readonly signal?: AbortSignal
}

export interface Ledger {
  /**
   * Creates accounts; adjacent events with the flag `linked` succeed or fail together.
   * @throws LedgerError `ledger_unknown`, `ledger_unavailable` or `ledger_invalid`.
   */
  createAccounts(accounts: readonly NewAccount[], options?: CallOptions): Promise<AccountOutcome[]>

  /**
   * Creates transfers, or posts and voids pending ones; adjacent events with the flag `linked` succeed or
   * fail together. A balancing transfer's stored amount may be below the one asked for: look it up.
   * @throws LedgerError `ledger_unknown`, `ledger_unavailable` or `ledger_invalid`.
   */
  createTransfers(
    transfers: readonly NewTransfer[],
    options?: CallOptions,
  ): Promise<TransferOutcome[]>

  /**
   * The accounts with these ids. Unknown ids are left out: match by id, not by position.
   * @throws LedgerError `ledger_unavailable` or `ledger_invalid`.
   */
  lookupAccounts(ids: readonly bigint[], options?: CallOptions): Promise<Account[]>

  /**
   * The transfers with these ids. Unknown ids are left out: match by id, not by position.
   * @throws LedgerError `ledger_unavailable` or `ledger_invalid`.
   */
  lookupTransfers(ids: readonly bigint[], options?: CallOptions): Promise<Transfer[]>
}
