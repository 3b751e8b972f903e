// Reading the embedded ledger by filter, and the balances of the past.
// Owns: the four queries and the rows of the history. Which rows a filter selects is `selection.ts`'s.
//   Q1. Like TigerBeetle, a filter that can select nothing is answered with nothing; callers who want to be told
//       are told by `filter-check.ts` before.
import type { AccountBalance, AccountFilter, QueryFilter } from "../../ledger/filters.ts"
import { AccountFlags, hasFlag } from "../../ledger/flags.ts"
import type { Account, Transfer } from "../../ledger/records.ts"
import type { Connection } from "./connection.ts"
import { accountFromRow, balanceFromRow, type Row, transferFromRow } from "./row.ts"
import {
  type Selection,
  selectAccountBalances,
  selectAccountTransfers,
  selectBy,
} from "./selection.ts"

export class QueryStore {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  accounts(filter: QueryFilter): Account[] {
    return this.#rows(selectBy("accounts", filter)).map(accountFromRow)
  }

  transfers(filter: QueryFilter): Transfer[] {
    return this.#rows(selectBy("transfers", filter)).map(transferFromRow)
  }

  accountTransfers(filter: AccountFilter): Transfer[] {
    return this.#rows(selectAccountTransfers(filter)).map(transferFromRow)
  }

  /** One row for each transfer that `accountTransfers` finds, if the account keeps a history. */
  accountBalances(filter: AccountFilter, account: Account | undefined): AccountBalance[] {
    if (account === undefined || !hasFlag(account.flags, AccountFlags.history)) return []
    return this.#rows(selectAccountBalances(filter, account.timestamp)).map(balanceFromRow)
  }

  /** Keeps the account's balances as they are after the transfer with this timestamp. */
  insertBalance(account: Account, timestamp: bigint): void {
    this.#connection
      .sql("INSERT INTO account_balances VALUES (?, ?, ?, ?, ?, ?)")
      .run(
        account.timestamp,
        timestamp,
        `${account.debits_pending}`,
        `${account.debits_posted}`,
        `${account.credits_pending}`,
        `${account.credits_posted}`,
      )
  }

  #rows(selection: Selection | undefined): Row[] {
    if (selection === undefined) return []
    return this.#connection.sql(selection.sql).all(...selection.values)
  }
}
