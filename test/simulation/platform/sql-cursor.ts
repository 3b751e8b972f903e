// SQL cursor: the rows of one statement, as the platform hands them out.

import type { DatabaseRow } from "./object-database.ts"

export class SqlCursor {
  readonly #rows: DatabaseRow[]
  #at = 0

  constructor(rows: DatabaseRow[]) {
    this.#rows = rows
  }

  toArray(): DatabaseRow[] {
    const rest = this.#at === 0 ? this.#rows : this.#rows.slice(this.#at)
    this.#at = this.#rows.length
    return rest
  }

  /** @throws Error unless there is exactly one */
  one(): DatabaseRow {
    const [row, ...others] = this.toArray()
    if (row !== undefined && others.length === 0) return row
    throw new Error(
      row === undefined
        ? "Expected exactly one result from SQL query, but got no results."
        : "Expected exactly one result from SQL query, but got multiple results.",
    )
  }

  /** The values of each row, in the order of its columns. */
  raw(): IterableIterator<unknown[]> {
    return this.toArray()
      .map(Object.values<unknown>)
      .values()
  }

  next(): { done: false; value: DatabaseRow } | { done: true } {
    const value = this.#rows[this.#at++]
    return value === undefined ? { done: true } : { done: false, value }
  }

  [Symbol.iterator](): Iterator<DatabaseRow> {
    return this.toArray()[Symbol.iterator]()
  }
}
