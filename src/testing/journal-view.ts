// Journal view: the journal of a run as people read it: one entry for each operation, in order.
// Owns: what the records of one entry come to. Must not touch: the records.

import { decode } from "../engine/values/codec.ts"
import {
  isOutcome,
  type EntryKind,
  type JournalRecord,
  type OutcomeState,
} from "../engine/ports/journal.ts"

/** As the journal of the HTTP interface has it, with decoded values. */
export interface JournalEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly name?: string
  readonly state: "started" | "waiting" | OutcomeState
  readonly attempts: number
  readonly value?: unknown
  /** Of the last failed attempt while the step is tried again. */
  readonly error?: unknown
}

type Draft = { -readonly [K in keyof JournalEntry]: JournalEntry[K] }

export function entriesOf(records: readonly JournalRecord[]): JournalEntry[] {
  const entries: Draft[] = []
  const open = new Map<string, Draft>()
  for (const record of records) {
    const entry = open.get(record.path)
    if (record.type === "cancel" || record.type === "operator") {
      entries.push({
        path: record.path,
        kind: "operator",
        name: record.type === "cancel" ? "unwind" : (record.name ?? "operator"),
        state: "completed",
        attempts: 0,
      })
    } else if (entry !== undefined && record.kind === undefined) apply(entry, record)
    else {
      const begun: Draft = {
        path: record.path,
        kind: record.kind ?? "step",
        ...(record.name !== undefined && { name: record.name }),
        state: "waiting",
        attempts: 0,
      }
      apply(begun, record)
      open.set(record.path, begun)
      entries.push(begun)
    }
  }
  return entries
}

function apply(entry: Draft, { type, attempt, text, ...record }: JournalRecord): void {
  if (attempt !== undefined) entry.attempts = attempt
  if (isOutcome({ type, ...record })) {
    entry.state = type as OutcomeState
    delete entry.error
    if (type === "completed") entry.value = decode(text ?? "null")
    else entry.error = decode(text ?? "null")
  } else if (type === "fail") {
    entry.state = "waiting"
    if (text !== undefined) entry.error = decode(text)
  } else if (type === "start" || (type === "open" && entry.kind === "step")) {
    entry.state = "started"
  }
}
