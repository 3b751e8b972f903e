// One connection to the file, or none but RAM, in which the embedded ledger keeps everything.
// Owns: opening, transactions, prepared statements. Knows no table and no rule of the ledger.
//   T1. What `transaction` returned from is on disk (WAL with synchronous=FULL) before the caller goes on.
//   T2. Several processes may share the file: writers take turns, and nothing is cached here.
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { LedgerError } from "../../ledger/errors.ts"
import { migrate } from "./schema.ts"

/** Waits this long for another process that is writing, in ms. Meanwhile this one does nothing else. */
const BUSY_TIMEOUT_MS = 1_000

export type Scope = "call" | "chain"

export class Connection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** @param path a file, made when missing and brought up to date when old, or ":memory:". */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readBigInts: true, timeout: BUSY_TIMEOUT_MS })
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    try {
      migrate(this.#database)
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  /**
   * Runs `work` as one transaction; an exception undoes all of it.
   * @throws LedgerError `ledger_unavailable` when it cannot begin: nothing was done.
   */
  transaction<Result>(work: () => Result): Result {
    this.#begin()
    try {
      const result = work()
      this.#database.exec("COMMIT")
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
      throw error
    }
  }

  #begin(): void {
    try {
      this.#database.exec("BEGIN IMMEDIATE")
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const message = `The ledger file cannot be written: ${reason}. Another process may be using it.`
      throw new LedgerError("ledger_unavailable", message, { cause: error })
    }
  }

  /** A part of the transaction that can be undone alone; a chain lies within a call. */
  openScope(scope: Scope): void {
    this.#database.exec(`SAVEPOINT ${scope}`)
  }

  /** Ends the scope: its writes, and those of scopes within it, stay in the transaction or are undone. */
  closeScope(scope: Scope, writes: "keep" | "discard"): void {
    const undo = writes === "keep" ? "" : `ROLLBACK TO ${scope};`
    this.#database.exec(`${undo} RELEASE ${scope}`)
  }

  /** The statement, prepared once. Only for texts of which there are few: values go in as parameters. */
  sql(source: string): StatementSync {
    const known = this.#statements.get(source)
    if (known !== undefined) return known
    const statement = this.#database.prepare(source)
    this.#statements.set(source, statement)
    return statement
  }
}
