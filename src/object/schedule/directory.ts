// Directory: which schedules there are, by name, in one object; and which the code has declared.
// Owns: its rows. Must not touch: how a schedule stands (its own object is asked).
//   N1. Each schedule tells it of its creation and its end, at least once; a late message of an earlier life changes
//       nothing.
//   N2. It hears of no tick: however many schedules there are, it is written when one comes or goes.

import { DIRECTORY_TABLES } from "./schema.ts"

/** The name of its object. No schedule can have it: control characters are refused. */
export const DIRECTORY_NAME = "\u0000directory"

export interface Listed {
  readonly name: string
  readonly createdAtMs: number
}

/** What the code declares: a digest of all that a declaration says. */
export interface Declared {
  readonly name: string
  readonly digest: string
}

export class Directory {
  readonly #sql: SqlStorage
  #hasTables: boolean | undefined

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  enlist({ name, createdAtMs }: Listed): null {
    this.#ensureTables()
    this.#sql.exec(
      `INSERT INTO schedules VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET created_at = MAX(created_at, excluded.created_at)`,
      name,
      createdAtMs,
    )
    return null
  }

  delist({ name, createdAtMs }: Listed): null {
    if (!this.#has()) return null
    this.#sql.exec("DELETE FROM schedules WHERE name = ? AND created_at <= ?", name, createdAtMs)
    return null
  }

  /** At most `limit` behind this name, in the order of the names' UTF-8. */
  list(after: string, limit: number): Listed[] {
    if (!this.#has()) return []
    return this.#sql
      .exec<{ name: string; created_at: number }>(
        "SELECT * FROM schedules WHERE name > ? ORDER BY name LIMIT ?",
        after,
        limit,
      )
      .toArray()
      .map(({ name, created_at }) => ({ name, createdAtMs: created_at }))
  }

  /** Names of those that were never applied as they are declared now. */
  undeclared(all: readonly Declared[]): string[] {
    if (!this.#has()) return all.map(({ name }) => name)
    const known = new Map(
      this.#sql
        .exec<{ name: string; digest: string }>("SELECT * FROM declared")
        .toArray()
        .map(({ name, digest }) => [name, digest]),
    )
    return all.filter(({ name, digest }) => known.get(name) !== digest).map(({ name }) => name)
  }

  declared({ name, digest }: Declared): null {
    this.#ensureTables()
    this.#sql.exec("INSERT OR REPLACE INTO declared VALUES (?, ?)", name, digest)
    return null
  }

  #has(): boolean {
    this.#hasTables ??=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schedules'").toArray().length > 0
    return this.#hasTables
  }

  #ensureTables(): void {
    if (this.#has()) return
    this.#sql.exec(DIRECTORY_TABLES)
    this.#hasTables = true
  }
}
