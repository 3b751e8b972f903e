// Promise 6: a deadline is absolute, fixed when first created, never recomputed. A timer never fires early.

import type { Check } from "./check.ts"
import type { RunView } from "./run-view.ts"
import type { WaitFields } from "./rows.ts"

/** The run's own deadline moves with its start alone, which a person may move before it has begun. */
export const fixedDeadlines: Check = {
  promise: "promise 6",
  says: "a deadline is fixed when first created",
  commit({ before, rows, operated }, { appended }) {
    const { run } = rows
    if (run === undefined || before.run === undefined) return undefined
    if (run.deadlineMs !== before.run.deadlineMs && run.startAtMs === before.run.startAtMs) {
      return { expected: `the deadline ${before.run.deadlineMs}`, found: `${run.deadlineMs}` }
    }
    if (run.generation !== before.run.generation || rows.waits === before.waits) return undefined
    // What a person has cut away is made anew, under numbers that stood for something else.
    if (operated || appended.some(({ type }) => type === "operator")) return undefined
    return movedWait(before.waits, rows.waits)
  },
}

function movedWait(before: readonly WaitFields[], after: readonly WaitFields[]) {
  for (const { id, path, kind, dueMs } of before) {
    const now = after.find((wait) => wait.id === id && wait.path === path && wait.kind === kind)
    if (now === undefined || now.dueMs === dueMs) continue
    return { path, expected: `the ${kind} to be due at ${dueMs}`, found: `${now.dueMs}` }
  }
  return undefined
}

/** Between a due instant and what it causes a person may have asked for another go. */
export const neverEarly: Check = {
  promise: "promise 6",
  says: "nothing that is due at an instant happens before it",
  record(run: RunView, { type, path, atMs }) {
    const entry = run.entries.get(path)
    if (entry === undefined) return undefined
    const { first } = entry
    const isTimer = first.kind === "timer" && type === "completed"
    const isTimeout = type === "timed_out" && !run.isUnwinding
    if ((isTimer || isTimeout || type === "expire") && (first.dueMs ?? 0) > atMs) {
      return {
        path,
        expected: `no ${type} before ${first.dueMs}`,
        found: `it is recorded at ${atMs}`,
      }
    }
    return undefined
  },
}
