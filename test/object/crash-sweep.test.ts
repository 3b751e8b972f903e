// The crash sweep over workflows that use every operation: for every journal record and every call out, the object is
// killed before it and after it. The result is the same, each effect is there once, and nothing panics.

import { expect, it } from "vitest"
import { arrivalsOf, effectsOf } from "./support/effects.ts"
import { registry } from "./support/registry.ts"
import { recordOf, runs, stubOf } from "./support/runs.ts"
import { sweep } from "./support/sweep.ts"
import { cases } from "./support/sweep-cases.ts"

const SWEEP_TIMEOUT_MS = 60_000

const twiceOver = ["composites"]

it.each([
  ...Object.keys(cases).map((name) => ({ name, times: "once", againAfter: undefined })),
  ...twiceOver.map((name) => ({ name, times: "twice", againAfter: 3 })),
])(
  "promises 1–3, 6–8, 11–15: killed $times at any place, $name end the same",
  { timeout: SWEEP_TIMEOUT_MS },
  async ({ name, times, againAfter }) => {
    const each = cases[name]
    if (each === undefined) throw new Error(`There is no case ${name}.`)
    const workflow = registry.define(each.workflow)
    const report = await sweep({
      name: `${name}-${times}`,
      runIdOf: (pass) => pass,
      stubOf,
      recordsOf: each.recordsOf,
      againAfter,
      acts: [
        async (id) => {
          await runs.start(id, { workflow, input: each.input ?? [], ...each.start?.() })
          return true
        },
        ...(each.acts ?? []),
      ],
      shows: async (id) => {
        const { status, resultText, errorText, unconsumedSignals } = await recordOf(id)
        const arrivals = await arrivalsOf(id)
        return {
          status,
          result: resultText,
          hasError: errorText !== undefined,
          unconsumedSignals,
          effects: (await effectsOf(id)).map(placeOf).sort(),
          // The same attempt never reaches the outside twice.
          repeated: arrivals.length - new Set(arrivals.map((each) => JSON.stringify(each))).size,
        }
      },
    })
    expect(report.different).toEqual({})
    expect(report.missed).toEqual([])
    expect(report.crashes).toBeGreaterThan(5)
    expect(report.undisturbed).toMatchObject({ repeated: 0 })
  },
)

/** Generation and path, which the lives of an id share. */
function placeOf(idempotencyKey: string): string {
  return idempotencyKey.split("/").slice(-2).join("/")
}
