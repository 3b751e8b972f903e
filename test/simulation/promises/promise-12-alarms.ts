// Promise 12: while work is owed, an alarm is set.
// What is owed after a commit: the going on of a running run, what falls due, what other objects must be told.

import type { Check } from "./check.ts"
import { isFinal, type Rows } from "./rows.ts"

/** After a wake that failed, or while an attempt is under way, what has fallen due is looked at no later than this. */
const PAUSE_MS_MAX = 35_000

/** @param isSwept an index deletes ended runs: they owe nothing for that themselves. */
export const owedWorkHasAlarm = (isSwept: boolean): Check => ({
  promise: "promise 12",
  says: "while work is owed, an alarm is set",
  commit({ rows, isUnwinding }, { atMs }) {
    const { alarmMs, run } = rows
    const owed = owedBy(rows, isUnwinding, isSwept)
    if (owed === undefined) return undefined
    const status = run?.status ?? "gone"
    if (alarmMs === null)
      return { expected: `an alarm, for it owes ${owed.what}`, found: `none (${status})` }
    if (owed.atMs === undefined || alarmMs <= Math.max(owed.atMs, atMs + PAUSE_MS_MAX)) {
      return undefined
    }
    return {
      expected: `an alarm at ${owed.atMs} or before, for ${owed.what}`,
      found: `one at ${alarmMs}`,
    }
  },
})

interface Owed {
  readonly what: string
  /** When it is due at the latest, where that is known. */
  readonly atMs?: number
}

function owedBy(
  { run, waits, outbox }: Rows,
  isUnwinding: boolean,
  isSwept: boolean,
): Owed | undefined {
  const heads = outbox.length > 0 ? { what: `${outbox.length} messages` } : undefined
  if (run === undefined || run.status === "paused" || run.status === "halted") return heads
  if (isFinal(run.status)) {
    if (run.deleteAtMs === null || isSwept) return heads
    return { what: "its own deletion", atMs: run.deleteAtMs }
  }
  if (run.status === "running") return { what: "its going on" }
  // Held back by its limiter: the limiter's message wakes it, and this one's asking stands in the outbox until it is heard.
  if (run.slot !== null && (JSON.parse(run.slot) as { state?: string }).state === "asked") {
    if (run.startedAtMs !== null || run.deadlineMs === null) return heads
    return { what: "its deadline", atMs: run.deadlineMs }
  }
  const deadlineMs = run.deadlineMs ?? Infinity
  let atMs = isUnwinding ? Infinity : deadlineMs
  if (run.startedAtMs === null) atMs = Math.min(atMs, run.startAtMs ?? Infinity)
  else for (const { dueMs } of waits) if (dueMs !== null && dueMs < atMs) atMs = dueMs
  return atMs === Infinity ? heads : { what: "what falls due", atMs }
}
