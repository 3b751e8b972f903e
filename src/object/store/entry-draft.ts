// Entry draft: one entry of the journal as people read it, while its records are added to it one by one.
// Owns: what each record says of its entry. Must not touch: paging, events, replay.

import { decode } from "../../engine/values/codec.ts"
import { isOutcome, type JournalRecord } from "../../engine/ports/journal.ts"
import type { JournalEntryRecord } from "../../engine/ports/runs.ts"

export type Draft = { -readonly [K in keyof JournalEntryRecord]: JournalEntryRecord[K] }

/** Whether an entry begins with it. */
export function isFirst(record: JournalRecord): boolean {
  return record.kind !== undefined || isIntervention(record)
}

/** An entry of its own, whatever entry stands at its path. */
export function isIntervention(record: JournalRecord): boolean {
  return record.type === "operator" || record.type === "cancel"
}

/** The entry that begins with this record; what the record says beyond that is added by `apply`. */
export function draftOf(record: JournalRecord): Draft {
  const base = { path: record.path, createdAtMs: record.atMs, attempts: 0 }
  if (isIntervention(record)) {
    return {
      ...base,
      kind: "operator",
      name: operatorName(record),
      state: "completed",
      settledAtMs: record.atMs,
      ...(record.text === undefined ? {} : { valueText: record.text }),
    }
  }
  const named = record.name === undefined ? {} : { name: record.name }
  return { ...base, ...named, kind: record.kind ?? "step", state: "waiting" }
}

/** Adds what a record says; true when the entry is settled by it. */
export function apply(draft: Draft, record: JournalRecord): boolean {
  if (record.attempt !== undefined) draft.attempts = record.attempt
  if (draft.kind === "child" && beginsChild(record)) draft.runId = String(decode(record.text))
  if (isOutcome(record)) {
    draft.state = record.type
    draft.settledAtMs = record.atMs
    if (draft.kind === "step") draft.startedAtMs ??= record.atMs
    if (record.type === "completed") {
      delete draft.errorText
      draft.valueText = record.text ?? "null"
    } else draft.errorText = record.text ?? "null"
    return true
  }
  switch (record.type) {
    case "start":
      draft.state = "started"
      draft.startedAtMs ??= record.atMs
      return false
    case "fail":
      draft.state = "waiting"
      draft.startedAtMs ??= record.atMs
      if (record.text !== undefined) draft.errorText = record.text
      return false
    case "open":
      // A sub-workflow is at work from the start; everything else that is open waits.
      draft.state = draft.kind === "step" ? "started" : "waiting"
      if (draft.kind === "step") draft.startedAtMs ??= record.atMs
      return false
    default:
      return false
  }
}

/** The records with which a child begins carry the id of its run. */
function beginsChild(record: JournalRecord): record is JournalRecord & { readonly text: string } {
  return (record.type === "open" || record.type === "start") && record.text !== undefined
}

/** What a person did, or that the run unwinds: by its own deadline, or because it was cancelled. */
function operatorName(record: JournalRecord): string {
  if (record.type !== "cancel") return record.name ?? "operator"
  return record.name === "timed_out" ? "deadline" : "unwind"
}
