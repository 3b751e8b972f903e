// Compensations (promise 14): what was registered is undone in the reverse order, one after the other.
// They stand at paths `undo.<n>` under their workflow's, n by the order of registering.

import type { Check } from "./check.ts"

const UNDO = /^(.*?)undo\.(\d+)$/

export const reverseOrder: Check = {
  promise: "promise 14",
  says: "compensations run in reverse order, one after the other",
  record(run, { type, path, kind }) {
    if (type === "operator") return undefined
    const [, prefix, text] = (kind === undefined ? null : UNDO.exec(path)) ?? []
    if (text === undefined) return undefined
    const number = Number(text)
    for (const [at, { outcome }] of run.entries) {
      const [, otherPrefix, other] = UNDO.exec(at) ?? []
      if (other === undefined || otherPrefix !== prefix) continue
      if (Number(other) <= number) {
        return {
          path,
          expected: `compensation ${number} before ${other}`,
          found: `${other} has begun`,
        }
      }
      if (outcome === undefined) {
        return { path, expected: `compensation ${other} to have ended first`, found: "it has not" }
      }
    }
    return undefined
  },
}
