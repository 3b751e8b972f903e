// Trace rows: what the export of spans asks the database, beside the journal's pages.
// Owns: these questions, and the column in which a run keeps how far it is exported. Must not touch: what a record means.
//   T1. No text is read but names and errors: what a run was given and gave stays where it is.

import type { EntryKind, JournalRecord, RecordType } from "../../engine/journal.ts"
import type { RunRow } from "../stored-run.ts"
import type { Tables } from "../tables.ts"
import type { KnownEntry } from "./entry-spans.ts"
import type { RunTrace } from "./run-trace.ts"

type Place = { seq: number; type: string; path: string; at: number; name: string | null }
type Attempted = Place & { kind: string | null; attempt: number | null }
type Told = Attempted & { text: string | null; due: number | null }

export type Note = Pick<JournalRecord, "type" | "path" | "atMs" | "name">

const SETTLED = "('completed', 'failed', 'cancelled', 'timed_out')"
const INTERVENED = "('operator', 'cancel')"

const TOLD = `seq, type, path, at, name, kind, attempt, due,
  CASE WHEN type IN ('fail', 'failed', 'timed_out') THEN text END AS text`

export class TraceRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  keep(row: RunRow, trace: RunTrace): void {
    this.#tables.sql.exec("UPDATE run SET trace = ?", JSON.stringify(trace))
    row.trace = trace
  }

  /** Records after this one in order. */
  records(afterSeq: number, limit: number): JournalRecord[] {
    return this.#told("seq > ? ORDER BY seq LIMIT ?", afterSeq, limit)
  }

  recordAt(seq: number): JournalRecord | undefined {
    return this.#told("seq = ?", seq)[0]
  }

  /**
   * These entries as they stood at this record, those that began before. Read backwards and no further than needed:
   * nearly always they began just before.
   * @param roundSeq what was under way up to there is closed
   */
  knownAt(seq: number, paths: Iterable<string>, roundSeq: number): Map<string, KnownEntry> {
    const missing = new Set(paths)
    const lasts = new Map<string, Attempted>()
    const known = new Map<string, KnownEntry>()
    if (missing.size === 0) return known
    const rows = this.#tables.sql.exec<Attempted>(
      `SELECT seq, type, path, at, name, kind, attempt FROM journal
       WHERE seq <= ? AND type NOT IN ${INTERVENED} ORDER BY seq DESC`,
      seq,
    )
    for (const row of rows) {
      const { path, kind } = row
      if (!missing.has(path)) continue
      if (row.attempt !== null && !lasts.has(path)) lasts.set(path, row)
      if (kind === null) continue
      known.set(path, knownEntry(row, kind, lasts.get(path), roundSeq))
      missing.delete(path)
      if (missing.size === 0) break
    }
    return known
  }

  /** Paths of the entries that are not settled, the first that began first. */
  openPaths(limit: number): string[] {
    return this.#tables.sql
      .exec<{ path: string }>(
        `SELECT path FROM journal WHERE type NOT IN ${INTERVENED} GROUP BY path
         HAVING SUM(type IN ${SETTLED}) = 0 AND SUM(kind IS NOT NULL) > 0 ORDER BY MIN(seq) LIMIT ?`,
        limit,
      )
      .toArray()
      .map(({ path }) => path)
  }

  /** What persons did and how it unwound, from this record on: the newest, in order. */
  notes(fromSeq: number, limit: number): Note[] {
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

  #told(condition: string, ...bindings: number[]): JournalRecord[] {
    const { sql } = this.#tables
    return sql
      .exec<Told>(`SELECT ${TOLD} FROM journal WHERE ${condition}`, ...bindings)
      .toArray()
      .map(({ seq, type, path, at, name, kind, attempt, due, text }) => ({
        seq,
        type: type as RecordType,
        path,
        atMs: at,
        inline: false,
        kind: (kind ?? undefined) as EntryKind | undefined,
        name: name ?? undefined,
        attempt: attempt ?? undefined,
        dueMs: due ?? undefined,
        text: text === null ? undefined : this.#tables.load(text),
      }))
  }

  /** The last time that a person took the journal back. */
  lastRetakenSeq(): number {
    return this.#tables.sql
      .exec<{ seq: number }>(
        "SELECT COALESCE(MAX(seq), 0) AS seq FROM journal WHERE type = 'operator' AND name IN ('retry', 'skip')",
      )
      .one().seq
  }

  /** The last record that a fork was given; what it does itself comes after it. */
  forkedSeq({ createdAtMs }: RunRow): number {
    return this.#tables.sql
      .exec<{ seq: number }>(
        "SELECT COALESCE(MAX(seq), 0) AS seq FROM journal WHERE type = 'operator' AND name = 'fork' AND at = ?",
        createdAtMs,
      )
      .one().seq
  }
}

function knownEntry(
  { path, at, name }: Attempted,
  kind: string,
  last: Attempted | undefined,
  roundSeq: number,
): KnownEntry {
  const attempts = last?.attempt ?? 0
  const isUnderWay = kind === "step" && last?.type === "start" && last.seq > roundSeq
  return {
    path,
    kind: kind as EntryKind,
    name: name ?? undefined,
    beganMs: at,
    attempts,
    open: isUnderWay ? { number: attempts, startMs: last.at } : undefined,
  }
}
