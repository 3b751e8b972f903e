// The ledger port: what a workflow's step may ask of a ledger, whoever stores it.
// Owns: the interface. Implemented at the edge (`relay-ledger.ts`) and behind the relay; one contract suite
// in test/contract holds for all of them.
//   L1. One outcome for every event, in the order of the request. A refusal is an outcome, not an error.
//   L2. The same events sent again change nothing: `created` becomes `exists`, no other success appears.
//   L3. Errors are `LedgerError` and say whether the events may have reached the ledger.
import type { FenceOutcome } from "./fence.ts"
import type { AccountBalance, NewAccountFilter, NewQueryFilter } from "./filters.ts"
import type { Account, NewAccount, NewTransfer, Transfer } from "./records.ts"
import type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"

/** Limits of one call. */
export interface CallOptions {
  /** Gives up waiting. What was submitted stays submitted: the call then fails with `ledger_unknown`. */
  readonly signal?: AbortSignal
  /** Time for the call, in ms; a ledger has its own default. */
  readonly timeoutMs?: number
  /** The W3C trace context of whoever asks; it is passed on. */
  readonly trace?: CallTrace | undefined
}

/** The headers of a trace context. */
export interface CallTrace {
  readonly traceparent: string
  readonly tracestate?: string | undefined
}

/** The operations a ledger itself has, answered event by event. */
export interface LedgerOperations {
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

  /**
   * Transfers that debit or credit one account, oldest first unless reversed. Page by `timestamp_min` or `_max`.
   * @throws LedgerError `ledger_unavailable`, or `ledger_invalid` for a filter that could select nothing.
   */
  getAccountTransfers(filter: NewAccountFilter, options?: CallOptions): Promise<Transfer[]>

  /**
   * One account's balances after each of those transfers; none unless the account has the flag `history`.
   * @throws LedgerError `ledger_unavailable`, or `ledger_invalid` for a filter that could select nothing.
   */
  getAccountBalances(filter: NewAccountFilter, options?: CallOptions): Promise<AccountBalance[]>

  /**
   * Accounts, oldest first unless reversed. Page by `timestamp_min` or `_max`.
   * @throws LedgerError `ledger_unavailable`, or `ledger_invalid` for a filter that could select nothing.
   */
  queryAccounts(filter: NewQueryFilter, options?: CallOptions): Promise<Account[]>

  /**
   * Transfers, oldest first unless reversed. Page by `timestamp_min` or `_max`.
   * @throws LedgerError `ledger_unavailable`, or `ledger_invalid` for a filter that could select nothing.
   */
  queryTransfers(filter: NewQueryFilter, options?: CallOptions): Promise<Transfer[]>
}

/** A ledger with the meaning of whole chains, and the fence. */
export interface Ledger extends LedgerOperations {
  /**
   * Makes a definite answer out of an unknown one: afterwards the transfer with this id is in the ledger, or it
   * never will be. One id of a linked chain fences the whole chain.
   * @throws LedgerError `ledger_unknown`, `ledger_unavailable` or `ledger_invalid`.
   */
  fenceTransfer(id: bigint, options?: CallOptions): Promise<FenceOutcome>
}
