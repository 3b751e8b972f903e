// Trace rows: what the export of spans asks the database, beside the journal's pages.
// Owns: these questions, and the column in which a run keeps how far it is exported. Must not touch: what a record means.
//   T1. Notes and cancellations have rows of their own, and are asked for by SQL; all other records may be packed.

import {
  isOutcome,
  type EntryKind,
  type JournalRecord,
  type RecordType,
} from "../../engine/ports/journal.ts"
import { isIntervention } from "../store/entry-draft.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import { allRecords } from "../store/journal-search.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { Tables } from "../store/tables.ts"
import type { KnownEntry } from "./entry-spans.ts"
import type { RunTrace } from "./run-trace.ts"

type Place = { seq: number; type: string; path: string; at: number; name: string | null }

export type Note = Pick<JournalRecord, "type" | "path" | "atMs" | "name">

const INTERVENED = "('operator', 'cancel')"

/** Records looked at at once. */
const SCAN_RECORDS = 500

export class TraceRows {
  readonly #tables: Tables
  readonly #journal: JournalRows

  constructor(tables: Tables, journal: JournalRows) {
    this.#tables = tables
    this.#journal = journal
  }

  keep(row: RunRow, trace: RunTrace): void {
    this.#tables.sql.exec("UPDATE run SET trace = ?", JSON.stringify(trace))
    row.trace = trace
  }

  /** Records after this one in order. */
  records(afterSeq: number, limit: number): JournalRecord[] {
    return this.#journal.read(afterSeq, limit)
  }

  /** Whether anything came to its end after this record, so that there is something to tell. */
  hasEnded(afterSeq: number): boolean {
    for (let seq = afterSeq; ;) {
      const records = this.#journal.read(seq, SCAN_RECORDS)
      if (records.some(tellsOfAnEnd)) return true
      const last = records.at(-1)
      if (last === undefined) return false
      seq = last.seq
    }
  }

  recordAt(seq: number): JournalRecord | undefined {
    const [record] = this.#journal.read(seq - 1, 1)
    return record?.seq === seq ? record : undefined
  }

  /**
   * These entries as they stood at this record, those that began before. Read backwards and no further than needed:
   * nearly always they began just before.
   * @param roundSeq what was under way up to there is closed
   */
  knownAt(seq: number, paths: Iterable<string>, roundSeq: number): Map<string, KnownEntry> {
    const missing = new Set(paths)
    const lasts = new Map<string, JournalRecord>()
    const known = new Map<string, KnownEntry>()
    if (missing.size === 0) return known
    for (const { record } of this.#journal.backwards(seq)) {
      const { path, kind } = record
      if (isIntervention(record) || !missing.has(path)) continue
      if (record.attempt !== undefined && !lasts.has(path)) lasts.set(path, record)
      if (kind === undefined) continue
      known.set(path, knownEntry(record, kind, lasts.get(path), roundSeq))
      missing.delete(path)
      if (missing.size === 0) break
    }
    return known
  }

  /** Paths of the entries that are not settled, the first that began first. */
  openPaths(limit: number): string[] {
    const open = new Set<string>()
    for (const record of allRecords(this.#journal)) {
      if (isIntervention(record)) continue
      if (isOutcome(record)) open.delete(record.path)
      else if (record.kind !== undefined) open.add(record.path)
    }
    return [...open].slice(0, limit)
  }

  /** What persons did and how it unwound, from this record on: the newest, in order. */
  notes(fromSeq: number, limit: number): Note[] {
    if (!this.#tables.has("journal")) return []
    return this.#tables.sql
      .exec<Place>(
        `SELECT seq, type, path, at, name FROM journal
         WHERE seq >= ? AND type IN ${INTERVENED} ORDER BY seq DESC LIMIT ?`,
        fromSeq,
        limit,
      )
      .toArray()
      .reverse()
      .map(({ type, path, at, name }) => ({
        type: type as RecordType,
        path,
        atMs: at,
        name: name ?? undefined,
      }))
  }

  /** The last time that a person took the journal back. */
  lastRetakenSeq(): number {
    if (!this.#tables.has("journal")) return 0
    return this.#tables.sql
      .exec<{ seq: number }>(
        "SELECT COALESCE(MAX(seq), 0) AS seq FROM journal WHERE type = 'operator' AND name IN ('retry', 'skip')",
      )
      .one().seq
  }

  /** The last record that a fork was given; what it does itself comes after it. */
  forkedSeq({ createdAtMs }: RunRow): number {
    if (!this.#tables.has("journal")) return 0
    return this.#tables.sql
      .exec<{ seq: number }>(
        "SELECT COALESCE(MAX(seq), 0) AS seq FROM journal WHERE type = 'operator' AND name = 'fork' AND at = ?",
        createdAtMs,
      )
      .one().seq
  }
}

function tellsOfAnEnd(record: JournalRecord): boolean {
  const { type, attempt = 0 } = record
  return isOutcome(record) || type === "fail" || (type === "start" && attempt > 1)
}

function knownEntry(
  { path, atMs, name }: JournalRecord,
  kind: EntryKind,
  last: JournalRecord | undefined,
  roundSeq: number,
): KnownEntry {
  const attempts = last?.attempt ?? 0
  const isUnderWay = kind === "step" && last?.type === "start" && last.seq > roundSeq
  return {
    path,
    kind,
    name,
    beganMs: atMs,
    attempts,
    open: isUnderWay ? { number: attempts, startMs: last.atMs } : undefined,
  }
}
