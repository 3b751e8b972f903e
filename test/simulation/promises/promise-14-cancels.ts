// Promise 14: cancel unwinds, children first. Kill does none of that: they are two verbs.

import type { Check } from "./check.ts"
import { isFinal } from "./rows.ts"

export const cancelIsAsked: Check = {
  promise: "promise 14",
  says: "a run is cancelled because somebody asked, and times out at its deadline",
  commit({ rows, before, lastVerb }, { atMs }) {
    const { run } = rows
    if (run === undefined || run.status === before.run?.status) return undefined
    // The cancel of the run it was forked from may stand in its journal.
    if (run.forkedFrom !== null) return undefined
    if (run.status === "cancelled" && run.cancel === null && !isStopped(lastVerb)) {
      return { expected: "somebody to have asked for the cancel", found: "nobody has" }
    }
    if (run.status !== "timed_out") return undefined
    if (run.deadlineMs !== null && run.deadlineMs <= Math.max(atMs, run.endedAtMs ?? 0))
      return undefined
    return { expected: `a deadline that has passed at ${atMs}`, found: `${run.deadlineMs}` }
  },
}

export const childrenEndFirst: Check = {
  promise: "promise 14",
  says: "a run ends after the children it does not leave alone",
  commit({ rows, before, lastVerb, entries }) {
    const { run, children } = rows
    if (run === undefined || !isFinal(run.status) || run.status === before.run?.status)
      return undefined
    if (children === before.children && children.length === 0) return undefined
    if (lastVerb === "kill" || isCutShort(run.error)) return undefined
    // Of one that lost a race only the cancel must be on its way: its entry has ended before.
    const open = children.find(
      ({ generation, path, close, state }) =>
        generation === run.generation &&
        state === null &&
        (close === "cancel" || close === "wait") &&
        entries.get(path)?.outcome === undefined,
    )
    if (open === undefined) return undefined
    return { path: open.path, expected: `child ${open.id} to have ended first`, found: run.status }
  },
}

export const killUnwindsNothing: Check = {
  promise: "promise 14",
  says: "after a kill nothing happens any more",
  record(run, { type, path }, { appended }) {
    if (type === "operator" || run.lastVerb !== "kill") return undefined
    if (appended.some((record) => record.type === "operator" && record.name !== "kill"))
      return undefined
    return { path, expected: "nothing recorded after the kill", found: type }
  },
}

/** A person has ended it: one that has not begun has nothing to unwind. */
function isStopped(verb: string | undefined): boolean {
  return verb === "cancel" || verb === "kill"
}

/** A run that passed a limit of the engine ends as it stands. */
function isCutShort(error: string | null): boolean {
  return error?.includes("limit_reached") === true
}
