// When retries end, who decides whether there is another, and after how long: policies, predicates, hints, pauses.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { InvalidOperationError, NonRetryableError } from "../../src/engine/errors.ts"
import type { StepOptions } from "../../src/engine/workflow/operation.ts"
import { Constant, Custom, Exponential, Never } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { ProcessOptions } from "../support/run-process.ts"
import { World } from "../support/world.ts"

/** One step, whose attempts the test ends. */
const withOptions = (options: StepOptions, process: ProcessOptions = {}) =>
  World.of(
    (steps) =>
      function* (ctx: Context) {
        return yield* ctx.run(steps.task("task"), ctx.options(options))
      },
    process,
  )

const dueInMs = (world: World) => (world.waits[0]?.dueMs ?? NaN) - world.clock.nowMs()

describe("check 11: retries that are used up", () => {
  test("fail the step with its last error, which the workflow can catch", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = Constant({ delayMs: 1, maxRetries: 1 })
          try {
            return yield* ctx.run(steps.task("task"), ctx.options({ retryPolicy }))
          } catch (error) {
            return `caught ${String(error)}`
          }
        },
    )
    await world.fail("task", new Error("first"))
    await world.advance(1)
    await world.fail("task", new Error("second"))
    expect(world.value).toBe("caught Error: second")
    await expectSameReplay(world)
  })

  test("promise 9: a life that finds the run halted begins nothing, not even what was in flight", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = Never({ onExhausted: "pause" })
          const task = ctx.run(steps.task("task"), ctx.options({ retryPolicy }))
          return yield* ctx.all([ctx.run(steps.task("beside")), task])
        },
    )
    await world.fail("task", new Error("no"))
    expect(world.halt.code).toBe("retries_exhausted")
    await expectSameReplay(world)
  })

  test("promise 9: halt the run when the policy says pause; nothing is caught, nothing undone", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = Constant({ delayMs: 1, maxRetries: 1, onExhausted: "pause" })
          yield* ctx.compensate(steps.sync("undo", () => "undone"))
          try {
            return yield* ctx.run(steps.task("task"), ctx.options({ retryPolicy }))
          } catch {
            return "caught"
          }
        },
    )
    await world.fail("task", new Error("first"))
    await world.advance(1)
    await world.fail("task", new Error("second"))
    expect(world.halt).toMatchObject({
      code: "retries_exhausted",
      details: { path: "0", name: "task", attempts: 2, error: "Error: second" },
    })
    expect(world.steps.callsOf("undo")).toEqual([])
    await expectSameReplay(world)

    // Another go: fresh retries, and the numbers go on.
    await world.operate({ name: "retry", path: "0", attempt: 2 })
    await world.fail("task", new Error("third"))
    await world.advance(1)
    await world.finish("task", "done")
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  test("and paused, can be skipped with a value", async () => {
    const world = await withOptions({ retryPolicy: Never({ onExhausted: "pause" }) })
    await world.fail("task", new Error("no"))
    expect(world.halt.code).toBe("retries_exhausted")
    const outcome = { path: "0", inline: false } as const
    await world.operate({ name: "skip", value: "skipped", outcome })
    expect(world.value).toBe("skipped")
    await expectSameReplay(world)
  })

  test("pause a plain step and an item of a fold just so", async () => {
    const retryPolicy = Never({ onExhausted: "pause" })
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const step = steps.sync("step", (_, sum: number, item: number) => {
            if (item === 2) throw new Error("two")
            return sum + item
          })
          return yield* ctx.reduce([1, 2, 3], step, 0, { retryPolicy })
        },
    )
    expect(world.halt).toMatchObject({ code: "retries_exhausted", details: { path: "0.1" } })
    await expectSameReplay(world)
    await world.operate({ name: "retry", path: "0.1", attempt: 1 })
    expect(world.halt).toMatchObject({ details: { path: "0.1", attempts: 2 } })
    await expectSameReplay(world)
  })

  test("do not keep an error from failing that is not tried again in any case", async () => {
    const world = await withOptions({ retryPolicy: Constant({ onExhausted: "pause" }) })
    await world.fail("task", new NonRetryableError("never"))
    expect(world.error.message).toBe("never")
  })

  test("another go elsewhere does not help: the step halts the run again", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = Never({ onExhausted: "pause" })
          yield* ctx.all([
            ctx.run(steps.task("one"), ctx.options({ retryPolicy })),
            ctx.run(steps.task("two"), ctx.options({ retryPolicy })),
          ])
        },
    )
    await world.fail("one", new Error("one"))
    await world.operate({ name: "retry", path: "0.1", attempt: 1 })
    expect(world.halt).toMatchObject({ code: "retries_exhausted", details: { path: "0.0" } })
  })
})

describe("check 12: whether there is another attempt", () => {
  test("stops at once for an error without a message", async () => {
    const world = await withOptions({})
    await world.fail("task", new NonRetryableError(""))
    expect(world.error).toMatchObject({ name: "NonRetryableError", message: "" })
  })

  test("is said by a predicate", async () => {
    const world = await withOptions({
      retryIf: (error) => (error as Error).message !== "final",
      retryPolicy: Constant({ delayMs: 1, onExhausted: "pause" }),
    })
    await world.fail("task", new Error("again"))
    await world.advance(1)
    await world.fail("task", new Error("final"))
    expect(world.error.message).toBe("final")
    await expectSameReplay(world)
  })

  const broken: readonly (readonly [string, StepOptions, string])[] = [
    [
      "a predicate that throws",
      {
        retryIf: () => {
          throw new RangeError("broken")
        },
      },
      "RangeError: broken",
    ],
    [
      "a predicate that gives no answer",
      { retryIf: (() => undefined) as unknown as () => boolean },
      "must give true or false",
    ],
    [
      "check 13: a delay function that throws",
      {
        retryPolicy: Custom({
          delayMs: () => {
            throw new TypeError("broken")
          },
        }),
      },
      "TypeError: broken",
    ],
    [
      "check 13: a delay function that gives no delay",
      { retryPolicy: Custom({ delayMs: () => NaN }) },
      "The delay of a retry policy must be a number of at least 0, got NaN",
    ],
  ]
  test.each(broken)("%s fails the step and says so", async (_, options, message) => {
    const world = await withOptions(options)
    await world.fail("task", new Error("the step's own"))
    expect(world.error).toBeInstanceOf(InvalidOperationError)
    expect(world.error.message).toContain(message)
    expect(world.error.message).toContain("task at 0")
    expect(world.error.cause).toMatchObject({ message: "the step's own" })
    await expectSameReplay(world)
  })

  test("a predicate or policy that is none is refused where it is written", async () => {
    expect(() => Custom()).toThrow(RangeError)
    expect(() => Constant({ onExhausted: "stop" as "fail" })).toThrow("onExhausted")
    const world = await withOptions({ retryIf: 1 as unknown as () => boolean })
    expect(world.error).toBeInstanceOf(InvalidOperationError)
  })
})

describe("check 13: after how long", () => {
  test("a function of the retry and the error says so", async () => {
    const world = await withOptions({
      retryPolicy: Custom({
        delayMs: (retry, error) => retry * Number((error as Error).message),
        maxRetries: 2,
      }),
    })
    await world.fail("task", new Error("100"))
    expect(dueInMs(world)).toBe(100)
    await world.advance(100)
    await world.fail("task", new Error("30"))
    expect(dueInMs(world)).toBe(60)
    await world.advance(60)
    await world.fail("task", new Error("1"))
    expect(world.error.message).toBe("1")
  })

  test("the error's own hint comes before the policy, and survives a crash", async () => {
    const world = await withOptions({ retryPolicy: Exponential() })
    await world.fail("task", Object.assign(new Error("429"), { retryAfterMs: 90_000 }))
    expect(dueInMs(world)).toBe(90_000)
    await world.crash()
    expect(dueInMs(world)).toBe(90_000)
    await world.advance(90_000)
    await world.fail("task", Object.assign(new Error("429"), { retryAfterMs: 0 }))
    await world.finish("task", "done")
    expect(world.value).toBe("done")
  })

  test.each([-1, NaN, "5", null])("a hint of %s is none", async (retryAfterMs) => {
    const world = await withOptions({ retryPolicy: Constant({ delayMs: 7 }) })
    await world.fail("task", Object.assign(new Error("no"), { retryAfterMs }))
    expect(dueInMs(world)).toBe(7)
  })

  test("a hint does not bring back what the policy gave up, nor pass a deadline", async () => {
    const hinted = Object.assign(new Error("no"), { retryAfterMs: 1_000 })
    const never = await withOptions({ retryPolicy: Never() })
    await never.fail("task", hinted)
    expect(never.error.message).toBe("no")
    const late = await withOptions({ timeoutMs: 500 })
    await late.fail("task", hinted)
    expect(late.error.message).toBe("no")
  })

  test("a delay of 0 works", async () => {
    const world = await withOptions({ retryPolicy: Constant({ delayMs: 0, maxRetries: 1 }) })
    await world.fail("task", new Error("no"))
    await world.wake()
    await world.finish("task", "done")
    expect(world.value).toBe("done")
  })
})
