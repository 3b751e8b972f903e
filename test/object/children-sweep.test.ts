// The crash sweep over parents and children: each is killed before and after every record and every call, messages of
// its outbox included. The end is the same, each effect is there once, nothing is started twice.

import { expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { isFinal } from "../../src/engine/ports/runs.ts"
import { arrivalsOf, type Effects } from "./support/effects.ts"
import { registry } from "./support/registry.ts"
import { recordOf, runs, stubOf, until } from "./support/runs.ts"
import { sweep } from "./support/sweep.ts"

const SWEEP_TIMEOUT_MS = 120_000

const effect = async (ctx: StepContext, value?: unknown) => {
  await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
  return value
}

const works = registry.define(function* works(ctx: Context, value: string) {
  yield* ctx.run(effect, value)
  return `${value} done`
})

const fails = registry.define(function* fails(ctx: Context) {
  yield* ctx.run(effect)
  throw new NonRetryableError("refused")
})

const waits = registry.define(function* waits(ctx: Context) {
  try {
    yield* ctx.signal("never")
  } finally {
    yield* ctx.run(effect, "cleaned")
  }
})

/** Ids of its own making, so that the test finds the children of every pass. */
const parent = registry.define(function* parent(ctx: Context) {
  const named = (name: string) => ctx.options({ id: `${ctx.id}-${name}` })
  const begun = yield* ctx.beginRpc<string>(works, "begun", named("begun"))
  const ran = yield* ctx.rpc<string>(works, "ran", named("ran"))
  yield* ctx.detached(works, "alone", named("alone"))
  let failure = "none"
  try {
    yield* ctx.rpc(fails, named("fails"))
  } catch (error) {
    failure = (error as Error).message
  }
  const race = yield* ctx.race({ lost: ctx.rpc(waits, named("waits")), nap: ctx.sleep(1) })
  return [ran, yield* begun, failure, race.key]
})

const CHILDREN = ["begun", "ran", "alone", "fails", "waits"]

/** The whole family at its end. */
async function family(id: string): Promise<unknown> {
  const end = await ended(id)
  const children = await Promise.all(
    CHILDREN.map(async (name) => {
      const { status, resultText } = await ended(`${id}-${name}`)
      const arrivals = await arrivalsOf(`${id}-${name}`)
      const effects = new Set(arrivals.map(({ key }) => key)).size
      const repeated = arrivals.length - new Set(arrivals.map((each) => JSON.stringify(each))).size
      return { name, status, resultText, effects, repeated }
    }),
  )
  return { status: end.status, result: decode(end.resultText ?? "null"), children }
}

async function ended(id: string) {
  await until(
    () => runs.get(id),
    (run) => run !== undefined && isFinal(run.status),
  )
  return recordOf(id)
}

const starts = async (id: string) => {
  await runs.start(id, { workflow: parent, input: [] })
  return true
}

it.each([
  { who: "the parent", runIdOf: (pass: string) => pass },
  { who: "a child that works", runIdOf: (pass: string) => `${pass}-begun` },
  { who: "a child that fails", runIdOf: (pass: string) => `${pass}-fails` },
  { who: "a child that loses", runIdOf: (pass: string) => `${pass}-waits` },
])(
  "check 1, check 7: killed at any place, $who and its family end the same",
  { timeout: SWEEP_TIMEOUT_MS },
  async ({ who, runIdOf }) => {
    const report = await sweep({
      name: `family-${who.replaceAll(" ", "-")}`,
      runIdOf,
      stubOf,
      // The end of the detached run may come before the parent's or after it, so the last records are not always there.
      recordsOf: (count) => Array.from({ length: Math.max(0, count - 2) }, (_, index) => index + 1),
      acts: [starts],
      shows: family,
    })
    expect(report.different).toEqual({})
    expect(report.missed).toEqual([])
    expect(report.crashes).toBeGreaterThan(1)
    expect(report.undisturbed).toMatchObject({
      status: "completed",
      result: ["ran done", "begun done", "refused", "nap"],
    })
  },
)

it(
  "promise 14: a cancellation unwinds the tree, whoever is killed meanwhile",
  { timeout: SWEEP_TIMEOUT_MS },
  async () => {
    const tree = registry.define(function* tree(ctx: Context) {
      try {
        yield* ctx.rpc(waits, ctx.options({ id: `${ctx.id}-child` }))
      } finally {
        yield* ctx.run(effect, "parent cleaned")
      }
    })
    for (const runIdOf of [(pass: string) => pass, (pass: string) => `${pass}-child`]) {
      const report = await sweep({
        name: `cancel-${runIdOf("x")}`,
        runIdOf,
        stubOf,
        acts: [
          async (id) => {
            await runs.start(id, { workflow: tree, input: [] })
            return true
          },
          async (id) => {
            if ((await runs.get(`${id}-child`))?.status !== "suspended") return false
            await runs.cancel(id, {})
            return true
          },
        ],
        shows: async (id) => {
          const statuses = [(await ended(`${id}-child`)).status, (await ended(id)).status]
          const effects = await Promise.all(
            [id, `${id}-child`].map(
              async (each) => new Set((await arrivalsOf(each)).map(({ key }) => key)).size,
            ),
          )
          return { statuses, effects }
        },
      })
      expect(report.different).toEqual({})
      expect(report.missed).toEqual([])
      expect(report.undisturbed).toEqual({ statuses: ["cancelled", "cancelled"], effects: [1, 1] })
    }
  },
)
