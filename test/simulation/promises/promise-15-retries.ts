// Promise 15: retries are durable: the delay is the policy's, fixed when the failure is recorded, and kept.

import type { Check } from "./check.ts"

/** One for each seed: it remembers the policy that each step was called with. */
export function policyDelays(): Check {
  const policies = new Map<string, readonly number[]>()
  const place = (run: string, life: string, generation: number, path: string) =>
    `${run} ${life} ${generation} ${path}`
  return {
    promise: "promise 15",
    says: "a retry comes after the policy's delay",
    called(_run, { run, key, generation, path, delaysMs }) {
      const life = key.split("/").at(1) ?? ""
      if (delaysMs !== undefined) policies.set(place(run, life, generation, path), delaysMs)
      return undefined
    },
    record(run, { type, path, atMs, dueMs }, { rows }) {
      if (type !== "fail" || dueMs === undefined || rows.run === undefined) return undefined
      const { incarnation, generation } = rows.run
      const delays = policies.get(place(run.id, incarnation, generation, path))
      if (delays === undefined) return undefined
      const failures = run.entries.get(path)?.failures ?? 0
      const expected = delays[Math.min(failures, delays.length - 1)] ?? 0
      if (Math.abs(dueMs - atMs - expected) <= 1) return undefined
      return {
        path,
        expected: `retry ${failures + 1} after ${expected} ms`,
        found: `${dueMs - atMs} ms`,
      }
    },
  }
}

/** @param delayMs what every child that may be tried again has for a pause; `undefined` where they differ */
export function childDelays(delayMs: number | undefined): Check {
  return {
    promise: "promise 15",
    says: "a child is tried again after its policy's delay",
    record(run, { type, path, atMs, dueMs }) {
      if (delayMs === undefined || type !== "fail" || dueMs === undefined) return undefined
      if (run.entries.get(path)?.first.kind !== "child") return undefined
      if (Math.abs(dueMs - atMs - delayMs) <= 1) return undefined
      return { path, expected: `the next child after ${delayMs} ms`, found: `${dueMs - atMs} ms` }
    },
  }
}

/** What would come too late fails at once. */
export const noVainRetries: Check = {
  promise: "promise 15",
  says: "no retry is planned beyond the step's deadline",
  record(run, { type, path, dueMs }) {
    const first = run.entries.get(path)?.first
    if (type !== "fail" || dueMs === undefined || first?.dueMs === undefined) return undefined
    // The first record of a plain function may be a failure itself, and its instant that of a retry.
    if (first.type === "fail" || dueMs < first.dueMs) return undefined
    return {
      path,
      expected: `no retry after the deadline ${first.dueMs}`,
      found: `one at ${dueMs}`,
    }
  },
}

export const keptDelays: Check = {
  promise: "promise 15",
  says: "no retry begins before it is due",
  record(run, { type, path, atMs, attempt }, { appended }) {
    if (type !== "start") return undefined
    const entry = run.entries.get(path)
    // Another one follows a lost attempt at once, and the clock may have gone back meanwhile.
    if ((entry?.lastStart?.seq ?? 0) > (entry?.lastFail?.seq ?? 0)) return undefined
    const due = entry?.lastFail?.dueMs
    if (due === undefined || atMs >= due || entry?.lastFail?.attempt === attempt) return undefined
    // A person asked for another go, which is at once.
    if (
      appended.some((record) => record.type === "operator") ||
      isPardoned(run, entry?.lastFail?.seq ?? 0)
    ) {
      return undefined
    }
    return { path, expected: `attempt ${attempt} at ${due} or later`, found: `it began at ${atMs}` }
  },
}

function isPardoned(run: Parameters<NonNullable<Check["record"]>>[0], seq: number): boolean {
  for (const record of run.records.values()) {
    if (record.type === "operator" && record.seq > seq && record.name !== "pause") return true
  }
  return false
}
