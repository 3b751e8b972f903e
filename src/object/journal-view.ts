// Journal view: the journal as people read it: one entry per operation, made of its records.
// Owns: the merge and its paging. Must not touch: replay.
//   W1. A page is found in one pass: from its first entry on, until all of its entries are settled or the journal ends.

import { BelayError } from "../engine/errors.ts"
import { isOutcome, type JournalRecord } from "../engine/journal.ts"
import type { JournalEntryRecord, JournalPage } from "../engine/runs.ts"

const SCAN_RECORDS = 1_000

type Draft = { -readonly [K in keyof JournalEntryRecord]: JournalEntryRecord[K] }

export function journalPage(
  read: (afterSeq: number, limit: number) => JournalRecord[],
  after: string | undefined,
  limit: number,
): JournalPage {
  let afterSeq = parseAfter(after)
  const drafts = new Map<string, Draft>()
  const entries: Draft[] = []
  let lastFirstSeq = afterSeq
  let open = 0
  let next: string | undefined
  scan: for (;;) {
    const records = read(afterSeq, SCAN_RECORDS)
    for (const record of records) {
      afterSeq = record.seq
      if (isFirst(record)) {
        if (entries.length === limit) {
          next ??= String(lastFirstSeq)
        } else {
          const draft = draftOf(record)
          entries.push(draft)
          lastFirstSeq = record.seq
          if (record.type === "operator" || record.type === "cancel") continue
          drafts.set(record.path, draft)
          open++
        }
      }
      const draft = drafts.get(record.path)
      if (draft !== undefined && apply(draft, record)) {
        drafts.delete(record.path)
        open--
      }
      if (next !== undefined && open === 0) break scan
    }
    if (records.length < SCAN_RECORDS) break
  }
  return next === undefined ? { entries } : { entries, next }
}

function isFirst(record: JournalRecord): boolean {
  return record.kind !== undefined || record.type === "cancel"
}

function draftOf(record: JournalRecord): Draft {
  const base = { path: record.path, createdAtMs: record.atMs, attempts: 0 }
  if (record.type === "operator" || record.type === "cancel") {
    return {
      ...base,
      kind: "operator",
      name: record.type === "cancel" ? `cancel:${record.name ?? ""}` : (record.name ?? "operator"),
      state: "completed",
      settledAtMs: record.atMs,
      ...(record.text === undefined ? {} : { valueText: record.text }),
    }
  }
  const named = record.name === undefined ? {} : { name: record.name }
  return { ...base, ...named, kind: record.kind ?? "step", state: "waiting" }
}

/** Adds what a record says; true when the entry is settled by it. */
function apply(draft: Draft, record: JournalRecord): boolean {
  if (record.attempt !== undefined) draft.attempts = record.attempt
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

function parseAfter(after: string | undefined): number {
  if (after === undefined) return 0
  if (!/^\d{1,15}$/.test(after)) {
    throw new BelayError(
      "invalid_request",
      `"after" is not a cursor: ${after}. Use the "next" of the page before.`,
    )
  }
  return Number(after)
}
