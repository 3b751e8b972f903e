// Lives (resonate C6): what holds of a run's row at every commit and from each to the next.
// Terminal frozen; settled one way; the end's time and value if and only if it has ended; birth fields immutable;
// epoch and generation monotone.

import type { Check, Finding } from "./check.ts"
import { isFinal, type RunFields } from "./rows.ts"

const BIRTH = [
  "id",
  "incarnation",
  "workflow",
  "input",
  "createdAtMs",
  "parent",
  "tags",
  "version",
] as const

export const birthFields: Check = {
  promise: "resonate C6",
  says: "what a run was born with never changes",
  commit({ id, rows, before }) {
    const { run } = rows
    if (run === undefined) return undefined
    if (run.id !== id) return { expected: `the run ${id} in its own object`, found: run.id }
    if (before.run === undefined) return undefined
    for (const field of BIRTH) {
      if (run[field] === before.run[field]) continue
      return { expected: `${field} ${before.run[field]}`, found: `${run[field]}` }
    }
    return undefined
  },
}

export const wholeRows: Check = {
  promise: "resonate C6",
  says: "a run has an end and its value if and only if it has ended",
  commit: ({ rows }) => (rows.run === undefined ? undefined : wholeness(rows.run)),
}

function wholeness(run: RunFields): Finding | undefined {
  const { status, endedAtMs, result, error, halt, unconsumedSignals, startedAtMs } = run
  const is = (what: string, holds: boolean, has: boolean): Finding | undefined =>
    holds === has
      ? undefined
      : {
          expected: holds ? `a ${status} run with ${what}` : `a ${status} run without ${what}`,
          found: has ? "it has one" : "none",
        }
  return (
    is("an end", isFinal(status), endedAtMs !== null) ??
    is("a result", status === "completed", result !== null) ??
    is("an error", isFinal(status) && status !== "completed", error !== null) ??
    is("a halt", status === "halted", halt !== null) ??
    is("a count of signals", isFinal(status), unconsumedSignals !== null) ??
    (status === "completed" ? is("a beginning", true, startedAtMs !== null) : undefined)
  )
}

export const frozenEnds: Check = {
  promise: "resonate C6",
  says: "an end is for ever, unless a person takes the run up again",
  commit({ rows, before, operated }, { appended }) {
    const { run } = rows
    const was = before.run
    if (run === undefined || was === undefined || !isFinal(was.status)) return undefined
    if (run.status === was.status && run.result === was.result && run.error === was.error) {
      if (run.endedAtMs === was.endedAtMs) return undefined
    }
    // What a person did goes with its generation, should that end in the same stretch.
    if (operated) return undefined
    const verb = appended.find(
      ({ type, name }) => type === "operator" && (name === "retry" || name === "skip"),
    )
    if (verb !== undefined) return undefined
    return {
      expected: `it to stay ${was.status} since ${was.endedAtMs}`,
      found: `${run.status} since ${run.endedAtMs}`,
    }
  },
}

export const risingEpochs: Check = {
  promise: "resonate C6",
  says: "epoch and generation only rise",
  commit({ rows, before }) {
    const { run } = rows
    const was = before.run
    if (run === undefined || was === undefined) return undefined
    if (run.epoch < was.epoch)
      return { expected: `an epoch of at least ${was.epoch}`, found: `${run.epoch}` }
    if (run.generation < was.generation) {
      return { expected: `a generation of at least ${was.generation}`, found: `${run.generation}` }
    }
    if (run.generation === was.generation || run.epoch > was.epoch) return undefined
    return { expected: "the epoch to rise with the generation", found: `${run.epoch}` }
  },
}

/** What the platform does not wait for must be asked for by the rows: a wake obligation. */
export const wakeObligation: Check = {
  promise: "resonate C6",
  says: "a suspended run has something that wakes it",
  commit({ rows }) {
    const { run, waits, children, outbox } = rows
    if (run?.status !== "suspended" || run.startedAtMs === null) return undefined
    if (waits.length > 0 || children.length > 0 || outbox.length > 0) return undefined
    // A wake that failed has left an alarm, and the row as it was.
    if (rows.alarmMs !== null) return undefined
    if (run.slot !== null && (JSON.parse(run.slot) as { state?: string }).state === "asked")
      return undefined
    return { expected: "a wait, a child or a slot that it waits for", found: "nothing" }
  },
}
