// The embedded ledger: TigerBeetle's rules on SQLite, for development and tests.
// Owns: the clock and the life of the store. The rules are in the files beside it.
// It is not for production money: one file on one disk, no replication, checked against our reading of the rules.
//   L1. Time never goes back, and no two events share a timestamp, also over restarts.
//   L2. A call is kept whole or not at all, and answered means on disk.
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import {
  type AccountBalance,
  completeAccountFilter,
  completeQueryFilter,
  type NewAccountFilter,
  type NewQueryFilter,
} from "../../ledger/filters.ts"
import { AccountFlags, TransferFlags } from "../../ledger/flags.ts"
import { NANOSECONDS_PER_MILLISECOND } from "../../ledger/integers.ts"
import {
  type Account,
  completeAccount,
  completeTransfer,
  type NewAccount,
  type NewTransfer,
  type Transfer,
} from "../../ledger/records.ts"
import {
  type AccountOutcome,
  accountOutcome,
  burnsId,
  type TransferOutcome,
  transferOutcome,
} from "../../ledger/status-outcome.ts"
import type { LedgerBackend, LedgerDescription } from "../ledger-backend.ts"
import { runBatch } from "./batch.ts"
import { CommitGroup } from "./commit-group.ts"
import { createAccount } from "./create-account.ts"
import { createTransfer } from "./create-transfer.ts"
import { expirePending } from "./resolve-pending.ts"
import { Store } from "./store.ts"

export const IN_MEMORY = ":memory:"

export interface EmbeddedLedgerOptions {
  /** A file, made with its folder when missing, or `IN_MEMORY`. */
  readonly path: string
  /** ns since 1970; tests bring their own. */
  readonly now?: () => bigint
}

export class EmbeddedLedger implements LedgerBackend {
  readonly description: LedgerDescription
  readonly #store: Store
  readonly #group: CommitGroup
  readonly #now: () => bigint

  constructor(options: EmbeddedLedgerOptions) {
    const { path } = options
    this.description = {
      kind: "embedded",
      place: path,
      note: "for development and tests, not for production money",
    }
    if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
    this.#store = new Store(path)
    this.#group = new CommitGroup(this.#store)
    this.#now = options.now ?? (() => BigInt(Date.now()) * NANOSECONDS_PER_MILLISECOND)
  }

  async createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    const verdicts = await this.#inBatch(accounts.length, (batchTimestamp) =>
      runBatch(this.#store, accounts.map(completeAccount), batchTimestamp, {
        importedFlag: AccountFlags.imported,
        create: (account, eventTimestamp) => createAccount(this.#store, account, eventTimestamp),
        refused: () => undefined,
      }),
    )
    return verdicts.map(({ status, timestamp }) => accountOutcome(status, timestamp))
  }

  async createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const verdicts = await this.#inBatch(transfers.length, (batchTimestamp) =>
      runBatch(this.#store, transfers.map(completeTransfer), batchTimestamp, {
        importedFlag: TransferFlags.imported,
        create: (transfer, eventTimestamp) => createTransfer(this.#store, transfer, eventTimestamp),
        refused: ({ id }, { status, timestamp }) => {
          if (burnsId(status)) this.#store.burn(id, status, timestamp)
        },
      }),
    )
    return verdicts.map(({ status, timestamp }) => transferOutcome(status, timestamp))
  }

  async lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    this.#expireDue()
    return ids.map((id) => this.#store.account(id)).filter((account) => account !== undefined)
  }

  async lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return ids.map((id) => this.#store.transfer(id)).filter((transfer) => transfer !== undefined)
  }

  async getAccountTransfers(filter: NewAccountFilter): Promise<Transfer[]> {
    return this.#store.queries.accountTransfers(completeAccountFilter(filter))
  }

  async getAccountBalances(filter: NewAccountFilter): Promise<AccountBalance[]> {
    const account = this.#store.account(filter.account_id)
    return this.#store.queries.accountBalances(completeAccountFilter(filter), account)
  }

  async queryAccounts(filter: NewQueryFilter): Promise<Account[]> {
    this.#expireDue()
    return this.#store.queries.accounts(completeQueryFilter(filter))
  }

  async queryTransfers(filter: NewQueryFilter): Promise<Transfer[]> {
    return this.#store.queries.transfers(completeQueryFilter(filter))
  }

  close(): void {
    this.#store.close()
  }

  #inBatch<Result>(eventCount: number, run: (batchTimestamp: bigint) => Result): Promise<Result> {
    return this.#group.run(() => {
      const startedAt = this.#moment()
      expirePending(this.#store, startedAt)
      const batchTimestamp = startedAt + BigInt(eventCount)
      this.#store.setLastTimestamp(batchTimestamp)
      return run(batchTimestamp)
    })
  }

  // Reading balances must not show what has expired; without traffic nothing else would release it.
  #expireDue(): void {
    const moment = this.#moment()
    if (this.#store.expiredAt(moment).length === 0) return
    this.#store.transaction(() => expirePending(this.#store, moment))
  }

  #moment(): bigint {
    const now = this.#now()
    const last = this.#store.lastTimestamp()
    return now > last ? now : last
  }
}
