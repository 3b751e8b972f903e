// Promise 11: a reset of the platform is never a step's failure and never triggers a compensation.
// The simulated platform marks what it throws, as the real one does; no failure may carry that mark. A compensation runs
// only in a workflow that ends otherwise than well.

import { decode } from "../../../src/engine/values/codec.ts"
import { isPlatformReset } from "../../../src/engine/steps/platform-reset.ts"
import type { Check } from "./check.ts"

export const resetsAreNoFailures: Check = {
  promise: "promise 11",
  says: "a reset is no failure",
  record(_run, { type, path, text }) {
    if ((type !== "fail" && type !== "failed") || text === undefined) return undefined
    if (!text.includes("reset") && !text.includes("connection lost")) return undefined
    if (!isPlatformReset(decode(text))) return undefined
    return {
      path,
      expected: "an attempt that is lost and made again",
      found: `${type} with ${text}`,
    }
  },
}

export const noNeedlessUndoing: Check = {
  promise: "promise 11",
  says: "what ended well is not undone",
  commit({ rows, before, entries }) {
    if (rows.run?.status !== "completed" || before.run?.status === "completed") return undefined
    for (const [path, { first }] of entries) {
      if (path.startsWith("undo.")) {
        return {
          path,
          expected: "no compensation in a run that completed",
          found: `step ${first.name}`,
        }
      }
    }
    return undefined
  },
}
