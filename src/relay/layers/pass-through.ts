// A layer that changes nothing: every operation goes to the ledger below.
// Owns: the passing on, so that a layer shows only what it does. Not for a layer that holds something back: there
// each operation must be looked at, so `ledger-view.ts` names them all.
import type { AccountBalance, NewAccountFilter, NewQueryFilter } from "../../ledger/filters.ts"
import type { LedgerOperations } from "../../ledger/ledger.ts"
import type { Account, NewAccount, NewTransfer, Transfer } from "../../ledger/records.ts"
import type { AccountOutcome, TransferOutcome } from "../../ledger/status-outcome.ts"

export class PassThrough<Below extends LedgerOperations> implements LedgerOperations {
  protected readonly ledger: Below

  constructor(ledger: Below) {
    this.ledger = ledger
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    return this.ledger.createAccounts(accounts)
  }

  createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    return this.ledger.createTransfers(transfers)
  }

  lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    return this.ledger.lookupAccounts(ids)
  }

  lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return this.ledger.lookupTransfers(ids)
  }

  getAccountTransfers(filter: NewAccountFilter): Promise<Transfer[]> {
    return this.ledger.getAccountTransfers(filter)
  }

  getAccountBalances(filter: NewAccountFilter): Promise<AccountBalance[]> {
    return this.ledger.getAccountBalances(filter)
  }

  queryAccounts(filter: NewQueryFilter): Promise<Account[]> {
    return this.ledger.queryAccounts(filter)
  }

  queryTransfers(filter: NewQueryFilter): Promise<Transfer[]> {
    return this.ledger.queryTransfers(filter)
  }
}
