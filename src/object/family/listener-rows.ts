// Listener rows: the runs that are told how this one ends: the one that started it, and those that joined it by its id.
// Owns: the table listeners.

import type { ParentLink } from "../store/stored-run.ts"
import type { Tables } from "../store/tables.ts"

export class ListenerRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  add({ id, incarnation, generation, path, attempt }: ParentLink): void {
    this.#tables.ensure("listeners")
    this.#tables.sql.exec(
      "INSERT OR REPLACE INTO listeners (id, incarnation, generation, path, attempt) VALUES (?, ?, ?, ?, ?)",
      id,
      incarnation,
      generation,
      path,
      attempt,
    )
  }

  /** @returns whether it was one. */
  remove({ id, incarnation, generation, path, attempt }: ParentLink): boolean {
    if (!this.#tables.has("listeners")) return false
    const { rowsWritten } = this.#tables.sql.exec(
      "DELETE FROM listeners WHERE id = ? AND incarnation = ? AND generation = ? AND path = ? AND attempt = ?",
      id,
      incarnation,
      generation,
      path,
      attempt,
    )
    return rowsWritten > 0
  }

  all(): ParentLink[] {
    if (!this.#tables.has("listeners")) return []
    return this.#tables.sql
      .exec<{
        id: string
        incarnation: string
        generation: number
        path: string
        attempt: number
      }>("SELECT * FROM listeners")
      .toArray()
  }
}
