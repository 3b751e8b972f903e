// A ledger as a key with rights for some ledgers sees it: what belongs to the others is unknown there.
// Owns: what reads leave out. What may be sent is `key-rights.ts`'s.
//   V1. A record of another ledger reads like one that does not exist.
//   V2. Queries are made with a filter that names an allowed ledger; this is checked before.
// Writes and the fence pass: their statuses speak about the caller's own ids.
import type { AccountBalance, NewAccountFilter, NewQueryFilter } from "../../ledger/filters.ts"
import type { FenceOutcome } from "../../ledger/fence.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import type { Account, NewAccount, NewTransfer, Transfer } from "../../ledger/records.ts"
import type { AccountOutcome, TransferOutcome } from "../../ledger/status-outcome.ts"

export class LedgerView implements Ledger {
  readonly #ledger: Ledger
  readonly #allowed: ReadonlySet<number>

  constructor(ledger: Ledger, allowed: ReadonlySet<number>) {
    this.#ledger = ledger
    this.#allowed = allowed
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    return this.#ledger.createAccounts(accounts)
  }

  createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    return this.#ledger.createTransfers(transfers)
  }

  fenceTransfer(id: bigint): Promise<FenceOutcome> {
    return this.#ledger.fenceTransfer(id)
  }

  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    return this.#visible(await this.#ledger.lookupAccounts(ids))
  }

  async lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return this.#visible(await this.#ledger.lookupTransfers(ids))
  }

  async getAccountTransfers(filter: NewAccountFilter): Promise<Transfer[]> {
    return (await this.#sees(filter.account_id)) ? this.#ledger.getAccountTransfers(filter) : []
  }

  async getAccountBalances(filter: NewAccountFilter): Promise<AccountBalance[]> {
    return (await this.#sees(filter.account_id)) ? this.#ledger.getAccountBalances(filter) : []
  }

  queryAccounts(filter: NewQueryFilter): Promise<Account[]> {
    return this.#ledger.queryAccounts(filter)
  }

  queryTransfers(filter: NewQueryFilter): Promise<Transfer[]> {
    return this.#ledger.queryTransfers(filter)
  }

  #visible<Item extends { readonly ledger: number }>(records: readonly Item[]): Item[] {
    return records.filter(({ ledger }) => this.#allowed.has(ledger))
  }

  async #sees(accountId: bigint): Promise<boolean> {
    return (await this.lookupAccounts([accountId])).length > 0
  }
}
