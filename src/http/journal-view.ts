// Journal view: a page of a run's journal as JSON.

import type { JournalEntryRecord, JournalPage } from "../engine/ports/runs.ts"
import { viewError } from "./error-view.ts"
import { viewTime } from "./run-view.ts"
import { viewValue, type View } from "./value-view.ts"

export function viewJournal(page: JournalPage, view: View): Record<string, unknown> {
  return {
    entries: page.entries.map((entry) => viewEntry(entry, view)),
    ...(page.next !== undefined && { next: page.next }),
  }
}

export function viewEntry(entry: JournalEntryRecord, view: View): Record<string, unknown> {
  return {
    path: entry.path,
    kind: entry.kind,
    ...(entry.name !== undefined && { name: entry.name }),
    state: entry.state,
    attempts: entry.attempts,
    ...(entry.runId !== undefined && { runId: entry.runId }),
    ...(entry.valueText !== undefined && { value: viewValue(entry.valueText, view) }),
    ...(entry.errorText !== undefined && { error: viewError(entry.errorText, view) }),
    createdAt: viewTime(entry.createdAtMs),
    ...(entry.startedAtMs !== undefined && { startedAt: viewTime(entry.startedAtMs) }),
    ...(entry.settledAtMs !== undefined && { settledAt: viewTime(entry.settledAtMs) }),
  }
}
