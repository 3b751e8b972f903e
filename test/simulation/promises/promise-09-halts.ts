// Promises 9 and 10: a panic halts the run durably, nothing loops. Changed code is noticed, and only changed code.

import { PANIC_NUMBER } from "../../../src/engine/errors.ts"
import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { Check } from "./check.ts"

interface Halt {
  readonly code?: string
  readonly message?: string
  readonly details?: { readonly number?: number }
}

/** A halted run does nothing until a person does something, or its code comes back. */
export const halted: Check = {
  promise: "promise 9",
  says: "a halted run stands still until a person acts",
  record(run, { type, path }, { appended }) {
    const { run: before } = run.rows
    if (before?.status !== "halted" || type === "operator") return undefined
    if (run.operated || appended.some((record) => record.type === "operator")) return undefined
    if (haltOf(before.halt).code?.endsWith("_unknown") === true) return undefined
    return { path, expected: "nothing to be recorded while the run is halted", found: type }
  },
}

export const panics: Check = {
  promise: "promise 9",
  says: "a panic halts with code 98, and a halt says why",
  commit({ rows, before }) {
    const { run } = rows
    if (run?.status !== "halted" || run.halt === before.run?.halt) return undefined
    const { code, message = "", details } = haltOf(run.halt)
    if (message === "") return { expected: "a halt that says why", found: run.halt ?? "nothing" }
    if (code !== "panic" || details?.number === PANIC_NUMBER) return undefined
    return { expected: `a panic with the number ${PANIC_NUMBER}`, found: run.halt ?? "nothing" }
  },
}

/** The programs are the same in every life, but for those that a deploy changes on purpose. */
export function onlyChangedCode(isChanged: (workflow: string) => boolean): Check {
  return {
    promise: "promise 10",
    says: "a divergence means that the code has changed",
    commit({ rows, before }) {
      const { run } = rows
      if (run?.status !== "halted" || run.halt === before.run?.halt) return undefined
      if (haltOf(run.halt).code !== "divergence" || isChanged(run.workflow)) return undefined
      return { expected: "the same code to come to the same place", found: run.halt ?? "nothing" }
    },
  }
}

/** Whatever a deploy has changed: a step is never handed what another one gave. */
export const ownValues: Check = {
  promise: "promise 10",
  says: "a step's value is its own and no other function's",
  stretch(run, { appended }) {
    if (run.operated) return undefined
    for (const { path, state, text, own } of run.sights) {
      if (own === undefined || state !== "value" || own === text) continue
      const isGiven = (record: JournalRecord) => record.name === "skip" && record.path === path
      if (appended.some(isGiven) || [...run.records.values()].some(isGiven)) continue
      return { path, expected: own, found: text }
    }
    return undefined
  },
}

/** What each operation of a program is called in the journal. */
const KINDS: Readonly<Record<string, string>> = {
  step: "step",
  fold: "step",
  sleep: "timer",
  signal: "signal",
  receive: "update",
  promise: "promise",
  child: "child",
  publish: "publish",
}

/** Whatever a deploy has changed: an operation is never handed what one of another kind has come to. */
export const ownKinds: Check = {
  promise: "promise 10",
  says: "an operation takes nothing that another kind of operation has recorded",
  stretch(run, { rows, appended, forgotten }) {
    if (run.operated || forgotten.length > 0) return undefined
    if (rows.run?.generation !== run.rows.run?.generation) return undefined
    for (const { path, kind, generation } of run.sights) {
      const wanted = KINDS[kind]
      if (wanted === undefined || generation !== rows.run?.generation) continue
      const first =
        run.entries.get(path)?.first ??
        appended.find((each) => each.path === path && each.kind !== undefined)
      if (first === undefined || first.kind === wanted) continue
      return { path, expected: `a record of a ${wanted}`, found: `one of a ${first.kind}` }
    }
    return undefined
  },
}

function haltOf(text: string | null): Halt {
  return JSON.parse(text ?? "{}") as Halt
}
