// Journals (resonate C6): the total order, one outcome for each entry, first records that say what the entry is.

import type { Check } from "./check.ts"
import { isEnd } from "./rows.ts"

export const totalOrder: Check = {
  promise: "resonate C6",
  says: "records have one order, and their numbers only rise",
  record(run, { seq, path }) {
    if (seq > run.lastSeq) return undefined
    return { path, expected: `a number above ${run.lastSeq}`, found: `${seq}` }
  },
}

export const oneOutcome: Check = {
  promise: "resonate C6",
  says: "an entry is settled once",
  record(run, record) {
    const { path } = record
    if (!isEnd(record)) return undefined
    const outcome = run.entries.get(path)?.outcome
    if (outcome === undefined) return undefined
    return {
      path,
      expected: `the outcome ${outcome.type} (seq ${outcome.seq}) alone`,
      found: record.type,
    }
  },
}

export const nothingAfterOutcome: Check = {
  promise: "resonate C6",
  says: "nothing is recorded of an entry after its outcome",
  record(run, { path, type, seq }) {
    if (type === "operator" || type === "cancel") return undefined
    const outcome = run.entries.get(path)?.outcome
    if (outcome === undefined) return undefined
    return { path, expected: `nothing after seq ${outcome.seq}`, found: `${type} with seq ${seq}` }
  },
}

export const firstRecords: Check = {
  promise: "resonate C6",
  says: "the first record of an entry says its kind, and no other does",
  record(run, { path, type, kind }) {
    if (type === "operator" || type === "cancel") return undefined
    const isFirst = !run.entries.has(path)
    if (isFirst === (kind !== undefined)) return undefined
    return {
      path,
      expected: isFirst ? "a kind in the first record" : "no kind in a later one",
      found: `${kind}`,
    }
  },
}

/** Of an attempt that is retried the end must be on record, and attempts do not begin side by side. */
export const startsInTurn: Check = {
  promise: "resonate C6",
  says: "attempts of an entry are numbered upwards",
  record(run, { path, type, attempt }) {
    if (type !== "start" || attempt === undefined) return undefined
    const known = run.attempts.get(run.placeOf(path)) ?? 0
    if (attempt > known) return undefined
    return { path, expected: `an attempt above ${known}`, found: `${attempt}` }
  },
}
