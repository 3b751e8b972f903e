// Fold rows: the accumulators of folds, each after the items whose records are no longer in the journal.
// Owns: the table folds. Must not touch: the journal (journal-rows.ts), what an accumulator is (engine).
//   L1. A row stays until its generation ends or its fold is cut away: a person may take the journal back to before
//       the fold's end, and what was recorded must not run again.

import type { KeptFold, Snapshot } from "../../engine/ports/ports.ts"
import type { Tables } from "./tables.ts"

export class FoldRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  save({ id, count, lastSeq, text }: Snapshot): void {
    this.#tables.ensure("folds")
    this.#free("id = ?", id)
    this.#tables.sql.exec(
      "INSERT OR REPLACE INTO folds VALUES (?, ?, ?, ?)",
      id,
      count,
      lastSeq,
      this.#tables.store(text),
    )
  }

  at(id: number): KeptFold | undefined {
    const place = this.placeOf(id)
    if (place === undefined) return undefined
    const { text } = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM folds WHERE id = ?", id)
      .one()
    return { ...place, text: this.#tables.load(text) }
  }

  placeOf(id: number): Omit<KeptFold, "text"> | undefined {
    if (!this.#tables.has("folds")) return undefined
    const [row] = this.#tables.sql
      .exec<{ count: number; last_seq: number }>(
        "SELECT count, last_seq FROM folds WHERE id = ?",
        id,
      )
      .toArray()
    return row && { count: row.count, lastSeq: row.last_seq }
  }

  /** The newest record that stood in the journal when a snapshot was taken; 0 while there is none. */
  foldedSeq(): number {
    if (!this.#tables.has("folds")) return 0
    return this.#tables.sql
      .exec<{ seq: number }>("SELECT COALESCE(MAX(last_seq), 0) AS seq FROM folds")
      .one().seq
  }

  /** The folds that were opened before this record. */
  idsBefore(seq: number): number[] {
    if (!this.#tables.has("folds")) return []
    return this.#tables.sql
      .exec<{ id: number }>("SELECT id FROM folds WHERE id < ? ORDER BY id", seq)
      .toArray()
      .map(({ id }) => id)
  }

  /** Forgets the folds that were opened from this record on. */
  truncate(fromSeq: number): void {
    if (!this.#tables.has("folds")) return
    this.#free("id >= ?", fromSeq)
    this.#tables.sql.exec("DELETE FROM folds WHERE id >= ?", fromSeq)
  }

  clear(): void {
    this.truncate(0)
  }

  #free(where: string, id: number): void {
    const texts = this.#tables.sql
      .exec<{ text: string }>(`SELECT text FROM folds WHERE ${where} AND text LIKE '@%'`, id)
      .toArray()
    for (const { text } of texts) this.#tables.free(text)
  }
}
