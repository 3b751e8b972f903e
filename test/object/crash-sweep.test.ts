// The crash sweep over workflows that use every operation: for every journal record and every call out, the object is
// killed before it and after it. The result is the same, each effect is there once, and nothing panics.

import { expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { arrivalsOf, effectsOf, type Effects } from "./support/effects.ts"
import { registry } from "./support/registry.ts"
import { recordOf, runs, stubOf } from "./support/runs.ts"
import { sweep } from "./support/sweep.ts"
import { cases } from "./support/sweep-cases.ts"

const SWEEP_TIMEOUT_MS = 120_000

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

/** A step with an effect, a wait, and another step. */
function* around(ctx: Context) {
  const first = yield* ctx.run(effect, 1)
  const signal = yield* ctx.signal("go")
  return [first, signal, yield* ctx.run(effect, 2)]
}

async function effect(ctx: StepContext, value: unknown) {
  await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
  return value
}

async function shown(id: string) {
  const { status, resultText } = await recordOf(id)
  return { status, result: resultText, effects: (await effectsOf(id)).map(placeOf).sort() }
}

/** True once it is done, however often it is asked. */
async function waits(id: string): Promise<boolean> {
  const run = await runs.get(id)
  return run?.waitingFor.some(({ kind }) => kind === "signal") === true
}

async function go(id: string): Promise<boolean> {
  await runs.signal(id, "go", "on", "go")
  return true
}

it.each(["source", "copy"] as const)(
  "check 51: with the %s of a fork killed at any place, both end as if it had not been",
  { timeout: SWEEP_TIMEOUT_MS },
  async (killed) => {
    const workflow = registry.define(around)
    const sourceOf = (pass: string) => (killed === "source" ? pass : `${pass}-source`)
    const copyOf = (pass: string) => (killed === "copy" ? pass : `${pass}-copy`)
    const report = await sweep({
      name: `fork-${killed}`,
      runIdOf: (pass) => pass,
      stubOf,
      acts: [
        async (pass) => {
          await runs.start(sourceOf(pass), { workflow, input: [] })
          return waits(sourceOf(pass))
        },
        async (pass) => {
          await runs.fork(sourceOf(pass), { to: copyOf(pass), from: "1" })
          return true
        },
        (pass) => waits(copyOf(pass)),
        (pass) => go(copyOf(pass)),
        (pass) => go(sourceOf(pass)),
        async (pass) =>
          (await runs.result(copyOf(pass), 300))?.status === "completed" &&
          (await runs.result(sourceOf(pass), 300))?.status === "completed",
      ],
      shows: async (pass) => [await shown(sourceOf(pass)), await shown(copyOf(pass))],
    })
    expect(report.different).toEqual({})
    expect(report.missed).toEqual([])
    expect(report.undisturbed).toMatchObject([
      { status: "completed", effects: ["0/0", "0/2"] },
      { status: "completed", effects: ["0/2"] },
    ])
  },
)

it(
  "check 52: deleted and started again, killed at any place, both lives end as they should",
  { timeout: SWEEP_TIMEOUT_MS },
  async () => {
    const workflow = registry.define(around)
    const ends = async (pass: string) => (await runs.result(pass, 300))?.status === "completed"
    const start = async (pass: string) => {
      await runs.start(pass, { workflow, input: [] })
      return true
    }
    const report = await sweep({
      name: "delete-and-start",
      runIdOf: (pass) => pass,
      stubOf,
      acts: [
        start,
        go,
        ends,
        async (pass) => {
          if ((await runs.get(pass)) !== undefined) await runs.delete(pass)
          return true
        },
        start,
        go,
        ends,
      ],
      shows: shown,
    })
    expect(report.different).toEqual({})
    expect(report.missed).toEqual([])
    expect(report.undisturbed).toMatchObject({ effects: ["0/0", "0/0", "0/2", "0/2"] })
  },
)

/** Generation and path, which the lives of an id share. */
function placeOf(idempotencyKey: string): string {
  return idempotencyKey.split("/").slice(-2).join("/")
}
