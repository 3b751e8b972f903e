// Run begin: whether a run may be driven, and what it waits for until then.
// Owns: the rule, in this one place; every further reason to hold a run back is asked here. Reads the row, writes nothing.
//   B1. A run that has not begun has run nothing of its workflow: it is suspended and keeps its messages.
//   B2. Its time limit counts from the instant it was to begin, its creation or `startAt`; waiting for its slot uses it up.
//   B3. A run with limits needs its slot to begin, and again after it stood still until a person looked.

import type { RunRow } from "../store/stored-run.ts"

/** What holds a run back. */
interface StartHold {
  /** When it ends by itself. */
  readonly untilMs: number | undefined
  /** The key of the limits it waits for. */
  readonly key: string | undefined
}

export function hasBegun(row: RunRow): boolean {
  return row.startedAtMs !== undefined
}

/** Whether its workflow may be driven. */
export function mayRun(row: RunRow): boolean {
  return hasBegun(row) && !needsSlot(row)
}

/** `undefined` when nothing holds it back. */
export function startHold(row: RunRow, nowMs: number): StartHold | undefined {
  const { startAtMs } = row
  if (!hasBegun(row) && startAtMs !== undefined && startAtMs > nowMs) return untilStart(row)
  return needsSlot(row) ? { untilMs: undefined, key: row.slot?.key } : undefined
}

/** What holds it back, be it over or not; `undefined` once it goes on. */
export function shownHold(row: RunRow): StartHold | undefined {
  if (row.slot?.state === "asked") return { untilMs: undefined, key: row.slot.key }
  return hasBegun(row) ? undefined : untilStart(row)
}

/** When something falls due for a run that is held back: its start, or its time limit, if it has run nothing yet. */
export function heldUntilMs(row: RunRow): number | undefined {
  if (hasBegun(row)) return undefined
  const startAtMs = row.slot?.state === "asked" ? undefined : row.startAtMs
  const least = Math.min(startAtMs ?? Infinity, row.deadlineMs ?? Infinity)
  return least === Infinity ? undefined : least
}

function untilStart({ startAtMs }: RunRow): StartHold {
  return { untilMs: startAtMs, key: undefined }
}

function needsSlot({ slot }: RunRow): boolean {
  return slot !== undefined && slot.state !== "granted"
}
