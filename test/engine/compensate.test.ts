// Compensate: what a fiber has registered is undone once, the latest first, when the fiber does not end well.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { CancelledError, CompensationError, NonRetryableError } from "../../src/engine/errors.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import type { StepHands } from "../support/step-hands.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

/** Three things done and registered, then whatever comes. */
function* threeDone(ctx: Context, steps: StepHands) {
  const undo = steps.sync("undo", (_, what: unknown) => what)
  const values = { list: ["a"] }
  yield* ctx.compensate(undo, values)
  values.list.push("changed since")
  yield* ctx.compensate(undo, "b")
  const undoTask = steps.task("undoTask")
  yield* ctx.compensate(undoTask, "c")
}

/** What a workflow of a user's may do. */
function toss(value: unknown): never {
  throw value
}

const undone = (world: World) => world.steps.callsOf("undo").map(({ input }) => input[0])

describe("check 46: compensations run once, in reverse order, with the original values", () => {
  const sagas: readonly (readonly [string, string, (world: World) => Promise<void>])[] = [
    ["an error", "failed", (world) => world.fail("last", new TypeError("no seat"))],
    ["a cancel", "cancelled", (world) => world.cancel()],
    ["the run's deadline", "timed_out", (world) => world.advance(1_000)],
  ]
  const saga = () =>
    World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* threeDone(ctx, steps)
          yield* ctx.run(steps.task("last"), ctx.options({ retryPolicy: Never() }))
        },
      { timeoutMs: 1_000 },
    )

  test.each(sagas)("after %s", async (_, state, end) => {
    const world = await saga()
    await end(world)
    expect(undone(world)).toEqual([])
    await world.finish("undoTask")
    expect(undone(world)).toEqual(["b", { list: ["a"] }])
    expect(world.outcome.state).toBe(state)
    expect(world.error.cause).toBeUndefined()
    await expectSameReplay(world)
  })

  test.each(sagas)(
    "after %s, crashed between two, and nothing reaches them",
    async (_, state, end) => {
      const world = await saga()
      await end(world)
      await world.crash()
      await world.cancel("too late")
      await world.advance(5_000)
      await world.finish("undoTask")
      expect(undone(world)).toEqual(["b", { list: ["a"] }])
      expect(world.outcome.state).toBe(state)
      expect(world.error.message).not.toBe("too late")
      await expectSameReplay(world)
    },
  )

  test("asked to cancel while it undoes, over lives and past its deadline: not noted again and again", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* ctx.compensate(steps.task("undo"))
          throw new Error("no seat")
        },
      { timeoutMs: 10 },
    )
    await world.cancel()
    await world.advance(10)
    await world.crash()
    await world.finish("undo")
    expect(world.lines).toEqual(["start undo.0 undo", "start undo.0", "completed undo.0"])
    expect(world.error.message).toBe("no seat")
    await expectSameReplay(world)
  })

  test("after success nothing is undone", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* threeDone(ctx, steps)
          return "done"
        },
    )
    expect(world.value).toBe("done")
    expect(world.journal).toEqual([])
  })

  test("after a panic nothing is undone", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* threeDone(ctx, steps)
          yield* ctx.panic(true, "look")
        },
    )
    expect(world.halt.message).toBe("look")
    expect(world.steps.calls).toEqual([])
  })

  test("a sub-workflow undoes its own, once what it began has ended", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* ctx.compensate(steps.sync("undo", () => "never"))
          const error = yield* caught(
            ctx.run(function* inner(innerCtx: Context) {
              yield* threeDone(innerCtx, steps)
              yield* innerCtx.beginRun(steps.task("charge"))
              throw new Error("inner")
            }),
          )
          return String(error)
        },
    )
    expect(world.steps.pending.map(({ name }) => name)).toEqual(["charge"])
    await world.finish("charge")
    await world.finish("undoTask")
    expect(undone(world)).toEqual(["b", { list: ["a"] }])
    expect(world.value).toBe("Error: inner")
    await expectSameReplay(world)
  })

  test("a failure that nobody awaited counts as an error", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* ctx.compensate(steps.sync("undo", () => "undone"))
          yield* ctx.beginRun(steps.task("task"), ctx.options({ retryPolicy: Never() }))
          return "fine?"
        },
    )
    await world.fail("task", new Error("unseen"))
    expect(world.error.message).toBe("unseen")
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("what a shielded section did belongs to the workflow around it", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* ctx.shield(function* pay(payCtx: Context) {
            const id = yield* payCtx.run(steps.task<string>("debit"))
            yield* payCtx.compensate(
              steps.sync("undo", (_, debit: string) => debit),
              id,
            )
          })
          return "not reached"
        },
    )
    await world.cancel()
    await world.finish("debit", "debit-1")
    expect(undone(world)).toEqual(["debit-1"])
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("one registered while a cancellation is on its way counts", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const undo = steps.sync("undo", (_, what: string) => what)
          yield* ctx.race([
            ctx.run(function* loser(loserCtx: Context) {
              yield* loserCtx.beginRun(steps.sync("done", () => 1))
              yield* loserCtx.compensate(undo, "late")
              yield* loserCtx.signal("never")
            }),
            ctx.run(steps.sync("winner", () => "won")),
          ])
        },
    )
    expect(world.outcome.state).toBe("completed")
    await expectSameReplay(world)
  })
})

describe("a compensation", () => {
  test("has its own retry policy, which no deadline cuts short", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = Constant({ delayMs: 10_000, maxRetries: 2 })
          yield* ctx.compensate(steps.task("undo"), ctx.options({ retryPolicy }))
          throw new Error("no")
        },
      { timeoutMs: 1_000 },
    )
    await world.fail("undo", new Error("busy"))
    await world.advance(10_000)
    await world.crash()
    await world.finish("undo")
    expect(world.steps.callsOf("undo").map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(world.error.message).toBe("no")
    await expectSameReplay(world)
  })

  test("that fails for good keeps none of the others from running, and is told of", async () => {
    const cause = new RangeError("the first cause")
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const refuse = steps.sync("refuse", () => {
            throw new TypeError("gone")
          })
          yield* ctx.compensate(steps.sync("undo", () => "undone"))
          yield* ctx.compensate(refuse, ctx.options({ retryPolicy: Never(), name: "refund" }))
          throw Object.assign(new Error("sold out", { cause }), { code: "sold_out" })
        },
    )
    const { error } = world
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    expect(error).toMatchObject({ message: "sold out", code: "sold_out" })
    expect(error.cause).toBeInstanceOf(CompensationError)
    expect(error.cause).toMatchObject({
      message: "1 of 2 compensations failed: refund (TypeError: gone).",
      errors: [{ name: "TypeError", message: "gone" }],
      cause: { name: "RangeError", message: "the first cause" },
    })
    await expectSameReplay(world)
  })

  test("that fails is told of also when what was thrown is no error", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const refuse = steps.sync("refuse", () => {
            throw new TypeError("gone")
          })
          yield* ctx.compensate(refuse, ctx.options({ retryPolicy: Never() }))
          toss("just text")
        },
    )
    expect(world.error).toBeInstanceOf(CompensationError)
    expect(world.error.cause).toBe("just text")
  })

  test("may be a sub-workflow of several steps, which a lost race does not reach", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.race({
            quick: ctx.sleep(10),
            saga: ctx.run(function* saga(sagaCtx: Context) {
              yield* sagaCtx.compensate(function* undo(undoCtx: Context) {
                yield* undoCtx.run(steps.task("first"))
                yield* undoCtx.run(steps.task("second"))
              })
              throw new Error("no")
            }),
          })
        },
    )
    await world.advance(10)
    await world.finish("first")
    await world.crash()
    await world.finish("second")
    expect(world.value).toEqual({ key: "quick", value: undefined })
    await expectSameReplay(world)
  })

  test("of a sub-workflow does not hide a cancel of the run that comes meanwhile", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const error = yield* caught(
            ctx.run(function* saga(sagaCtx: Context) {
              yield* sagaCtx.compensate(steps.task("undo"))
              throw new Error("no")
            }),
          )
          yield* ctx.publish("seen", error instanceof CancelledError)
        },
    )
    await world.cancel()
    await world.finish("undo")
    expect(world.published("seen")).toBe(true)
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("promise 13: a program that registers without end fails, and is undone", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const undo = steps.sync("undo", () => "undone")
          for (;;) yield* ctx.compensate(undo)
        },
      { limits: { openEntriesMax: 5 } },
    )
    expect(world.error).toMatchObject({ code: "limit_reached" })
    expect(world.steps.callsOf("undo")).toHaveLength(5)
  })
})

test("promise 2: taken back and gone another way, no other step gets the key of a compensation that ran", async () => {
  let isMended = false
  const world = await World.of((steps) => {
    const undo = steps.sync("undo", (_, what: string) => what)
    return function* (ctx: Context) {
      yield* ctx.run(steps.sync("debit", () => "debited"))
      yield* ctx.compensate(undo, "debit")
      yield* ctx.run(
        steps.sync("credit", () => {
          if (!isMended) throw new NonRetryableError("refused")
          return "credited"
        }),
      )
      yield* ctx.compensate(undo, "credit")
      yield* ctx.run(steps.sync("notify", () => "notified"))
      throw new NonRetryableError("too late")
    }
  })
  const keys = () =>
    Object.fromEntries(
      world.steps.calls.map(({ name, input, idempotencyKey }) => [
        [name, ...input].join(" "),
        idempotencyKey,
      ]),
    )
  expect(world.error.message).toBe("refused")
  const before = keys()
  isMended = true
  await world.operate({ name: "retry", path: "1", attempt: 1, keep: 1 })
  expect(world.error.message).toBe("too late")
  const after = keys()
  expect(after["undo debit"]).toBe(before["undo debit"])
  expect(new Set(Object.values(after)).size).toBe(Object.keys(after).length)
  expect(world.lines.slice(-2)).toEqual(["completed undo.1 undo", "completed undo.0 undo"])
})
