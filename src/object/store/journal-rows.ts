// Journal rows: the journal in SQLite, written: a row for a record, or for several that are written together.
// Owns: which rows there are, and the chunks behind long texts. Must not touch: what records mean.
//   R1. A journal has one place: nothing is written to a table while records stand in the run's own row.

import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { Snapshot } from "../../engine/ports/ports.ts"
import {
  decodePack,
  encodePack,
  mayBePacked,
  PACK,
  PACK_UNITS_MAX,
  unitsOf,
} from "./journal-pack.ts"
import { JournalReader } from "./journal-reader.ts"

const INSERT =
  "INSERT INTO journal (seq, type, path, at, inline, kind, name, digest, attempt, text, due, ref) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/** A pack is bound as the few values that it has: each costs a call into the runtime. */
const INSERT_PACK = `INSERT INTO journal (seq, type, path, at, inline, attempt, text) VALUES (?, '${PACK}', '', ?, 0, ?, ?)`

/** Text of a pack in the run's own row, which has room for more texts: each status is written with it. */
const IN_ROW_UNITS_MAX = 64 * 1024

export class JournalRows extends JournalReader {
  atomically<T>(work: () => T): T {
    return this.tables.atomically(work)
  }

  /**
   * Writes them as few rows as they may be.
   * @param areLast the run ends with them: the only records there are stand in its own row, and need no table
   */
  append(records: readonly JournalRecord[], areLast = false): void {
    if (areLast && !this.tables.has("journal") && this.#putInRow(records)) return
    let pack: JournalRecord[] = []
    let units = 0
    for (const record of records) {
      const isPacked = mayBePacked(record)
      if (!isPacked || units >= PACK_UNITS_MAX) {
        this.#insertPack(pack)
        pack = []
        units = 0
      }
      if (isPacked) {
        pack.push(record)
        units += unitsOf(record)
      } else this.#insert(record)
    }
    this.#insertPack(pack)
  }

  #putInRow(records: readonly JournalRecord[]): boolean {
    if (!records.every(mayBePacked)) return false
    const pack = encodePack(records)
    if (pack.length > IN_ROW_UNITS_MAX) return false
    // Where others stand there already, its end was not written that time: these are not the only ones.
    const query = "UPDATE run SET journal = ? WHERE journal IS NULL RETURNING one"
    return this.tables.sql.exec(query, pack).toArray().length > 0
  }

  /**
   * Records in the run's own row are about to be changed, or to get others beside them: they move to a table, or they
   * would be there no more, since a journal has one place.
   * @returns whether there is a table now
   */
  #ensureTable(): boolean {
    if (this.tables.has("journal")) return true
    const records = this.recordsInRow() ?? []
    if (records.length === 0) return false
    this.tables.atomically(() => {
      this.tables.ensure("journal")
      this.#insertPack(records)
      this.tables.sql.exec("UPDATE run SET journal = NULL")
    })
    return true
  }

  #insertPack(records: readonly JournalRecord[]): void {
    const [first] = records
    const last = records.at(-1)
    if (first === undefined || last === undefined) return
    if (first === last) return this.#insert(first)
    this.#makeTable()
    this.tables.sql.exec(INSERT_PACK, last.seq, last.atMs, records.length, encodePack(records))
  }

  #insert(record: JournalRecord): void {
    const { text } = record
    this.#makeTable()
    this.tables.sql.exec(
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
      text === undefined ? null : this.tables.store(text),
      record.dueMs ?? null,
      record.ref ?? null,
    )
  }

  #makeTable(): void {
    if (!this.#ensureTable()) this.tables.ensure("journal")
  }

  /** Gives a record another short text. */
  setText(seq: number, text: string): void {
    if (!this.#ensureTable()) return
    this.tables.sql.exec("UPDATE journal SET text = ? WHERE seq = ?", text, seq)
  }

  /** Forgets every record from this one on. */
  truncate(fromSeq: number): void {
    if (!this.#ensureTable()) return
    this.#freeChunks(fromSeq)
    this.#repack(fromSeq, fromSeq, ({ seq }) => seq < fromSeq)
    this.tables.sql.exec("DELETE FROM journal WHERE seq >= ?", fromSeq)
  }

  /** Forgets the records of the items that a snapshot of their fold holds; what a person did there stays. */
  forgetItems({ path, afterSeq, lastSeq }: Snapshot): number {
    if (!this.#ensureTable()) return 0
    const items = "seq > ? AND seq <= ? AND type NOT IN ('operator', ?) AND path GLOB ?"
    const bindings = [afterSeq, lastSeq, PACK, `${path}.*`]
    if (this.tables.has("chunks")) {
      const pointers = this.tables.sql
        .exec<{ text: string }>(
          `SELECT text FROM journal WHERE ${items} AND text LIKE '@%'`,
          ...bindings,
        )
        .toArray()
      for (const { text } of pointers) this.tables.free(text)
    }
    const forgotten = this.tables.sql.exec(
      `DELETE FROM journal WHERE ${items}`,
      ...bindings,
    ).rowsWritten
    const isItem = (record: JournalRecord) =>
      record.seq > afterSeq && record.seq <= lastSeq && record.path.startsWith(`${path}.`)
    return forgotten + this.#repack(afterSeq + 1, lastSeq, (record) => !isItem(record))
  }

  /**
   * Keeps only some records of the packs that hold any from `fromSeq` to `lastSeq`.
   * @returns how many it forgot
   */
  #repack(fromSeq: number, lastSeq: number, isKept: (record: JournalRecord) => boolean): number {
    const packs = this.tables.sql
      .exec<{ seq: number }>(
        `SELECT seq FROM journal
         WHERE seq >= ? AND seq <= COALESCE((SELECT MIN(seq) FROM journal WHERE seq >= ?), ?) AND type = ?`,
        fromSeq,
        lastSeq,
        lastSeq,
        PACK,
      )
      .toArray()
    let forgotten = 0
    for (const { seq } of packs) {
      const { text } = this.tables.sql
        .exec<{ text: string }>("SELECT text FROM journal WHERE seq = ?", seq)
        .one()
      const records = decodePack(text)
      const kept = records.filter(isKept)
      if (kept.length === records.length) continue
      this.tables.sql.exec("DELETE FROM journal WHERE seq = ?", seq)
      this.#insertPack(kept)
      forgotten += records.length - kept.length
    }
    return forgotten
  }

  clear(): void {
    if (!this.#ensureTable()) return
    this.#freeChunks(0)
    this.tables.sql.exec("DELETE FROM journal")
  }

  #freeChunks(fromSeq: number): void {
    if (!this.tables.has("chunks")) return
    const pointers = this.tables.sql
      .exec<{ text: string }>("SELECT text FROM journal WHERE seq >= ? AND text LIKE '@%'", fromSeq)
      .toArray()
    for (const { text } of pointers) this.tables.free(text)
  }
}
