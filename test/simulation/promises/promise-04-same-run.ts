// Promise 4: same id, same workflow, same input: the same run. Same id, anything else: `run_conflict`.

import { canonicalJson, toPlainJson } from "../../../src/engine/values/plain-json.ts"
import { decode } from "../../../src/engine/values/codec.ts"
import type { Check } from "./check.ts"

export const sameRun: Check = {
  promise: "promise 4",
  says: "same id, workflow and input is the same run, anything else a conflict",
  answered({ operated }, answer) {
    if (answer.verb !== "start") return undefined
    const { workflow, input, lives, result } = answer
    const isAsked = (life: { readonly workflow: string; readonly input: string }) =>
      life.workflow === workflow && sameJson(life.input, input)
    if (result.type === "ok") {
      if (isAsked(result)) return undefined
      return {
        expected: `run_conflict, or a run of ${workflow} with input ${input}`,
        found: `a run of ${result.workflow} with input ${result.input}`,
      }
    }
    // One that somebody has deleted before its beginning was durable was there all the same.
    if (result.code !== "run_conflict" || operated) return undefined
    if (lives.some((life) => !isAsked(life))) return undefined
    return {
      expected: `the run of ${workflow} with input ${input}`,
      found: "run_conflict, though no other run of that id was there",
    }
  },
}

function sameJson(left: string, right: string): boolean {
  return left === right || plain(left) === plain(right)
}

function plain(text: string): string {
  return canonicalJson(toPlainJson(decode(text)))
}
