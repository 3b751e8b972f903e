// Account rows: what one account has on disk: its balance, its entries, the movements it has refused.
// Owns: the tables and their statements. Must not touch: which movement is taken and which refused (account-book.ts).
//   R1. One `write` is written as a whole or not at all.
//   R2. Looking writes nothing: the tables are made by the first write.

import type { AccountState, Entry, Note, RefusalReason } from "./movement.ts"

const TABLES = `
  CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), balance INTEGER NOT NULL, closed INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, op_id TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL, note TEXT NOT NULL,
    counterparty TEXT NOT NULL, at_ms INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS refusals (op_id TEXT PRIMARY KEY, reason TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
`

/** A movement with its sign, as it would stand in the entries. */
export interface Movement {
  readonly opId: string
  readonly amount: number
  readonly note: Note
  readonly counterparty: string
}

type EntryRow = {
  seq: number
  op_id: string
  amount: number
  note: Note
  counterparty: string
  at_ms: number
}

export class AccountRows {
  readonly #storage: DurableObjectStorage
  #hasTables: boolean

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'account'")
    this.#hasTables = tables.toArray().length > 0
  }

  /** `undefined` when there is no such account. */
  state(): AccountState | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#storage.sql
      .exec<{ balance: number; closed: number }>("SELECT balance, closed FROM account")
      .toArray()
    return row === undefined ? undefined : { balance: row.balance, closed: row.closed === 1 }
  }

  /** The entry of this op id, if its movement was applied. */
  entryOf(opId: string): (Movement & { readonly seq: number }) | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#storage.sql
      .exec<EntryRow>("SELECT * FROM entries WHERE op_id = ?", opId)
      .toArray()
    if (row === undefined) return undefined
    const { seq, amount, note, counterparty } = row
    return { seq, opId, amount, note, counterparty }
  }

  refusalOf(opId: string): RefusalReason | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#storage.sql
      .exec<{ reason: RefusalReason }>("SELECT reason FROM refusals WHERE op_id = ?", opId)
      .toArray()
    return row?.reason
  }

  /** At most `limit` entries behind this one, oldest first. */
  entriesAfter(seq: number, limit: number): Entry[] {
    if (!this.#hasTables) return []
    return this.#storage.sql
      .exec<EntryRow>("SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
      .toArray()
      .map(({ op_id, amount, note, at_ms }) => ({ opId: op_id, amount, note, atMs: at_ms }))
  }

  openUnlessThere(): void {
    this.#storage.sql.exec("INSERT OR IGNORE INTO account (id, balance, closed) VALUES (1, 0, 0)")
  }

  setClosed(closed: boolean): void {
    this.#storage.sql.exec("UPDATE account SET closed = ?", closed ? 1 : 0)
  }

  insertEntry({ opId, amount, note, counterparty }: Movement): void {
    this.#storage.sql.exec(
      "INSERT INTO entries (op_id, amount, note, counterparty, at_ms) VALUES (?, ?, ?, ?, ?)",
      opId,
      amount,
      note,
      counterparty,
      Date.now(),
    )
    // Added up by the database, whose integers are wider than the largest exact JSON number.
    this.#storage.sql.exec("UPDATE account SET balance = balance + CAST(? AS INTEGER)", amount)
  }

  insertRefusal(opId: string, reason: RefusalReason): void {
    this.#storage.sql.exec("INSERT INTO refusals VALUES (?, ?, ?)", opId, reason, Date.now())
  }

  write<T>(work: () => T): T {
    const hadTables = this.#hasTables
    try {
      return this.#storage.transactionSync(() => {
        if (!hadTables) this.#storage.sql.exec(TABLES)
        this.#hasTables = true
        return work()
      })
    } catch (error) {
      this.#hasTables = hadTables
      throw error
    }
  }
}
