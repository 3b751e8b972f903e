// State rows: what the run has published, by name; the newest value alone.
// Owns: the table state.

import type { Tables } from "./tables.ts"

export class StateRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  publish(name: string, text: string): void {
    this.#tables.ensure("state")
    const [before] = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM state WHERE name = ? AND text LIKE '@%'", name)
      .toArray()
    this.#tables.free(before?.text ?? null)
    this.#tables.sql.exec(
      "INSERT OR REPLACE INTO state VALUES (?, ?)",
      name,
      this.#tables.store(text),
    )
  }

  /** The encoded value; `undefined` when nothing was published under this name. */
  get(name: string): string | undefined {
    if (!this.#tables.has("state")) return undefined
    const [row] = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM state WHERE name = ?", name)
      .toArray()
    return row && this.#tables.load(row.text)
  }

  names(): string[] {
    if (!this.#tables.has("state")) return []
    return this.#tables.sql
      .exec<{ name: string }>("SELECT name FROM state ORDER BY name")
      .toArray()
      .map(({ name }) => name)
  }
}
