// Staged rows: lines of a fork that have arrived at the object of the copy, before it begins.
// Owns: the table staged. Must not touch: the tables of a run.
//   G1. Staged lines are no run: whatever breaks off, nothing of them drives, and a later run of the id is not disturbed.
//   G2. A page that comes twice is there once.

import type { Tables } from "../store/tables.ts"
import type { ForkLine, StagedPage } from "./fork-messages.ts"

/** Staged lines that nobody has asked for in this time belong to a fork that was given up. */
export const STAGED_MS_MAX = 10 * 60 * 1000

const READ_LINES = 256

export class StagedRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  add({ fork, firstLine, lines }: StagedPage, nowMs: number): void {
    this.#tables.ensure("staged")
    this.#remove("fork = ? AND line >= ?", fork, firstLine)
    lines.forEach((line, index) => {
      this.#tables.sql.exec(
        "INSERT INTO staged VALUES (?, ?, ?, ?)",
        fork,
        firstLine + index,
        this.#tables.store(JSON.stringify(line)),
        nowMs,
      )
    })
  }

  count(fork: string): number {
    if (!this.#tables.has("staged")) return 0
    return this.#tables.sql
      .exec<{ n: number }>("SELECT COUNT(*) AS n FROM staged WHERE fork = ?", fork)
      .one().n
  }

  *lines(fork: string): Generator<ForkLine> {
    if (!this.#tables.has("staged")) return
    for (let after = -1; ;) {
      const rows = this.#tables.sql
        .exec<{ line: number; text: string }>(
          "SELECT line, text FROM staged WHERE fork = ? AND line > ? ORDER BY line LIMIT ?",
          fork,
          after,
          READ_LINES,
        )
        .toArray()
      if (rows.length === 0) return
      for (const { line, text } of rows) {
        yield JSON.parse(this.#tables.load(text)) as ForkLine
        after = line
      }
    }
  }

  clear(): void {
    this.#remove("1")
  }

  /** When the newest line came; `undefined` when there is none. */
  newestMs(): number | undefined {
    if (!this.#tables.has("staged")) return undefined
    const { at } = this.#tables.sql
      .exec<{ at: number | null }>("SELECT MAX(at) AS at FROM staged")
      .one()
    return at ?? undefined
  }

  #remove(condition: string, ...bindings: (string | number)[]): void {
    if (!this.#tables.has("staged")) return
    const chunked = this.#tables.sql
      .exec<{ text: string }>(
        `SELECT text FROM staged WHERE ${condition} AND text LIKE '@%'`,
        ...bindings,
      )
      .toArray()
    for (const { text } of chunked) this.#tables.free(text)
    this.#tables.sql.exec(`DELETE FROM staged WHERE ${condition}`, ...bindings)
  }
}
