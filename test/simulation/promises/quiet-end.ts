// Quiet end: what holds when faults have stopped and time has run on until nothing moves.
// Every run is final, halted with a reason, paused by a person, or waits for something named. Parents and children agree.

import type { Check, Quiet } from "./check.ts"
import type { EntryView, RunView } from "./run-view.ts"
import { decode } from "../../../src/engine/values/codec.ts"
import { isFinal, type RunFields } from "./rows.ts"

const NAMED: ReadonlySet<string> = new Set(["signal", "update", "promise"])

export const nobodyIsStuck: Check = {
  promise: "promise 12",
  says: "in the end every run is final, halted, paused, or waits for something named",
  quiet: (quiet) => eachRun(quiet, (run) => stuck(run, quiet)),
}

function stuck({ rows, entries }: RunView, { atMs, runs }: Quiet) {
  const { run, waits, children, outbox } = rows
  if (outbox.length > 0)
    return {
      expected: "an empty outbox",
      found: `${outbox.length} messages, the first a ${outbox[0]?.kind} to ${outbox[0]?.target}`,
    }
  if (
    run === undefined ||
    isFinal(run.status) ||
    run.status === "halted" ||
    run.status === "paused"
  )
    return undefined
  if (run.status === "running") {
    if (isAtWork(entries.values())) return undefined
    return { expected: "an end, a halt, a wait or an attempt under way", found: "it is running" }
  }
  const late = waits.find(({ dueMs }) => dueMs !== null && dueMs <= atMs)
  if (late !== undefined)
    return {
      path: late.path,
      expected: `the ${late.kind} due at ${late.dueMs} to have happened by ${atMs}`,
      found: "it waits",
    }
  if (waits.some(({ kind, dueMs }) => NAMED.has(kind) || dueMs !== null)) return undefined
  if (children.some((child) => child.state === null && isOpen(runs.get(child.id)))) return undefined
  if (run.startedAtMs === null && (run.startAtMs ?? 0) > atMs) return undefined
  if (isHeld(run)) return undefined
  return { expected: "a wait for something named", found: "it is suspended and waits for nothing" }
}

/** It waits for its slot. */
function isHeld({ slot }: RunFields): boolean {
  return slot !== null && (JSON.parse(slot) as { state?: string }).state === "asked"
}

/** Time is up while an attempt goes on. */
function isAtWork(entries: Iterable<EntryView>): boolean {
  for (const { outcome, lastStart, lastFail } of entries) {
    if (outcome === undefined && (lastStart?.seq ?? 0) > (lastFail?.seq ?? 0)) return true
  }
  return false
}

function isOpen(run: RunView | undefined): boolean {
  const status = run?.rows.run?.status
  return status !== undefined && !isFinal(status)
}

export const familiesAgree: Check = {
  promise: "promise 14",
  says: "parents and children agree on what has ended",
  quiet: (quiet) =>
    eachRun(quiet, ({ rows, entries }) => {
      if (rows.run === undefined || isFinal(rows.run.status)) return undefined
      // A person holds it: it takes up the news when it goes on.
      if (rows.run.status !== "suspended" || rows.run.startedAtMs === null) return undefined
      for (const { path, id, incarnation, state } of rows.children) {
        const child = quiet.runs.get(id)?.rows.run
        // Of one that nobody waits for any more the end may lie there.
        if (entries.get(path)?.outcome !== undefined) continue
        if (state !== null)
          return { path, expected: `the end of child ${id} to be taken up`, found: "it lies there" }
        if (child === undefined || child.incarnation !== incarnation || !isFinal(child.status))
          continue
        return {
          path,
          expected: `to have heard that child ${id} is ${child.status}`,
          found: "it waits for it",
        }
      }
      return undefined
    }),
}

/** What has arrived for somebody who waits is not left lying. */
export const nothingLiesReady: Check = {
  promise: "promise 7",
  says: "what has arrived is handed to whoever waits for it",
  quiet: (quiet) =>
    eachRun(quiet, ({ rows: { run, waits, inbox, updates } }) => {
      if (run?.status !== "suspended" || run.startedAtMs === null || isHeld(run)) return undefined
      const ready = waits.find(({ kind, name }) =>
        kind === "signal"
          ? inbox.some((signal) => signal.name === name)
          : kind === "update" &&
            updates.some((each) => each.name === name && each.status === "waiting"),
      )
      if (ready === undefined) return undefined
      return {
        path: ready.path,
        expected: `the ${ready.kind} ${ready.name} to be taken`,
        found: "it lies there",
      }
    }),
}

/** Who was told to end knows of it. It may take its time to unwind. */
export const stopsArrive: Check = {
  promise: "promise 14",
  says: "a child that its parent stops hears of it",
  quiet: (quiet) =>
    eachRun(quiet, ({ entries }) => {
      for (const [path, { first, lastStart, isStopped }] of entries) {
        if (!isStopped) continue
        const child = quiet.runs.get(String(decode((lastStart ?? first).text ?? "null")))
        const run = child?.rows.run
        if (child === undefined || run === undefined || !isOpen(child) || run.cancel !== null)
          continue
        // A person has to look first, or it may not begin yet.
        if (run.status !== "running" && run.status !== "suspended") continue
        return {
          path,
          expected: `child ${child.id} to have been told to end`,
          found: "nobody told it",
        }
      }
      return undefined
    }),
}

function eachRun(
  { runs }: Quiet,
  judge: (run: RunView) => ReturnType<typeof stuck>,
): ReturnType<NonNullable<Check["quiet"]>> {
  for (const [id, run] of runs) {
    const finding = judge(run)
    if (finding !== undefined) return { run: id, finding }
  }
  return undefined
}
