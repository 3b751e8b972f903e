// Object database: one object's SQLite database, in memory: the disk of an object of the world.
// Owns: the open transaction, which every write joins, and statements prepared once for each text.
//   B1. The first write opens the transaction; it is committed or undone by whoever owns the object, never here.
//   B2. Databases are taken from a pool and given back empty. Their tables stay and are only hidden (shown-tables.ts):
//       to make them again, and to prepare every statement again after that, costs more than all the rest of an event.
//   B3. Whatever may have changed a table is counted for it, so that nobody has to read again what stands as it stood.

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { ShownTables, tablesIn } from "./shown-tables.ts"

export type DatabaseRow = Record<string, unknown>

/** The rows of a statement as SQLite has them, and the names of their columns. */
export interface Found {
  readonly columns: readonly string[]
  readonly values: readonly (readonly unknown[])[]
  readonly rowsWritten: number
}

/** What can be told of a statement by its text. */
interface Manner {
  readonly isWrite: boolean
  /** Reads and deletes work on a full disk. */
  readonly takesRoom: boolean
  readonly changesTables: boolean
  readonly listsTables: boolean
  readonly tables: readonly string[]
}

interface Prepared {
  readonly statement: StatementSync
  /** Empty where it has no rows. */
  readonly columns: readonly string[]
}

const SIZE = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"

const READS = /^\s*SELECT/i
const TAKES_ROOM = /^\s*(INSERT|UPDATE|REPLACE|CREATE|WITH)/i
const CHANGES_TABLES = /^\s*(CREATE|DROP|ALTER)/i
const LISTS_TABLES = /^\s*SELECT name FROM sqlite_master WHERE type = 'table'\s*$/i

const NOTHING: Found = { columns: [], values: [], rowsWritten: 0 }
const TABLE_LIST = ["name"]

function read(columns: readonly string[], values: readonly (readonly unknown[])[]): Found {
  return { columns, values, rowsWritten: 0 }
}

/** By text; the same in every database. */
const manners = new Map<string, Manner>()

export function mannerOf(text: string): Manner {
  let manner = manners.get(text)
  if (manner === undefined) {
    manner = {
      isWrite: !READS.test(text),
      takesRoom: TAKES_ROOM.test(text),
      changesTables: CHANGES_TABLES.test(text),
      listsTables: LISTS_TABLES.test(text),
      tables: tablesIn(text),
    }
    manners.set(text, manner)
  }
  return manner
}

/** The statements of each depth of transactions within transactions. */
const nestings: { savepoint: string; rollBack: string; release: string }[] = []

function nesting(depth: number) {
  return (nestings[depth] ??= {
    savepoint: `SAVEPOINT nested_${depth}`,
    rollBack: `ROLLBACK TO nested_${depth}`,
    release: `RELEASE nested_${depth}`,
  })
}

const pools = new Map<string, ObjectDatabase[]>()

export class ObjectDatabase {
  readonly #database = new DatabaseSync(":memory:")
  readonly #prepared = new Map<string, Prepared>()
  readonly #tables: ShownTables
  readonly #pool: string
  /** How often each table may have been changed, and all of them at once. */
  readonly #changes = new Map<string, number>()
  #changesOfAll = 0
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
    const [row] = this.#prepare(SIZE).statement.all() as unknown as unknown[][]
    return Number(row?.[0])
  }

  /** A number that is another one after whatever may have changed the table, as well as its being there. */
  changesOf(table: string): number {
    return this.#changesOfAll + (this.#changes.get(table) ?? 0)
  }

  run(text: string, given: readonly unknown[]): Found {
    const { isWrite, changesTables, listsTables, tables } = mannerOf(text)
    if (changesTables) return this.#changeTables(text)
    if (listsTables)
      return read(
        TABLE_LIST,
        this.#tables.names.map((name) => [name]),
      )
    this.#tables.require(tables)
    const { statement, columns } = this.#prepare(text)
    if (isWrite) {
      this.begin()
      for (const table of tables) this.#changed(table)
    }
    const inputs = given as SQLInputValue[]
    // The statement gives arrays, whatever its type says.
    if (columns.length > 0) return read(columns, statement.all(...inputs) as unknown as unknown[][])
    const { changes } = statement.run(...inputs)
    return { ...NOTHING, rowsWritten: Number(changes) }
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
    this.#undone()
  }

  /** All of what `work` writes, or nothing. */
  atomically<T>(work: () => T): T {
    this.begin()
    const { savepoint, rollBack, release } = nesting(this.#savepoints++)
    this.#plain(savepoint)
    try {
      return work()
    } catch (error) {
      this.#plain(rollBack)
      this.#undone()
      throw error
    } finally {
      this.#plain(release)
      this.#savepoints--
    }
  }

  dropAll(): void {
    this.begin()
    this.#tables.dropAll()
    this.#changesOfAll++
  }

  #changeTables(text: string): Found {
    this.begin()
    // The columns of a statement are those that its tables had.
    if (this.#tables.change(text)) this.#prepared.clear()
    // It is rare, so nobody has to find out which one it was.
    this.#changesOfAll++
    return NOTHING
  }

  #undone(): void {
    this.#tables.undone()
    this.#changesOfAll++
  }

  #changed(table: string): void {
    this.#changes.set(table, (this.#changes.get(table) ?? 0) + 1)
  }

  #plain(text: string): void {
    this.#prepare(text).statement.run()
  }

  #prepare(text: string): Prepared {
    let prepared = this.#prepared.get(text)
    if (prepared === undefined) {
      const statement = this.#database.prepare(ShownTables.asShown(text))
      statement.setReturnArrays(true)
      prepared = { statement, columns: statement.columns().map(({ name }) => name) }
      this.#prepared.set(text, prepared)
    }
    return prepared
  }
}
