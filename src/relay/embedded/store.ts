// The embedded ledger's memory: accounts, transfers, what became of pending ones, burned ids, the clock.
// Owns: the statements that read and write one record. Queries are `query-store.ts`'s, transactions
// `connection.ts`'s. Knows no rule of the ledger.
import type { StatementSync } from "node:sqlite"
import { U63_MAX } from "../../ledger/integers.ts"
import type { Account, Transfer } from "../../ledger/records.ts"
import { Connection, type Scope } from "./connection.ts"
import { QueryStore } from "./query-store.ts"
import { accountFromRow, big, text, transferFromRow } from "./row.ts"

export type PendingState = "pending" | "posted" | "voided" | "expired"

export class Store {
  readonly queries: QueryStore
  readonly #connection: Connection

  /** @param path a file, made when missing and brought up to date when old, or ":memory:". */
  constructor(path: string) {
    this.#connection = new Connection(path)
    this.queries = new QueryStore(this.#connection)
  }

  close(): void {
    this.#connection.close()
  }

  /** See `Connection`. */
  transaction<Result>(work: () => Result): Result {
    return this.#connection.transaction(work)
  }

  /** See `Connection`. */
  openScope(scope: Scope): void {
    this.#connection.openScope(scope)
  }

  /** See `Connection`. */
  closeScope(scope: Scope, writes: "keep" | "discard"): void {
    this.#connection.closeScope(scope, writes)
  }

  lastTimestamp(): bigint {
    const row = this.#sql("SELECT last_timestamp FROM clock").get()
    return row === undefined ? 0n : big(row, "last_timestamp")
  }

  setLastTimestamp(timestamp: bigint): void {
    this.#sql("UPDATE clock SET last_timestamp = ?").run(timestamp)
  }

  account(id: bigint): Account | undefined {
    const row = this.#sql("SELECT * FROM accounts WHERE id = ?").get(`${id}`)
    return row === undefined ? undefined : accountFromRow(row)
  }

  accountTimestampMax(): bigint {
    const row = this.#sql("SELECT timestamp FROM accounts ORDER BY timestamp DESC LIMIT 1").get()
    return row === undefined ? 0n : big(row, "timestamp")
  }

  hasAccountAt(timestamp: bigint): boolean {
    return this.#sql("SELECT 1 FROM accounts WHERE timestamp = ?").get(timestamp) !== undefined
  }

  insertAccount(account: Account): void {
    this.#sql(
      `INSERT INTO accounts (timestamp, id, debits_pending, debits_posted, credits_pending, credits_posted,
         user_data_128, user_data_64, user_data_32, ledger, code, flags)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      account.timestamp,
      `${account.id}`,
      `${account.debits_pending}`,
      `${account.debits_posted}`,
      `${account.credits_pending}`,
      `${account.credits_posted}`,
      `${account.user_data_128}`,
      `${account.user_data_64}`,
      account.user_data_32,
      account.ledger,
      account.code,
      account.flags,
    )
  }

  /** Writes what can change in an account: its balances and its flags. */
  updateAccount(account: Account): void {
    this.#sql(
      `UPDATE accounts SET debits_pending = ?, debits_posted = ?, credits_pending = ?, credits_posted = ?,
         flags = ? WHERE timestamp = ?`,
    ).run(
      `${account.debits_pending}`,
      `${account.debits_posted}`,
      `${account.credits_pending}`,
      `${account.credits_posted}`,
      account.flags,
      account.timestamp,
    )
  }

  transfer(id: bigint): Transfer | undefined {
    const row = this.#sql("SELECT * FROM transfers WHERE id = ?").get(`${id}`)
    return row === undefined ? undefined : transferFromRow(row)
  }

  transferTimestampMax(): bigint {
    const row = this.#sql("SELECT timestamp FROM transfers ORDER BY timestamp DESC LIMIT 1").get()
    return row === undefined ? 0n : big(row, "timestamp")
  }

  hasTransferAt(timestamp: bigint): boolean {
    return this.#sql("SELECT 1 FROM transfers WHERE timestamp = ?").get(timestamp) !== undefined
  }

  insertTransfer(transfer: Transfer): void {
    this.#sql(
      `INSERT INTO transfers (timestamp, id, debit_account_id, credit_account_id, amount, pending_id,
         user_data_128, user_data_64, user_data_32, timeout, ledger, code, flags)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      transfer.timestamp,
      `${transfer.id}`,
      `${transfer.debit_account_id}`,
      `${transfer.credit_account_id}`,
      `${transfer.amount}`,
      `${transfer.pending_id}`,
      `${transfer.user_data_128}`,
      `${transfer.user_data_64}`,
      transfer.user_data_32,
      transfer.timeout,
      transfer.ledger,
      transfer.code,
      transfer.flags,
    )
  }

  insertPending(timestamp: bigint, expiresAt: bigint | undefined): void {
    this.#sql("INSERT INTO pending_transfers VALUES (?, 'pending', ?)").run(
      timestamp,
      expiresAt ?? null,
    )
  }

  pendingState(timestamp: bigint): string | undefined {
    const row = this.#sql("SELECT state FROM pending_transfers WHERE timestamp = ?").get(timestamp)
    return row === undefined ? undefined : text(row, "state")
  }

  setPendingState(timestamp: bigint, state: PendingState): void {
    this.#sql("UPDATE pending_transfers SET state = ? WHERE timestamp = ?").run(state, timestamp)
  }

  /** Pending transfers whose time is up at `timestamp`, in the order in which they expire. */
  expiredAt(timestamp: bigint): Transfer[] {
    return this.#sql(
      `SELECT transfers.* FROM pending_transfers JOIN transfers USING (timestamp)
       WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at <= ?
       ORDER BY expires_at, timestamp`,
    )
      .all(timestamp > U63_MAX ? U63_MAX : timestamp)
      .map(transferFromRow)
  }

  isBurned(id: bigint): boolean {
    return this.#sql("SELECT 1 FROM burned_ids WHERE id = ?").get(`${id}`) !== undefined
  }

  burn(id: bigint, status: string, timestamp: bigint): void {
    this.#sql("INSERT OR IGNORE INTO burned_ids VALUES (?, ?, ?)").run(`${id}`, status, timestamp)
  }

  #sql(source: string): StatementSync {
    return this.#connection.sql(source)
  }
}
