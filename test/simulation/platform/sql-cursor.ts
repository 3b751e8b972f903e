// SQL cursor: the rows of one statement, as the platform hands them out.

import type { DatabaseRow, Found } from "./object-database.ts"

export class SqlCursor {
  readonly #columns: readonly string[]
  readonly #values: readonly (readonly unknown[])[]
  readonly #written: number
  #at = 0

  constructor({ columns, values, rowsWritten }: Found) {
    this.#written = rowsWritten
    this.#columns = columns
    this.#values = values
  }

  toArray(): DatabaseRow[] {
    return this.#rest().map((values) => this.#row(values))
  }

  /** @throws Error unless there is exactly one */
  one(): DatabaseRow {
    const [values, ...others] = this.#rest()
    if (values !== undefined && others.length === 0) return this.#row(values)
    throw new Error(
      values === undefined
        ? "Expected exactly one result from SQL query, but got no results."
        : "Expected exactly one result from SQL query, but got multiple results.",
    )
  }

  /** The values of each row, in the order of its columns. */
  raw(): IterableIterator<readonly unknown[]> {
    return this.#rest().values()
  }

  next(): { done: false; value: DatabaseRow } | { done: true } {
    const values = this.#values[this.#at++]
    return values === undefined ? { done: true } : { done: false, value: this.#row(values) }
  }

  get rowsRead(): number {
    return this.#values.length
  }

  get rowsWritten(): number {
    return this.#written
  }

  [Symbol.iterator](): Iterator<DatabaseRow> {
    return this.toArray()[Symbol.iterator]()
  }

  #rest(): readonly (readonly unknown[])[] {
    const rest = this.#at === 0 ? this.#values : this.#values.slice(this.#at)
    this.#at = this.#values.length
    return rest
  }

  #row(values: readonly unknown[]): DatabaseRow {
    const row: DatabaseRow = {}
    for (let at = 0; at < values.length; at++) row[this.#columns[at] ?? ""] = values[at]
    return row
  }
}
