// Run begin: whether a run may begin its workflow, and what it waits for until then.
// Owns: the rule, in this one place; every further reason to hold a run back is asked here. Reads the row, writes nothing.
//   B1. A run that has not begun has run nothing of its workflow: it is suspended and keeps its messages.
//   B2. Its time limit counts from the instant it may begin.

import type { RunRow } from "./run-row.ts"

/** What holds a run back. */
interface StartHold {
  /** When it ends by itself. */
  readonly untilMs: number | undefined
}

export function hasBegun(row: RunRow): boolean {
  return row.startedAtMs !== undefined
}

/** `undefined` when nothing holds it back. */
export function startHold(row: RunRow, nowMs: number): StartHold | undefined {
  const { startAtMs } = row
  return startAtMs !== undefined && startAtMs > nowMs ? { untilMs: startAtMs } : undefined
}

/** What holds it back, be it over or not; `undefined` once it has begun. */
export function shownHold(row: RunRow): StartHold | undefined {
  return hasBegun(row) ? undefined : { untilMs: row.startAtMs }
}
