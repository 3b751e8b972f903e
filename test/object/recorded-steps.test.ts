// Promises 1 and 2 at the object: what is recorded stays, and attempts are told truly, over every way in which an
// object can go.

import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test"
import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { arrivalsOf, effectsOf, type Effects } from "./support/effects.ts"
import {
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  journalOf,
  recordOf,
  recordsOf,
  resultOf,
  runs,
  stubOf,
  suspended,
  until,
  type Begun,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

/** Two steps, a wait, two steps; `called` has a line for every call of a function. */
function twoAndTwo() {
  const called: string[] = []
  const plain = (_: StepContext, name: string) => {
    called.push(name)
    return name
  }
  const slow = async (_: StepContext, name: string) => {
    called.push(name)
    return name
  }
  function* workflow(ctx: Context) {
    const before = [yield* ctx.run(plain, "a"), yield* ctx.run(slow, "b")]
    yield* ctx.signal("go")
    return [...before, yield* ctx.run(plain, "c"), yield* ctx.run(slow, "d")]
  }
  return { called, workflow }
}

describe("promise 1: a recorded step never runs again", () => {
  const ways: Readonly<Record<string, (run: Begun) => Promise<unknown>>> = {
    "an eviction": ({ id }) => evict(id),
    "a crash": ({ id }) => crash(id),
    "a crash of every object": () => abortAllDurableObjects(),
    "alarms that nobody has set, two at once": ({ id }) =>
      runInDurableObject(stubOf(id), (object) => Promise.all([object.alarm(), object.alarm()])),
    "an alarm in a fresh object": async ({ id }) => {
      await evict(id)
      await runInDurableObject(stubOf(id), (object) => object.alarm())
    },
    "repeated starts": ({ id, workflow }) =>
      Promise.all([
        runs.start(id, { workflow, input: [] }),
        runs.start(id, { workflow, input: [] }),
      ]),
    "a repeated start of a fresh object": async ({ id, workflow }) => {
      await crash(id)
      await runs.start(id, { workflow, input: [] })
    },
  }

  it.each(Object.keys(ways))("not after %s", async (way) => {
    const { called, workflow } = twoAndTwo()
    const run = await begin(workflow)
    await suspended(run.id)
    await ways[way]?.(run)
    expect(called).toEqual(["a", "b"])
    await runs.signal(run.id, "go", null)
    expect(await resultOf(run.id)).toEqual(["a", "b", "c", "d"])
    await ways[way]?.(run)
    expect(await resultOf(run.id)).toEqual(["a", "b", "c", "d"])
    expect(called).toEqual(["a", "b", "c", "d"])
  })

  it("nor does a sub-workflow's step, nor one that failed for good", async () => {
    const called: string[] = []
    const fail = () => {
      called.push("fail")
      throw new Error("for good")
    }
    const plain = () => {
      called.push("plain")
    }
    function* inner(ctx: Context) {
      yield* ctx.run(plain)
      yield* ctx.signal("go")
      return "inner"
    }
    const { id } = await begin(function* (ctx) {
      try {
        yield* ctx.run(fail, ctx.options({ retryPolicy: Constant({ maxRetries: 0 }) }))
      } catch (error) {
        return [(error as Error).message, yield* ctx.run(inner)]
      }
      return "not reached"
    })
    await crash(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toEqual(["for good", "inner"])
    expect(called).toEqual(["fail", "plain"])
  })
})

describe("promise 2: attempts are numbered truly and share one idempotency key", () => {
  it("a crash after the call and before the checkpoint makes attempt 2 with the same key", async () => {
    const contexts: { attempt: number; idempotencyKey: string }[] = []
    const step = async (ctx: StepContext) => {
      contexts.push({ attempt: ctx.attempt, idempotencyKey: ctx.idempotencyKey })
      return ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
    }
    const id = "order/🎁 1"
    watchOf(id).planCrash({ at: "call", number: 1, moment: "after" })
    await begin(
      function* (ctx) {
        return yield* ctx.run(step)
      },
      [],
      { id },
    )
    expect(await resultOf(id)).toBe(1)
    const [first, second] = contexts
    expect(contexts).toHaveLength(2)
    expect(first?.attempt).toBe(1)
    expect(second?.attempt).toBe(2)
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey)
    expect(first?.idempotencyKey).toMatch(/^[\x21-\x7e]{1,255}$/)
    expect(await effectsOf(id)).toEqual([first?.idempotencyKey])
    expect((await journalOf(id)).map(({ attempts }) => attempts)).toEqual([2])
  })

  it("the start of an attempt is on disk when the outside hears of it", async () => {
    const { id, started } = await crashedInCall(async (ctx) => {
      await ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt)
    })
    expect(started).toEqual([{ type: "start", attempt: 1 }])
    await endOf(id)
    expect((await arrivalsOf(id)).map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it("also of a plain function that returns a promise for the first time", async () => {
    const { id, started } = await crashedInCall((ctx) =>
      ctx.getDependency<Effects>("effects").apply(ctx.idempotencyKey, ctx.attempt),
    )
    expect(started).toEqual([{ type: "start", attempt: 1 }])
    await endOf(id)
    expect((await arrivalsOf(id)).map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  /** Crashes after the step's call has reached the outside; gives what is on disk then. */
  async function crashedInCall(step: (ctx: StepContext) => unknown) {
    const id = `crashed-in-call-${crashedCount++}`
    const watch = watchOf(id)
    watch.planCrash({ at: "call", number: 1, moment: "after" })
    await begin(
      function* (ctx) {
        yield* ctx.run(plainStep)
        yield* ctx.run(step)
      },
      [],
      { id },
    )
    await until(
      () => watch.hasCrashed,
      (hasCrashed) => hasCrashed,
    )
    const started = (await recordsOf(id))
      .filter(({ path }) => path === "1")
      .slice(0, 1)
      .map(({ type, attempt }) => ({ type, attempt }))
    return { id, started }
  }
  let crashedCount = 0
  const plainStep = () => undefined

  it("what a plain function sends without waiting is held back until its stretch is committed", async () => {
    const id = "fire-and-forget"
    const watch = watchOf(id)
    // Behind the function that sends, the records are written: after the table and the run. All is lost with them.
    watch.planCrash({ at: "write", number: 3, moment: "before" })
    const send = (ctx: StepContext) => {
      void ctx
        .getDependency<Effects>("effects")
        .apply(ctx.idempotencyKey, ctx.attempt)
        .catch(() => undefined)
    }
    await begin(
      function* (ctx) {
        yield* ctx.run(plainStep)
        yield* ctx.run(send)
        yield* ctx.run(plainStep)
      },
      [],
      { id },
    )
    await endOf(id)
    expect(watch.hasCrashed).toBe(true)
    await until(
      () => arrivalsOf(id),
      (arrivals) => arrivals.length > 0,
    )
    expect((await arrivalsOf(id)).map(({ attempt }) => attempt)).toEqual([1])
  })

  it("three crashes in a row are three attempts, retries or not", async () => {
    const attempts: number[] = []
    const gate = Promise.withResolvers<string>()
    const { id } = await begin(function* (ctx) {
      const step = async ({ attempt }: StepContext) => {
        attempts.push(attempt)
        return attempt < 3 ? gate.promise : "done"
      }
      return yield* ctx.run(step, ctx.options({ retryPolicy: Constant({ maxRetries: 0 }) }))
    })
    await crash(id)
    await fireAlarm(id)
    await until(
      () => attempts.length,
      (count) => count === 2,
    )
    await crash(id)
    await fireAlarm(id)
    // The second loss in a row is answered with a delay.
    const { waitingFor, status } = await recordOf(id)
    expect(status).toBe("suspended")
    expect(waitingFor).toMatchObject([{ kind: "retry", path: "0" }])
    expect(await resultOf(id)).toBe("done")
    expect(attempts).toEqual([1, 2, 3])
    expect(await journalOf(id)).toMatchObject([{ attempts: 3, state: "completed" }])
  })
})
