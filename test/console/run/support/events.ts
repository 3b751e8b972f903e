// Events: an entry's changes as the server tells them, made by hand.

import type { EntryEvent } from "../../../../src/console/browser/run/entry-event.ts"
import type { Replay } from "../../../../src/console/browser/run/gaps.ts"
import { Timeline } from "../../../../src/console/browser/run/timeline.ts"

export const BEGIN_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

type Given = Partial<Omit<EntryEvent, "change">>

/** A change so many ms after the beginning; `due` likewise. */
export function change(
  path: string,
  type: string,
  ms: number,
  { due, ...fields }: Given & { readonly due?: number } = {},
): EntryEvent {
  return {
    path,
    kind: "step",
    name: "charge",
    state: STATES[type] ?? type,
    attempts: 1,
    createdAt: at(ms),
    change: { type, at: at(ms), ...(due !== undefined && { dueAt: at(due) }) },
    ...(SETTLED.has(type) && { settledAt: at(ms) }),
    ...fields,
  }
}

export function deed(name: string, ms: number): EntryEvent {
  return change("", "operator", ms, { kind: "operator", name, state: "completed" })
}

export function replay(ms: number, entries: number): Replay {
  return { atMs: BEGIN_MS + ms, entries }
}

export function timelineOf(...events: readonly EntryEvent[]): Timeline {
  const timeline = new Timeline()
  for (const event of events) timeline.take(event)
  return timeline
}

/** The bars of a row as one line each: "attempt 2 lost 100-250". */
export function barsOf(timeline: Timeline, key: string): string[] {
  return (timeline.row(key)?.segments ?? []).map(({ kind, number, state, fromMs, toMs }) => {
    const what = number === undefined ? kind : `${kind} ${number}`
    return `${what} ${state} ${fromMs - BEGIN_MS}-${toMs === undefined ? "" : toMs - BEGIN_MS}`
  })
}

const STATES: Readonly<Record<string, string>> = {
  open: "waiting",
  start: "started",
  fail: "waiting",
}

const SETTLED: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "timed_out"])

function at(ms: number): string {
  return new Date(BEGIN_MS + ms).toISOString()
}
