// Journal rows: the journal in SQLite: one row a record, one row written per append.
// Owns: the mapping between rows and records. Must not touch: what records mean.
//   J1. Every question is read to its end: one that is left open keeps the tables from being taken away.

import type { EntryKind, JournalRecord, RecordType } from "../engine/journal.ts"
import type { Snapshot } from "../engine/ports.ts"
import type { Tables } from "./tables.ts"

const INSERT =
  "INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

const COLUMNS = "seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref"

/** Length of all texts in one page of records, but for the last. */
const READ_UNITS_MAX = 4_000_000

/** How long the texts of the next records are together, in bytes; asked without reading one. */
const LENGTH =
  "SELECT COALESCE(SUM(octet_length(text)), 0) AS bytes FROM (SELECT text FROM journal WHERE seq > ? ORDER BY seq LIMIT ?)"

/** How many of them have texts that are together no longer than may be. It costs more, and is asked when they are. */
const FITTING = `SELECT COUNT(*) AS count FROM (
  SELECT SUM(bytes) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS length FROM (
    SELECT seq, COALESCE(octet_length(text), 0) AS bytes FROM journal WHERE seq > ? ORDER BY seq LIMIT ?
  )
) WHERE length < ?`

/** Records looked at first, backwards: nearly always what is looked for stands there. */
const EARLIER_ROWS_FIRST = 64

export class JournalRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  atomically<T>(work: () => T): T {
    return this.#tables.atomically(work)
  }

  append(record: JournalRecord): void {
    const { text } = record
    this.#tables.sql.exec(
      INSERT,
      record.seq,
      record.type,
      record.path,
      record.atMs,
      record.inline ? 1 : 0,
      record.kind ?? null,
      record.name ?? null,
      record.digest ?? null,
      record.attempt ?? null,
      text === undefined ? null : this.#tables.store(text),
      record.dueMs ?? null,
      record.ref ?? null,
    )
  }

  /** Fewer than `limit` where their texts are long, so that no reader holds many of them at once; none at the end. */
  read(afterSeq: number, limit: number, unitsMax = READ_UNITS_MAX): JournalRecord[] {
    const records: JournalRecord[] = []
    let units = 0
    for (const row of this.#rowsAfter(afterSeq, limit, unitsMax)) {
      const record = this.#fromRow(row)
      records.push(record)
      units += record.text?.length ?? 0
      if (units >= unitsMax) break
    }
    return records
  }

  /** All that fit, and one more, in one question. */
  #rowsAfter(seq: number, limit: number, unitsMax: number): readonly SqlStorageValue[][] {
    const query = `SELECT ${COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`
    return [...this.#tables.sql.exec(query, seq, this.#fitting(seq, limit, unitsMax)).raw()]
  }

  #fitting(seq: number, limit: number, unitsMax: number): number {
    if (limit === 1) return 1
    const { sql } = this.#tables
    const { bytes } = sql.exec<{ bytes: number }>(LENGTH, seq, limit).one()
    if (bytes < unitsMax) return limit
    return Math.min(
      sql.exec<{ count: number }>(FITTING, seq, limit, unitsMax).one().count + 1,
      limit,
    )
  }

  /** What tells a record from another at its place, without its text; `undefined` where there is none. */
  placeAt(seq: number): Pick<JournalRecord, "type" | "path" | "atMs"> | undefined {
    const [row] = this.#tables.sql
      .exec<{ type: string; path: string; at: number }>(
        "SELECT type, path, at FROM journal WHERE seq = ?",
        seq,
      )
      .toArray()
    return row && { type: row.type as RecordType, path: row.path, atMs: row.at }
  }

  /** The records of these entries up to this one, in order. */
  earlier(seq: number, paths: ReadonlySet<string>): JournalRecord[] {
    const found: number[] = []
    const missing = new Set(paths)
    // Read backwards and no further than needed. A record that intervenes has the path of an entry and is none of it.
    let before = seq + 1
    for (let rows = EARLIER_ROWS_FIRST; missing.size > 0; rows *= 4) {
      const page = this.#tables.sql
        .exec<{
          seq: number
          path: string
          kind: string | null
        }>(
          "SELECT seq, path, kind FROM journal WHERE seq < ? AND type NOT IN ('operator', 'cancel') ORDER BY seq DESC LIMIT ?",
          before,
          rows,
        )
        .toArray()
      for (const row of page) {
        before = row.seq
        if (!missing.has(row.path)) continue
        found.push(row.seq)
        if (row.kind !== null) missing.delete(row.path)
        if (missing.size === 0) break
      }
      if (page.length < rows) break
    }
    return found.reverse().flatMap((each) => this.read(each - 1, 1))
  }

  /** Gives a record another short text. */
  setText(seq: number, text: string): void {
    this.#tables.sql.exec("UPDATE journal SET text = ? WHERE seq = ?", text, seq)
  }

  /** Whether an operator's note of this name speaks of this. */
  hasNote(name: string, part: string): boolean {
    return (
      this.#tables.sql
        .exec(
          "SELECT 1 FROM journal WHERE type = 'operator' AND name = ? AND instr(text, ?) > 0 LIMIT 1",
          name,
          part,
        )
        .toArray().length > 0
    )
  }

  /** Forgets every record from this one on. */
  truncate(fromSeq: number): void {
    this.#freeChunks(fromSeq)
    this.#tables.sql.exec("DELETE FROM journal WHERE seq >= ?", fromSeq)
  }

  /** Forgets the records of the items that a snapshot of their fold holds; what a person did there stays. */
  forgetItems({ path, afterSeq, lastSeq }: Snapshot): number {
    const items = "seq > ? AND seq <= ? AND type <> 'operator' AND path GLOB ?"
    const bindings = [afterSeq, lastSeq, `${path}.*`]
    if (this.#tables.has("chunks")) {
      const pointers = this.#tables.sql
        .exec<{ text: string }>(
          `SELECT text FROM journal WHERE ${items} AND text LIKE '@%'`,
          ...bindings,
        )
        .toArray()
      for (const { text } of pointers) this.#tables.free(text)
    }
    return this.#tables.sql.exec(`DELETE FROM journal WHERE ${items}`, ...bindings).rowsWritten
  }

  clear(): void {
    this.#freeChunks(0)
    this.#tables.sql.exec("DELETE FROM journal")
  }

  lastSeq(): number {
    return this.#tables.sql
      .exec<{ seq: number }>("SELECT COALESCE(MAX(seq), 0) AS seq FROM journal")
      .one().seq
  }

  /** The number of the next record: one that a snapshot made forgotten is not given again. */
  nextSeq(): number {
    const last = this.lastSeq()
    if (!this.#tables.has("folds")) return last + 1
    const { seq } = this.#tables.sql
      .exec<{ seq: number }>("SELECT COALESCE(MAX(last_seq), 0) AS seq FROM folds")
      .one()
    return Math.max(last, seq) + 1
  }

  #freeChunks(fromSeq: number): void {
    if (!this.#tables.has("chunks")) return
    const pointers = this.#tables.sql
      .exec<{ text: string }>("SELECT text FROM journal WHERE seq >= ? AND text LIKE '@%'", fromSeq)
      .toArray()
    for (const { text } of pointers) this.#tables.free(text)
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
      text: typeof text === "string" ? this.#tables.load(text) : undefined,
      dueMs: (due ?? undefined) as number | undefined,
      ref: (ref ?? undefined) as number | undefined,
    }
  }
}
