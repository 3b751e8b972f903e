// Run reader: what has changed in a run object since it was last looked at, read from its disk.
// Owns: the statements, and the journal as it was last seen. Must not touch: what it means (the checks).
//   R1. The journal is read from the last known record on; only when records are gone is it read whole.
//   R2. A table that nothing has written to since is not read again: what was read of it stands.

import type { EntryKind, JournalRecord, RecordType } from "../../../src/engine/ports/journal.ts"
import { decodePack, PACK } from "../../../src/object/store/journal-pack.ts"
import type { Row, SimulatedObject } from "../words.ts"
import {
  NO_ROWS,
  type Change,
  type ChildFields,
  type FoldFields,
  type OutboxFields,
  type PromiseFields,
  type Rows,
  type RunFields,
  type SignalFields,
  type UpdateFields,
  type WaitFields,
} from "./rows.ts"

const JOURNAL = "SELECT * FROM journal ORDER BY seq"
/** From the last known record on, which must still be the same. */
const NEWS = "SELECT * FROM journal WHERE seq >= ? ORDER BY seq"
const COUNT = "SELECT SUM(CASE type WHEN 'pack' THEN attempt ELSE 1 END) AS count FROM journal"

const NO_NEWS: Pick<Change, "appended" | "forgotten"> = { appended: [], forgotten: [] }

export class RunReader {
  readonly #object: SimulatedObject
  #rows: Rows = NO_ROWS
  #journal = new Map<number, JournalRecord>()
  #lastSeq = 0
  /** How often each table had been changed when it was read. */
  readonly #seen = new Map<string, number>()

  constructor(object: SimulatedObject) {
    this.#object = object
  }

  /** @param atMs the clock on the wall. */
  read(atMs: number): Change {
    const rows = this.#readRows()
    const isOther = this.#isOther(rows.run)
    this.#rows = rows
    const isWritten = this.#isChanged("journal") || (rows.run?.journal ?? null) !== null
    return { atMs, rows, ...(isOther ? this.#whole() : isWritten ? this.#news() : NO_NEWS) }
  }

  /** Another life or generation has a journal of its own. */
  #isOther(run: RunFields | undefined): boolean {
    const before = this.#rows.run
    if (before === undefined && run === undefined) return false
    return (
      before?.incarnation !== run?.incarnation ||
      before?.createdAtMs !== run?.createdAtMs ||
      before?.generation !== run?.generation
    )
  }

  #readRows(): Rows {
    const before = this.#rows
    const list = <T>(known: readonly T[], table: string, sql: string, of: (row: Row) => T) => {
      if (!this.#isChanged(table)) return known
      if (!this.#object.has(table)) return known.length === 0 ? known : []
      const rows = this.#object.rows(sql)
      return rows.length === 0 && known.length === 0 ? known : rows.map(of)
    }
    return {
      run: this.#isChanged("run") ? this.#run() : before.run,
      folds: list(before.folds, "folds", "SELECT id, count FROM folds", foldOf),
      waits: list(before.waits, "waits", "SELECT * FROM waits ORDER BY id", waitOf),
      inbox: list(before.inbox, "inbox", "SELECT id, name FROM inbox ORDER BY id", signalOf),
      updates: list(
        before.updates,
        "updates",
        "SELECT id, name, status, answer FROM updates ORDER BY id",
        updateOf,
      ),
      promises: list(
        before.promises,
        "promises",
        "SELECT * FROM promises ORDER BY token",
        promiseOf,
      ),
      children: list(
        before.children,
        "children",
        "SELECT generation, path, attempt, id, incarnation, close, state FROM children ORDER BY generation, path",
        childOf,
      ),
      outbox: list(
        before.outbox,
        "outbox",
        "SELECT target, id, kind, tries, due FROM outbox ORDER BY target, id",
        outboxOf,
      ),
      alarmMs: this.#object.alarmMs,
    }
  }

  /** Whether the table may be another one than at the last look; this is one. */
  #isChanged(table: string): boolean {
    const changes = this.#object.changesOf(table)
    if (this.#seen.get(table) === changes) return false
    this.#seen.set(table, changes)
    return true
  }

  #run(): RunFields | undefined {
    if (!this.#object.has("run")) return undefined
    const [row] = this.#object.rows("SELECT * FROM run")
    return row && runOf(row)
  }

  #news(): Pick<Change, "appended" | "forgotten"> {
    const last = this.#journal.get(this.#lastSeq)
    if (!this.#object.has("journal") || last === undefined) return this.#whole()
    const records = this.#object.rows(NEWS, this.#lastSeq).flatMap(recordsOf)
    const first = records.find(({ seq }) => seq === last.seq)
    const appended = records.filter(({ seq }) => seq > last.seq)
    const [row] = this.#object.rows(COUNT)
    const isKnown = first !== undefined && isSame(first, last)
    if (!isKnown || row?.["count"] !== this.#journal.size + appended.length) return this.#whole()
    for (const record of appended) this.#keep(record)
    return { appended, forgotten: [] }
  }

  #whole(): Pick<Change, "appended" | "forgotten"> {
    const known = this.#journal
    const records = this.#object.has("journal")
      ? this.#object.rows(JOURNAL).flatMap(recordsOf)
      : this.#inRow()
    this.#journal = new Map()
    this.#lastSeq = 0
    const appended: JournalRecord[] = []
    for (const record of records) {
      const before = known.get(record.seq)
      if (before !== undefined && isSame(before, record)) known.delete(record.seq)
      else appended.push(record)
      this.#keep(record)
    }
    return { appended, forgotten: [...known.values()] }
  }

  /** A run that ended in its first stretch has its records in its own row. */
  #inRow(): JournalRecord[] {
    const text = this.#rows.run?.journal
    return typeof text === "string" ? decodePack(text) : []
  }

  #keep(record: JournalRecord): void {
    this.#journal.set(record.seq, record)
    this.#lastSeq = record.seq
  }
}

function isSame(left: JournalRecord, right: JournalRecord): boolean {
  return (
    left.type === right.type &&
    left.path === right.path &&
    left.atMs === right.atMs &&
    left.attempt === right.attempt &&
    left.text === right.text &&
    left.dueMs === right.dueMs
  )
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null
}

function number(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}

function runOf(row: Row): RunFields {
  return {
    id: String(row["id"]),
    incarnation: String(row["incarnation"]),
    workflow: String(row["workflow"]),
    version: Number(row["version"]),
    status: String(row["status"]),
    input: String(row["input"]),
    generation: Number(row["generation"]),
    epoch: Number(row["epoch"]),
    tags: text(row["tags"]),
    createdAtMs: Number(row["created_at"]),
    deadlineMs: number(row["deadline_at"]),
    endedAtMs: number(row["ended_at"]),
    result: text(row["result"]),
    error: text(row["error"]),
    halt: text(row["halt"]),
    cancel: text(row["cancel"]),
    unconsumedSignals: number(row["unconsumed_signals"]),
    parent: text(row["parent"]),
    startAtMs: number(row["start_at"]),
    startedAtMs: number(row["started_at"]),
    deleteAtMs: number(row["delete_at"]),
    slot: text(row["limits"]),
    forkedFrom: text(row["forked_from"]),
    journal: text(row["journal"]),
  }
}

/** A row holds one record, or several that were written together. */
function recordsOf(row: Row): JournalRecord[] {
  return row["type"] === PACK ? decodePack(String(row["text"])) : [recordOf(row)]
}

function recordOf(row: Row): JournalRecord {
  return {
    seq: Number(row["seq"]),
    type: row["type"] as RecordType,
    path: String(row["path"]),
    atMs: Number(row["at"]),
    inline: row["inline"] === 1,
    kind: (row["kind"] ?? undefined) as EntryKind | undefined,
    name: text(row["name"]) ?? undefined,
    digest: number(row["digest"]) ?? undefined,
    attempt: number(row["attempt"]) ?? undefined,
    text: text(row["text"]) ?? undefined,
    dueMs: number(row["due"]) ?? undefined,
    ref: number(row["ref"]) ?? undefined,
  }
}

function foldOf(row: Row): FoldFields {
  return { id: Number(row["id"]), count: Number(row["count"]) }
}

function waitOf(row: Row): WaitFields {
  return {
    id: Number(row["id"]),
    kind: String(row["kind"]),
    path: String(row["path"]),
    name: text(row["name"]),
    dueMs: number(row["due"]),
  }
}

function signalOf(row: Row): SignalFields {
  return { id: Number(row["id"]), name: String(row["name"]) }
}

function updateOf(row: Row): UpdateFields {
  return { ...signalOf(row), status: String(row["status"]), answer: text(row["answer"]) }
}

function promiseOf(row: Row): PromiseFields {
  return {
    token: String(row["token"]),
    generation: Number(row["generation"]),
    path: String(row["path"]),
    state: text(row["state"]),
    text: text(row["text"]),
  }
}

function childOf(row: Row): ChildFields {
  return {
    generation: Number(row["generation"]),
    path: String(row["path"]),
    attempt: Number(row["attempt"]),
    id: String(row["id"]),
    incarnation: String(row["incarnation"]),
    close: String(row["close"]),
    state: text(row["state"]),
  }
}

function outboxOf(row: Row): OutboxFields {
  return {
    target: String(row["target"]),
    id: Number(row["id"]),
    kind: String(row["kind"]),
    tries: Number(row["tries"]),
    dueMs: Number(row["due"]),
  }
}
