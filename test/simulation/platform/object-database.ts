// Object database: one object's SQLite database, in memory: the disk of an object of the world.
// Owns: the open transaction, which every write joins, and statements prepared once for each text.
//   B1. The first write opens the transaction; it is committed or undone by whoever owns the object, never here.
//   B2. Databases are taken from a pool and given back empty. Their tables stay and are only hidden (shown-tables.ts):
//       to make them again, and to prepare every statement again after that, costs more than all the rest of an event.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { ShownTables, tablesIn } from "./shown-tables.ts"

export type DatabaseRow = Record<string, unknown>

interface Prepared {
  readonly statement: StatementSync
  readonly isWrite: boolean
  readonly hasRows: boolean
  readonly tables: readonly string[]
}

const READS = /^\s*SELECT/i
const CHANGES_TABLES = /^\s*(CREATE|DROP|ALTER)/i

const SIZE = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"

const NO_ROWS: DatabaseRow[] = []

const pools = new Map<string, ObjectDatabase[]>()

export class ObjectDatabase {
  readonly #database = new DatabaseSync(":memory:")
  readonly #prepared = new Map<string, Prepared>()
  readonly #tables: ShownTables
  readonly #pool: string
  #isOpen = false
  #savepoints = 0

  private constructor(pool: string) {
    this.#pool = pool
    this.#tables = new ShownTables(this.#database)
  }

  /** @param pool databases of one pool have the same tables. */
  static take(pool: string): ObjectDatabase {
    return pools.get(pool)?.pop() ?? new ObjectDatabase(pool)
  }

  /** Nobody needs it any more: whatever is in it goes. */
  giveBack(): void {
    this.rollBack()
    this.#tables.dropAll()
    const pool = pools.get(this.#pool) ?? []
    pools.set(this.#pool, pool)
    if (this.#tables.isAsMade) pool.push(this)
    else this.#database.close()
  }

  /** Whether something is written that is not committed. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  has(table: string): boolean {
    return this.#tables.has(table)
  }

  /** In bytes. What was deleted is kept for what will be written. */
  get size(): number {
    const [row] = this.#prepare(SIZE).statement.all()
    return Number(row?.["bytes"])
  }

  run(text: string, values: readonly unknown[]): DatabaseRow[] {
    if (CHANGES_TABLES.test(text)) return this.#changeTables(text)
    const { statement, isWrite, hasRows, tables } = this.#prepare(text)
    this.#tables.require(tables)
    if (isWrite) this.begin()
    const inputs = values as SQLInputValue[]
    if (hasRows) return statement.all(...inputs)
    statement.run(...inputs)
    return NO_ROWS
  }

  begin(): void {
    if (this.#isOpen) return
    this.#plain("BEGIN")
    this.#isOpen = true
  }

  commit(): void {
    if (!this.#isOpen) return
    this.#plain("COMMIT")
    this.#isOpen = false
  }

  rollBack(): void {
    if (!this.#isOpen) return
    this.#plain("ROLLBACK")
    this.#isOpen = false
    this.#tables.undone()
  }

  /** All of what `work` writes, or nothing. */
  atomically<T>(work: () => T): T {
    this.begin()
    const name = `nested_${this.#savepoints++}`
    this.#plain(`SAVEPOINT ${name}`)
    try {
      return work()
    } catch (error) {
      this.#plain(`ROLLBACK TO ${name}`)
      this.#tables.undone()
      throw error
    } finally {
      this.#plain(`RELEASE ${name}`)
      this.#savepoints--
    }
  }

  dropAll(): void {
    this.begin()
    this.#tables.dropAll()
  }

  #changeTables(text: string): DatabaseRow[] {
    this.begin()
    this.#tables.change(text)
    return NO_ROWS
  }

  #plain(text: string): void {
    this.#prepare(text).statement.run()
  }

  #prepare(text: string): Prepared {
    let prepared = this.#prepared.get(text)
    if (prepared === undefined) {
      const statement = this.#database.prepare(ShownTables.asShown(text))
      const hasRows = statement.columns().length > 0
      prepared = { statement, hasRows, isWrite: !READS.test(text), tables: tablesIn(text) }
      this.#prepared.set(text, prepared)
    }
    return prepared
  }
}
