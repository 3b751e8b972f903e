// Promise 13: a late result of an attempt that timed out or was superseded is refused.

import type { Check } from "./check.ts"
import { isEnd } from "./rows.ts"

export const lateResults: Check = {
  promise: "promise 13",
  says: "only the current attempt's result is taken",
  record(run, record, { appended }) {
    const { path, type, attempt } = record
    if (attempt === undefined || (type !== "fail" && type !== "completed" && type !== "failed")) {
      return undefined
    }
    const entry = run.entries.get(path)
    if (entry === undefined || entry.first.kind === "child") return undefined
    const { lastStart, lastFail } = entry
    const current = Math.max(lastStart?.attempt ?? 0, lastFail?.attempt ?? 0)
    if (attempt < current) {
      return {
        path,
        expected: `a result of attempt ${current}`,
        found: `${type} of attempt ${attempt}`,
      }
    }
    // What a person gives in the place of a failed attempt bears that attempt's number.
    const isGiven = appended.some((other) => other.name === "skip" && other.path === path)
    if (isGiven) return undefined
    if (lastFail?.attempt === attempt && isEnd(record) && lastFail.dueMs !== undefined) {
      return {
        path,
        expected: `attempt ${attempt} to have failed for good`,
        found: `${type} after that`,
      }
    }
    return undefined
  },
}
