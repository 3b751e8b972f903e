// Event batch: the next events behind a cursor, read from the journal and the run's row in one stretch.
// Owns: which records make an event, and how much is told at once. Must not touch: who listens.
//   E1. An entry's earlier records are looked up from the cursor backwards: nearly always they stand just before it,
//       so watching costs the same at record 100 and at record 100,000, and nothing is kept between two questions.
//   E2. A value that is too long to be told stays in the journal: as many as watch would hold one each.
//   E3. The status is told where the journal ends: what it passes through in between is not told.

import { EVENT_UNITS_MAX } from "../../engine/limits.ts"
import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { EntryChange, EventBatch, RunEvent } from "../../engine/ports/run-events.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import { apply, draftOf, isFirst, isIntervention, type Draft } from "../store/entry-draft.ts"
import {
  after,
  beginning,
  formatCursor,
  parseCursor,
  staleness,
  type EventCursor,
} from "./event-cursor.ts"
import type { JournalRows } from "../store/journal-rows.ts"
import type { RunRow } from "../store/stored-run.ts"

const BATCH_RECORDS = 500

/** Length of all values in one batch, but for its last event: a hundred readers may be slow to take theirs. */
const BATCH_UNITS_MAX = 256 * 1024

/** @param afterId the id of the last event the watcher had. @throws invalid_request when it is none */
export function eventBatch(
  row: RunRow,
  journal: JournalRows,
  afterId: string | undefined,
): EventBatch {
  const events: RunEvent[] = []
  let cursor = afterId === undefined ? beginning(row) : parseCursor(afterId)
  const reason = staleness(cursor, row, journal.placeAt(cursor.seq))
  if (reason !== undefined) {
    cursor = beginning(row)
    events.push({ type: "reset", id: formatCursor(cursor), reason, generation: row.generation })
  }
  cursor = addEntries(journal, cursor, events)
  const hasMore = journal.lastSeq() > cursor.seq
  if (!hasMore) addStatus(row, cursor, events)
  return { events, status: row.status, hasMore }
}

/** Adds the next records' events; gives the cursor behind the last record looked at. */
function addEntries(journal: JournalRows, from: EventCursor, events: RunEvent[]): EventCursor {
  const records = journal.read(from.seq, BATCH_RECORDS, BATCH_UNITS_MAX)
  const drafts = knownBefore(journal, from.seq, records)
  let cursor = from
  let units = 0
  for (const record of records) {
    cursor = after(cursor, record)
    const entry = changedBy(record, drafts)
    if (entry === undefined) continue
    const event = eventOf(entry, formatCursor(cursor), changeOf(record))
    events.push(event)
    units += unitsOf(event.entry)
    if (units >= BATCH_UNITS_MAX) break
  }
  return cursor
}

function eventOf(
  entry: Draft,
  id: string,
  change: EntryChange,
): Extract<RunEvent, { type: "entry" }> {
  if (unitsOf(entry) <= EVENT_UNITS_MAX) return { type: "entry", id, entry, change }
  const { valueText: _value, errorText: _error, ...rest } = entry
  return { type: "entry", id, entry: rest, change, omitted: true }
}

function unitsOf({ valueText, errorText }: Draft): number {
  return (valueText?.length ?? 0) + (errorText?.length ?? 0)
}

/** The entry as this record leaves it; `undefined` when people see no change. */
function changedBy(record: JournalRecord, drafts: Map<string, Draft>): Draft | undefined {
  if (isIntervention(record)) return draftOf(record)
  const before = drafts.get(record.path)
  const draft = before ?? draftOf(record)
  const was = before && { ...before }
  apply(draft, record)
  drafts.set(record.path, draft)
  if (was !== undefined && was.state === draft.state && was.attempts === draft.attempts) {
    return undefined
  }
  return { ...draft }
}

function changeOf({ type, atMs, dueMs }: JournalRecord): EntryChange {
  return { type, atMs, ...(dueMs === undefined ? {} : { dueMs }) }
}

/** Entries that these records go on with, as they stood at the cursor. */
function knownBefore(
  journal: JournalRows,
  seq: number,
  records: readonly JournalRecord[],
): Map<string, Draft> {
  const begun = new Set<string>()
  const wanted = new Set<string>()
  for (const record of records) {
    if (isIntervention(record)) continue
    if (isFirst(record)) begun.add(record.path)
    else if (!begun.has(record.path)) wanted.add(record.path)
  }
  const drafts = new Map<string, Draft>()
  for (const record of journal.earlier(seq, wanted)) {
    const draft = drafts.get(record.path) ?? draftOf(record)
    apply(draft, record)
    drafts.set(record.path, draft)
  }
  return drafts
}

function addStatus(row: RunRow, cursor: EventCursor, events: RunEvent[]): void {
  const { status, generation, halt } = row
  if (status === cursor.status) return
  const id = formatCursor({ ...cursor, status })
  if (isFinal(status)) events.push({ type: "end", id })
  else
    events.push({ type: "status", id, status, generation, ...(halt === undefined ? {} : { halt }) })
}
