// The crash sweep over limits: a limiter, and a run that waits at it, are killed before and after every write and every
// call. Nobody asks anything meanwhile: alarms alone bring them back. Never more go on than may, everybody ends, once.

import { expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { isFinal, type RunStatus } from "../../src/engine/ports/runs.ts"
import { someOf } from "../setup/thorough.ts"
import { arrivalsOf, type Effects } from "./support/effects.ts"
import { mostAtOnce, settled, slotOf } from "./support/limits.ts"
import { registry } from "./support/registry.ts"
import { pause, recordOf, rowsOf, runs } from "./support/runs.ts"
import { watchOf, type CrashPlan } from "./support/watch.ts"

const SWEEP_TIMEOUT_MS = 240_000

/** Longest that the runs of one pass may take: a message that was lost is sent again after seconds. */
const PATIENCE_MS = 20_000

const LOOK_AGAIN_MS = 40

const PASSES_AT_ONCE = 12

/** Places each of them is killed at in a run of the tests that is not thorough. */
const QUICK_PLACES_MAX = 12

const CONCURRENCY = 2

const RUNS = 3

const effect = async (ctx: StepContext) =>
  ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)

const works = registry.define(
  function* works(ctx: Context) {
    yield* ctx.run(effect)
    yield* ctx.sleep(10)
    yield* ctx.run(effect)
  },
  {
    limits: {
      key: (pass: string) => pass,
      concurrency: CONCURRENCY,
      rate: { starts: RUNS, perMs: 60_000 },
    },
  },
)

function idsOf(pass: string): string[] {
  return Array.from({ length: RUNS }, (_, index) => `${pass}-${index}`)
}

/** A planned death shows as a refused call. */
async function survived(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked
    return true
  } catch (error) {
    const { durableObjectReset, code } = error as { durableObjectReset?: unknown; code?: unknown }
    if (durableObjectReset !== true && code !== "overloaded") throw error
    return false
  }
}

/** On disk; passes no door that would wake the run. */
async function hasEnded(id: string): Promise<boolean> {
  let status: string | undefined
  await survived(
    rowsOf<{ status: string }>(id, "SELECT status FROM run").then(([row]) => {
      status = row?.status
    }),
  )
  return status !== undefined && isFinal(status as RunStatus)
}

async function pass(name: string): Promise<unknown> {
  const ids = idsOf(name)
  for (const id of ids) {
    while (!(await survived(runs.start(id, { workflow: works, input: [name] })))) {
      await pause(LOOK_AGAIN_MS)
    }
  }
  const untilMs = performance.now() + PATIENCE_MS
  const open = new Set(ids)
  while (open.size > 0 && performance.now() < untilMs) {
    await pause(LOOK_AGAIN_MS)
    for (const id of open) if (await hasEnded(id)) open.delete(id)
  }
  const { limiter } = await slotOf(ids[0] ?? "")
  const { queue, holders, unsent } = await settled(
    limiter,
    (record) => record.queue.length + record.holders.length === 0,
  )
  const ends = await Promise.all(ids.map(async (id) => (await recordOf(id)).status))
  const effects = await Promise.all(
    ids.map(async (id) => new Set((await arrivalsOf(id)).map(({ key }) => key)).size),
  )
  const isTooMany = (await mostAtOnce(ids)) > CONCURRENCY
  return { ends, effects, isTooMany, queue, holders, unsent }
}

it.each([
  { who: "the limiter", targetOf: (name: string) => `limit\n${JSON.stringify([works, name])}` },
  { who: "a run that waits", targetOf: (name: string) => `${name}-${RUNS - 1}` },
  { who: "a run that goes on", targetOf: (name: string) => `${name}-0` },
])(
  "check 57: killed at any place, $who and the others end, never more at once than may",
  { timeout: SWEEP_TIMEOUT_MS },
  async ({ who, targetOf }) => {
    for (const method of ["log", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation(() => undefined)
    }
    const quiet = `${who.replaceAll(" ", "-")}-undisturbed`
    const undisturbed = await pass(quiet)
    expect(undisturbed).toEqual({
      ends: Array.from({ length: RUNS }, () => "completed"),
      effects: Array.from({ length: RUNS }, () => 2),
      isTooMany: false,
      queue: [],
      holders: [],
      unsent: 0,
    })
    const { records, writes, calls } = watchOf(targetOf(quiet))
    const counts = { record: writes > 0 ? 0 : records, write: writes, call: calls }
    const places = (Object.keys(counts) as CrashPlan["at"][]).flatMap((at) =>
      Array.from({ length: counts[at] }, (_, index) => index + 1).flatMap((number) =>
        (["before", "after"] as const).map((moment) => ({ at, number, moment })),
      ),
    )
    const plans = someOf(places, QUICK_PLACES_MAX)
    expect(places.length).toBeGreaterThan(20)
    const missed: string[] = []
    const different: Record<string, unknown> = {}
    const work = async () => {
      for (let plan = plans.shift(); plan !== undefined; plan = plans.shift()) {
        const name = `${who.replaceAll(" ", "-")}-${plan.moment}-${plan.at}-${plan.number}`
        watchOf(targetOf(name)).planCrash(plan)
        const shown = await pass(name)
        if (!watchOf(targetOf(name)).hasCrashed) missed.push(name)
        if (JSON.stringify(shown) !== JSON.stringify(undisturbed)) different[name] = shown
      }
    }
    await Promise.all(Array.from({ length: PASSES_AT_ONCE }, work))
    expect(different).toEqual({})
    expect(missed).toEqual([])
  },
)
