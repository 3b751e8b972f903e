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

/** The record of a stop and the message to the child are one. */
export const stopsAreSent: Check = {
  promise: "promise 14",
  says: "a child that is to end is told so",
  commit({ rows: { children, outbox } }, { appended }) {
    for (const { type, path } of appended) {
      const child = type === "stop" ? children.find((each) => each.path === path) : undefined
      if (child === undefined || child.state !== null) continue
      if (outbox.some(({ kind, target }) => kind === "stop" && target === child.id)) continue
      return { path, expected: `a stop on its way to ${child.id}`, found: "nothing is" }
    }
    return undefined
  },
}

export const cancelStands: Check = {
  promise: "promise 14",
  says: "a cancel that was taken stands until the run ends",
  commit({ rows: { run }, before, operated }, { appended }) {
    if (run === undefined || isFinal(run.status) || run.cancel !== null || operated)
      return undefined
    const verbs = appended.filter(({ type }) => type === "operator")
    // Two verbs end a cancel that stood, and a copy has the verbs of what it was copied from.
    if (verbs.some(({ name }) => ["retry", "skip", "fork"].includes(name ?? ""))) return undefined
    const isAsked = verbs.some(({ name }) => name === "cancel")
    const stood = before.run?.cancel ?? null
    if (!isAsked && (stood === null || isFinal(before.run?.status ?? ""))) return undefined
    return { expected: "the cancel to stand in the run's row", found: "it is gone" }
  },
}

export const cancelIsHeard: Check = {
  promise: "promise 14",
  says: "a run that rests has heard of its cancel",
  quiet({ runs }) {
    for (const [id, { rows, isUnwinding }] of runs) {
      const { run } = rows
      if (run === undefined || run.cancel === null || isUnwinding) continue
      if (run.status !== "suspended" || run.startedAtMs === null) continue
      // It waits for its slot, and unwinds when it has it.
      if (run.slot !== null && (JSON.parse(run.slot) as { state?: string }).state !== "granted")
        continue
      return { run: id, finding: { expected: "it to unwind", found: "it waits as before" } }
    }
    return undefined
  },
}

export const killTakesChildren: Check = {
  promise: "promise 14",
  says: "a kill takes the children along",
  commit({ rows: { run, children, outbox }, before, lastVerb }) {
    if (run === undefined || lastVerb !== "kill" || run.status === before.run?.status)
      return undefined
    for (const { path, id, close, state, generation } of children) {
      if (state !== null || (close !== "cancel" && close !== "wait")) continue
      if (generation !== run.generation) continue
      if (outbox.some(({ kind, target }) => kind === "stop" && target === id)) continue
      return { path, expected: `a kill on its way to child ${id}`, found: "nothing is" }
    }
    return undefined
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
