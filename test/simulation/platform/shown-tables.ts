// Shown tables: which tables of a database its object has made; any other is left over from an object before, empty,
// and as good as not there.
// Owns: making, dropping and listing tables. Must not touch: rows but by emptying a table.
//   T1. What is shown stands in a table itself, so that a transaction that is undone undoes it, too.
//   T2. A statement about a table that is not shown throws as if the table was not there.

import type { DatabaseSync, StatementSync } from "node:sqlite"

const SHOWN = "shown_tables"

/** What a statement makes of tables. */
interface TableChange {
  readonly dropped: string | undefined
  readonly made: readonly string[]
}

/** By text; the same in every database. */
const tableChanges = new Map<string, TableChange>()

function tableChangeOf(text: string): TableChange {
  let change = tableChanges.get(text)
  if (change === undefined) {
    const [, dropped] = /^\s*DROP TABLE "?(\w+)/i.exec(text) ?? []
    const made = [...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gi)]
    change = { dropped, made: made.map(([, name = ""]) => name) }
    tableChanges.set(text, change)
  }
  return change
}

/** Every table that a statement names; words that are none do no harm, since no table is called so. */
export function tablesIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:FROM|INTO|UPDATE|JOIN)\s+"?(\w+)/gi)]
  return [...new Set(names.map(([, name = ""]) => name))]
}

export class ShownTables {
  readonly #database: DatabaseSync
  readonly #list: StatementSync
  readonly #show: StatementSync
  readonly #hide: StatementSync
  readonly #empty = new Map<string, StatementSync>()
  /** What has made each table. */
  readonly #texts = new Map<string, string>()
  /** Those that are there, shown or not; not known after something was undone. */
  #there: Set<string> | undefined
  #shown: Set<string> | undefined = new Set()
  /** Whether no table was made into another. */
  isAsMade = true

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(`CREATE TABLE ${SHOWN} (name TEXT PRIMARY KEY, type TEXT) WITHOUT ROWID`)
    this.#list = database.prepare(`SELECT name FROM ${SHOWN}`)
    this.#show = database.prepare(`INSERT INTO ${SHOWN} VALUES (?, 'table')`)
    this.#hide = database.prepare(`DELETE FROM ${SHOWN} WHERE name = ?`)
  }

  /** The statement with the list of tables that are shown in the place of SQLite's own. */
  static asShown(text: string): string {
    return text.replaceAll("sqlite_master", SHOWN)
  }

  has(name: string): boolean {
    return this.#known().has(name)
  }

  get names(): string[] {
    return [...this.#known()]
  }

  #known(): Set<string> {
    this.#shown ??= new Set(this.#list.all().map((row) => String(row["name"])))
    return this.#shown
  }

  /** @throws Error when one of them is there, but not shown */
  require(names: readonly string[]): void {
    for (const name of names) {
      if (!this.has(name) && this.#isThere(name)) {
        throw new Error(`no such table: ${name}: SQLITE_ERROR`)
      }
    }
  }

  /**
   * Carries out what makes, drops or changes tables.
   * @returns whether a table is another one now than what has been hidden under its name
   */
  change(text: string): boolean {
    const { dropped, made: names } = tableChangeOf(text)
    if (dropped !== undefined) {
      this.#drop(dropped)
      return false
    }
    if (names.length === 0) {
      this.#alter(text)
      return true
    }
    const hidden = names.filter((name) => !this.has(name))
    const isThere = hidden.every((name) => this.#isThere(name) && this.#texts.get(name) === text)
    const isMade = !isThere || hidden.length === 0
    if (isMade) this.#make(text, hidden)
    for (const name of hidden) {
      this.#show.run(name)
      this.#shown?.add(name)
    }
    return isMade
  }

  dropAll(): void {
    for (const name of this.names) this.#drop(name)
  }

  /** A part of what was done is undone. */
  undone(): void {
    this.#shown = undefined
    this.#there = undefined
  }

  #make(text: string, names: readonly string[]): void {
    for (const name of names) this.#database.exec(`DROP TABLE IF EXISTS "${name}"`)
    this.#database.exec(text)
    for (const name of names) this.#texts.set(name, text)
    this.#there = undefined
  }

  #alter(text: string): void {
    this.isAsMade = false
    this.#database.exec(text)
  }

  #drop(name: string): void {
    let empty = this.#empty.get(name)
    if (empty === undefined) {
      empty = this.#database.prepare(`DELETE FROM "${name}"`)
      this.#empty.set(name, empty)
    }
    empty.run()
    this.#hide.run(name)
    this.#shown?.delete(name)
  }

  #isThere(name: string): boolean {
    this.#there ??= new Set(
      this.#database
        .prepare("SELECT name FROM sqlite_master")
        .all()
        .map((row) => String(row["name"])),
    )
    return this.#there.has(name)
  }
}
