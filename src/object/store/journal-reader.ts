// Journal reader: the journal in SQLite, read: forwards in pages, backwards as far as needed, or at one place.
// Owns: how rows become records, and how much is in memory at once. Writes nothing.
//   J1. Every question is read to its end: one that is left open keeps the tables from being taken away.
//   J2. A row has the number of its last record: whatever comes after a record stands in rows with greater numbers.
//   J3. A run that ended in its first stretch has its records in its own row, and no table for them.

import type { EntryKind, JournalRecord, RecordType } from "../../engine/ports/journal.ts"
import { decodePack, PACK } from "./journal-pack.ts"
import type { Tables } from "./tables.ts"

const COLUMNS = "seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref"

/** The same, without the texts. */
const GLIMPSED = COLUMNS.replace("text", "NULL")

/** Length of all texts in one page of records, but for the last. */
const READ_UNITS_MAX = 4_000_000

/** Rows that are read whatever their length: a short run has no more, and is read by one question. */
const FEW_ROWS = 4

/** Records that stand in a row. */
const COUNT = `CASE type WHEN '${PACK}' THEN attempt ELSE 1 END`

/**
 * How many records the next rows hold and how long their texts are together, in bytes. No text is read for it, because
 * each length is asked of the table itself: a text that a question hands on to another is read whole.
 */
const EXTENT = `SELECT COALESCE(SUM(bytes), 0) AS bytes, COALESCE(SUM(count), 0) AS count FROM (
  SELECT octet_length(text) AS bytes, ${COUNT} AS count FROM journal WHERE seq > ? ORDER BY seq LIMIT ?
)`

/**
 * How many of these rows there are before the texts are longer, or the records more, than may be. It costs more, and is
 * asked when they are.
 */
const FITTING = `SELECT COUNT(*) AS rows FROM (
  SELECT SUM(bytes) OVER reading AS bytes, SUM(count) OVER reading AS count FROM (
    SELECT seq, COALESCE(octet_length(text), 0) AS bytes, ${COUNT} AS count FROM journal WHERE seq > ? ORDER BY seq LIMIT ?
  ) WINDOW reading AS (ORDER BY seq ROWS UNBOUNDED PRECEDING)
) WHERE bytes < ? AND count < ?`

/** Rows looked at at once, backwards: nearly always what is looked for stands among the first. */
const BACKWARDS_ROWS = 32

/** The row that this record stands in, or would. */
const ROW_OF = "COALESCE((SELECT MIN(seq) FROM journal WHERE seq >= ?1), ?1)"

/** A record on the way back. */
export interface Glimpse {
  readonly record: JournalRecord
  /** Its text was read with it. */
  readonly isWhole: boolean
}

export class JournalReader {
  protected readonly tables: Tables

  constructor(tables: Tables) {
    this.tables = tables
  }

  /**
   * At most `limit`, and fewer where their texts are long, so that no reader holds many of them at once; none only at the
   * end.
   */
  read(afterSeq: number, limit: number, unitsMax = READ_UNITS_MAX): JournalRecord[] {
    const records: JournalRecord[] = []
    let units = 0
    for (const record of this.#from(afterSeq, limit, unitsMax)) {
      records.push(record)
      units += record.text?.length ?? 0
      if (units >= unitsMax || records.length >= limit) break
    }
    return records
  }

  /** About so many: what was written as one row is read as one. */
  page(afterSeq: number, limit: number): JournalRecord[] {
    return [...this.#from(afterSeq, limit, READ_UNITS_MAX)]
  }

  /** The records of a run that ended in its first stretch; `undefined` where the journal has a table. */
  protected recordsInRow(): JournalRecord[] | undefined {
    if (this.tables.has("journal")) return undefined
    if (!this.tables.has("run")) return []
    const [row] = this.tables.sql
      .exec<{ journal: string | null }>("SELECT journal FROM run")
      .toArray()
    return typeof row?.journal === "string" ? decodePack(row.journal) : []
  }

  *#from(afterSeq: number, limit: number, unitsMax: number): Generator<JournalRecord> {
    const inRow = this.recordsInRow()
    if (inRow !== undefined) return yield* inRow.filter(({ seq }) => seq > afterSeq)
    for (const row of this.#rowsAfter(afterSeq, limit, unitsMax)) {
      if (row[1] !== PACK) yield this.#fromRow(row)
      else
        for (const record of decodePack(row[9] as string)) if (record.seq > afterSeq) yield record
    }
  }

  /** All that fit, and one more, in one question; where there are only a few, their extent is not asked before. */
  #rowsAfter(seq: number, limit: number, unitsMax: number): readonly SqlStorageValue[][] {
    const few = this.#firstRows(seq, Math.min(limit, FEW_ROWS))
    if (limit <= FEW_ROWS || few.length < FEW_ROWS) return few
    return this.#firstRows(seq, this.#fitting(seq, limit, unitsMax))
  }

  #firstRows(seq: number, rows: number): readonly SqlStorageValue[][] {
    const query = `SELECT ${COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`
    return [...this.tables.sql.exec(query, seq, rows).raw()]
  }

  #fitting(seq: number, limit: number, unitsMax: number): number {
    const { sql } = this.tables
    const extent = sql.exec<{ bytes: number; count: number }>(EXTENT, seq, limit).one()
    if (extent.bytes < unitsMax && extent.count <= limit) return limit
    const { rows } = sql.exec<{ rows: number }>(FITTING, seq, limit, unitsMax, limit).one()
    return Math.min(rows + 1, limit)
  }

  /** What tells a record from another at its place, without its text; `undefined` where there is none. */
  placeAt(seq: number): Pick<JournalRecord, "type" | "path" | "atMs"> | undefined {
    for (const { record } of this.backwards(seq)) {
      const { type, path, atMs } = record
      return record.seq === seq ? { type, path, atMs } : undefined
    }
    return undefined
  }

  /** The records of these entries up to this one, in order. */
  earlier(seq: number, paths: ReadonlySet<string>): JournalRecord[] {
    const found: Glimpse[] = []
    const missing = new Set(paths)
    if (missing.size === 0) return []
    for (const glimpse of this.backwards(seq)) {
      const { type, path, kind } = glimpse.record
      // A record that intervenes has the path of an entry and is none of it.
      if (type === "operator" || type === "cancel" || !missing.has(path)) continue
      found.push(glimpse)
      if (kind !== undefined) missing.delete(path)
      if (missing.size === 0) break
    }
    return found
      .reverse()
      .flatMap(({ record, isWhole }) => (isWhole ? record : this.read(record.seq - 1, 1)))
  }

  /** Records from this one back to the first. */
  *backwards(seq: number): Generator<Glimpse> {
    const inRow = this.recordsInRow()
    if (inRow !== undefined) {
      for (const record of inRow.reverse()) if (record.seq <= seq) yield { record, isWhole: true }
      return
    }
    let condition = `seq <= ${ROW_OF}`
    for (let at = seq; ;) {
      const query = `SELECT ${GLIMPSED} FROM journal WHERE ${condition} ORDER BY seq DESC LIMIT ?2`
      const page = [...this.tables.sql.exec(query, at, BACKWARDS_ROWS).raw()]
      for (const row of page) {
        at = Number(row[0])
        if (row[1] !== PACK) {
          if (at <= seq) yield { record: this.#fromRow(row), isWhole: false }
          continue
        }
        for (const record of decodePack(this.#packAt(at)).reverse()) {
          if (record.seq <= seq) yield { record, isWhole: true }
        }
      }
      if (page.length < BACKWARDS_ROWS) return
      condition = "seq < ?1"
    }
  }

  /** Read when it is reached, and alone: nearly always the first is the last one needed. */
  #packAt(seq: number): string {
    const query = "SELECT text FROM journal WHERE seq = ?"
    return this.tables.sql.exec<{ text: string }>(query, seq).one().text
  }

  /** Whether an operator's note of this name speaks of this. */
  hasNote(name: string, part: string): boolean {
    return (
      this.tables.has("journal") &&
      this.tables.sql
        .exec(
          "SELECT 1 FROM journal WHERE type = 'operator' AND name = ? AND instr(text, ?) > 0 LIMIT 1",
          name,
          part,
        )
        .toArray().length > 0
    )
  }

  lastSeq(): number {
    const inRow = this.recordsInRow()
    if (inRow !== undefined) return inRow.at(-1)?.seq ?? 0
    return this.tables.sql
      .exec<{ seq: number }>("SELECT COALESCE(MAX(seq), 0) AS seq FROM journal")
      .one().seq
  }

  /** The number of the next record: one that a snapshot made forgotten is not given again. */
  nextSeq(): number {
    const last = this.lastSeq()
    if (!this.tables.has("folds")) return last + 1
    const { seq } = this.tables.sql
      .exec<{ seq: number }>("SELECT COALESCE(MAX(last_seq), 0) AS seq FROM folds")
      .one()
    return Math.max(last, seq) + 1
  }

  #fromRow(row: SqlStorageValue[]): JournalRecord {
    const [seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref] = row
    return {
      seq: Number(seq),
      type: type as RecordType,
      path: path as string,
      atMs: Number(at),
      inline: inline === 1,
      kind: (kind ?? undefined) as EntryKind | undefined,
      name: (name ?? undefined) as string | undefined,
      digest: (digest ?? undefined) as number | undefined,
      attempt: (attempt ?? undefined) as number | undefined,
      text: typeof text === "string" ? this.tables.load(text) : undefined,
      dueMs: (due ?? undefined) as number | undefined,
      ref: (ref ?? undefined) as number | undefined,
    }
  }
}
