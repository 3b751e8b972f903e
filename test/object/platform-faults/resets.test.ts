// Objects that the platform resets in the middle of a step: by a deploy, by a storage write that fails, their own or one
// that the step calls. The attempt is lost and the next one follows: no failure, no retry used up, no compensation.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../../src/engine/workflow/context.ts"
import { Never } from "../../../src/engine/steps/retry.ts"
import type { Effects } from "../support/effects.ts"
import { registry } from "../support/registry.ts"
import { begin, crash, errorOf, journalOf, resultOf, rowsOf, until } from "../support/runs.ts"
import { watchOf } from "../support/watch.ts"

/** As the platform puts them, in its documentation and in its runtime. */
const RESETS = [
  "Durable Object reset because its code was updated.",
  "Durable Object exceeded its memory limit and was reset.",
  "Durable Object exceeded its CPU time limit and was reset.",
  "Durable Object storage operation exceeded timeout which caused object to be reset.",
  "Internal error in Durable Object storage caused object to be reset.",
]

/** A run of one step that may fail once, and undoes it if it fails. */
async function paying(step: (ctx: StepContext) => Promise<unknown>) {
  const attempts: number[] = []
  const compensated: string[] = []
  const pay = async (ctx: StepContext) => {
    attempts.push(ctx.attempt)
    return step(ctx)
  }
  const refund = async () => {
    compensated.push("refund")
  }
  const { id, workflow } = await begin(function* (ctx: Context) {
    yield* ctx.compensate(refund)
    return yield* ctx.run(pay, ctx.options({ retryPolicy: Never() }))
  })
  return { id, workflow, attempts, compensated }
}

const effectsOf = (ctx: StepContext) => ctx.getDependency<Effects>("effects")

describe("promise 11: a step whose own object is reset in its middle", () => {
  it.each(RESETS)("%s", async (reason) => {
    const gate = Promise.withResolvers<string>()
    const run = await paying(async ({ attempt }) => (attempt === 1 ? gate.promise : "paid"))
    await crash(run.id, reason)
    gate.resolve("of a former life")
    expect(await resultOf(run.id)).toBe("paid")
    expect(run.attempts).toEqual([1, 2])
    expect(run.compensated).toEqual([])
    const types = await rowsOf(run.id, "SELECT type FROM journal WHERE type IN ('fail', 'failed')")
    expect(types).toEqual([])
  })

  it("a deploy: the attempt that follows is of the new code, and the journal still fits", async () => {
    const gate = Promise.withResolvers<string>()
    const run = await paying(() => gate.promise)
    registry.deploy(run.workflow, function* (ctx: Context) {
      const refund = async () => undefined
      const pay = async ({ attempt }: StepContext) => `attempt ${attempt} by the new code`
      yield* ctx.compensate(refund)
      return yield* ctx.run(pay, ctx.options({ retryPolicy: Never() }))
    })
    await crash(run.id, RESETS[0])
    expect(await resultOf(run.id)).toBe("attempt 2 by the new code")
    expect(run.attempts).toEqual([1])
    expect(run.compensated).toEqual([])
  })

  it("a write that fails: that of the outcome, of the start, of the run's end", async () => {
    const writes = [/^INSERT INTO journal/, /^UPDATE run SET status = \?, ended_at/]
    for (const write of writes) {
      const gate = Promise.withResolvers<void>()
      const run = await paying(async () => {
        await gate.promise
        return "paid"
      })
      const watch = watchOf(run.id)
      watch.isFullFor = (statement) => write.test(statement)
      gate.resolve()
      await until(
        () => watch.refusals,
        (refusals) => refusals > 0,
      )
      watch.isFullFor = undefined
      expect(await resultOf(run.id)).toBe("paid")
      expect(run.attempts).toEqual([1, 2])
      expect(run.compensated).toEqual([])
      const paid = (await journalOf(run.id)).find(({ name }) => name === "pay")
      expect(paid).toMatchObject({ state: "completed", attempts: 2 })
    }
  })
})

describe("promise 11: a step that calls an object which is reset", () => {
  const calls: Readonly<Record<string, (ctx: StepContext, reason: string) => Promise<unknown>>> = {
    "the object it calls": (ctx, reason) => effectsOf(ctx).die(ctx.idempotencyKey, reason),
    "an object behind that one": (ctx, reason) =>
      effectsOf(ctx).dieBehind(ctx.idempotencyKey, reason),
    // Some marks are lost on the way through several calls, and old runtimes set none.
    "an object, told by its text alone": (ctx, reason) =>
      effectsOf(ctx).fail(ctx.idempotencyKey, reason, {}),
  }

  describe.each(Object.keys(calls))("%s", (whose) => {
    it.each(RESETS)("%s", async (reason) => {
      const run = await paying(async (ctx) =>
        ctx.attempt === 1 ? calls[whose]?.(ctx, reason) : "paid",
      )
      expect(await resultOf(run.id)).toBe("paid")
      expect(run.attempts).toEqual([1, 2])
      expect(run.compensated).toEqual([])
    })
  })
})

describe("what is no reset is the step's failure, and is undone", () => {
  const failures: Readonly<Record<string, (ctx: StepContext) => Promise<unknown>>> = {
    "an error of the callee's own": (ctx) =>
      effectsOf(ctx).fail(ctx.idempotencyKey, "The card was refused.", {}),
    "one that the callee marks as retryable": (ctx) =>
      effectsOf(ctx).fail(ctx.idempotencyKey, "The card was refused.", { retryable: true }),
    "one that speaks of Durable Objects": (ctx) =>
      effectsOf(ctx).fail(ctx.idempotencyKey, "The durable object was sold out and reset.", {}),
    "an overloaded object: to try again at once would make it worse": (ctx) =>
      effectsOf(ctx).fail(
        ctx.idempotencyKey,
        "Durable Object is overloaded. Too many requests queued.",
        { overloaded: true, retryable: true },
      ),
  }

  it.each(Object.keys(failures))("%s", async (failure) => {
    const run = await paying(async (ctx) => failures[failure]?.(ctx))
    expect((await errorOf(run.id)).message).toMatch(/refused|sold out|overloaded/)
    expect(run.attempts).toEqual([1])
    expect(run.compensated).toEqual(["refund"])
  })
})
