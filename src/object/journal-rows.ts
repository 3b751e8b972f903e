// Journal rows: the journal in SQLite: one row a record, one row written per append.
// Owns: the mapping between rows and records. Must not touch: what records mean.

import type { EntryKind, JournalRecord, RecordType } from "../engine/journal.ts"
import type { Tables } from "./tables.ts"

const INSERT =
  "INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

const COLUMNS = "seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref"

export class JournalRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
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

  read(afterSeq: number, limit: number): JournalRecord[] {
    const records: JournalRecord[] = []
    const rows = this.#tables.sql
      .exec(`SELECT ${COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, afterSeq, limit)
      .raw()
    for (const row of rows) records.push(this.#fromRow(row))
    return records
  }

  /** Forgets every record from this one on; gives what was forgotten, in order. */
  truncate(fromSeq: number): JournalRecord[] {
    const forgotten: JournalRecord[] = []
    for (let page = this.read(fromSeq - 1, 1000); page.length > 0;) {
      forgotten.push(...page)
      page = this.read(page.at(-1)?.seq ?? Infinity, 1000)
    }
    this.#freeChunks(fromSeq)
    this.#tables.sql.exec("DELETE FROM journal WHERE seq >= ?", fromSeq)
    return forgotten
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
