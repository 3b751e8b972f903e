// Promise 1: a recorded (committed) step never runs again.
// A call of a step whose outcome was committed before is judged when its stretch is: a person's retry or skip may have
// made that outcome forgotten in the very same stretch.

import type { Check, Finding } from "./check.ts"
import type { RunView } from "./run-view.ts"

export const recordedOnce: Check = {
  promise: "promise 1",
  says: "a recorded step never runs again",
  stretch(run, { appended, forgotten }) {
    if (run.calls.length === 0) return undefined
    // Where the generation ends in the same stretch, the record of what a person did is gone with it.
    const isCut = run.operated || appended.some(({ type }) => type === "operator")
    return rerun(run, isCut ? new Set(forgotten.map(({ path }) => path)) : undefined)
  },
  reset(run) {
    return run.operated ? undefined : rerun(run, undefined)
  },
}

/** @param cut what a person made forgotten; `undefined` when nobody did anything */
function rerun(run: RunView, cut: ReadonlySet<string> | undefined): Finding | undefined {
  for (const { path, generation, attempt } of run.calls) {
    if (generation !== run.rows.run?.generation || cut?.has(path) === true) continue
    const found = `attempt ${attempt} was called`
    // A cut that takes a fold takes its snapshot as well.
    if (cut === undefined && run.isFolded(path)) {
      return { path, expected: "no further call: a fold's snapshot holds this item", found }
    }
    const outcome = run.entries.get(path)?.outcome
    if (outcome === undefined) continue
    const { type, seq } = outcome
    return { path, expected: `no further call: ${type} is on record with seq ${seq}`, found }
  }
  return undefined
}
