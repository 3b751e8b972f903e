// What is begun: futures, failures nobody awaited, and a workflow that ends after what it began.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { CancelledError } from "../../src/engine/errors.ts"
import type { Future } from "../../src/engine/workflow/operation.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { PendingAttempt } from "../support/step-hands.ts"
import { World } from "../support/world.ts"

describe("futures: begin returns at once, yield* waits", () => {
  test("what was begun runs side by side", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const left = yield* ctx.beginRun(task, "left")
        const right = yield* ctx.beginRun(task, "right")
        return [yield* right, yield* left]
      }
    })
    expect(world.steps.pending.map(({ input }) => input)).toEqual([["left"], ["right"]])
    await world.finish("task", 1)
    await world.crash()
    await world.finish("task", 2)
    expect(world.value).toEqual([2, 1])
    await expectSameReplay(world)
  })

  test("a future has an id and a state, the same on every replay", async () => {
    const world = await World.of(
      (steps) => {
        const task = steps.task("task")
        return function* (ctx: Context) {
          const future = yield* ctx.beginRun(task)
          const before = future.state
          yield* ctx.signal("look")
          const after = future.state
          yield* ctx.sleep(5)
          yield* future
          return [future.id, before, after]
        }
      },
      { id: "order/42" },
    )
    await world.signal("look")
    await world.finish("task")
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual(["order/42:0", "pending", "pending"])
  })

  test("a future can be waited for more than once, each time a fresh copy", async () => {
    const world = await World.of((steps) => {
      const task = steps.task<{ n: number }>("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        const first = yield* future
        first.n = 2
        const second = yield* future
        return [first.n, second.n]
      }
    })
    await world.finish("task", { n: 1 })
    expect(world.value).toEqual([2, 1])
  })

  test("a plain step and a sub-workflow can be begun as well", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        const left = yield* ctx.beginRun(plain)
        const right = yield* ctx.beginRun(function* sub(ctx: Context) {
          return yield* ctx.signal("go")
        })
        return [left.state, right.state, yield* left, yield* right]
      }
    })
    await world.crash()
    await world.signal("go", 2)
    expect(world.value).toEqual(["settled", "pending", 1, 2])
    await expectSameReplay(world)
  })

  test("several may wait for one future", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        const wait = function* () {
          return yield* future
        }
        return yield* ctx.all([ctx.run(wait), ctx.run(wait), future])
      }
    })
    await world.finish("task", 7)
    expect(world.value).toEqual([7, 7, 7])
    await expectSameReplay(world)
  })

  test("a future that is settled decides a race at once", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        yield* future
        return yield* ctx.race({ other: ctx.sleep(5), future })
      }
    })
    await world.finish("task", 7)
    expect(world.value).toEqual({ key: "future", value: 7 })
    await expectSameReplay(world)
  })

  test("a future that loses a race is cancelled", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        yield* ctx.race([future, ctx.sleep(5)])
        return yield* caught(future)
      }
    })
    await world.advance(5)
    expect(world.value).toBeInstanceOf(CancelledError)
    await expectSameReplay(world)
  })
})

describe("a future of another fiber", () => {
  test("goes on when it loses a race there: who began it decides what becomes of it", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        const first = yield* ctx.run(function* impatient(ctx: Context) {
          return (yield* ctx.race({ future, window: ctx.sleep(5) })).key
        })
        return [first, yield* future]
      }
    })
    const { signal } = world.steps.pending[0]!
    await world.advance(5)
    expect(signal.aborted).toBe(false)
    await world.crash()
    await world.finish("task", 7)
    expect(world.value).toEqual(["window", 7])
    await expectSameReplay(world)
  })
})

describe("structured join: a workflow does not end before what it began", () => {
  test("the run waits for what it never waited for itself", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.beginRun(task)
        return "done"
      }
    })
    expect(world.isOver).toBe(false)
    await world.crash()
    expect(world.isOver).toBe(false)
    await world.finish("task")
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  test("so does a sub-workflow", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.run(function* sub(ctx: Context) {
          yield* ctx.beginRun(task)
        })
        return yield* ctx.date.now()
      }
    })
    expect(world.isOver).toBe(false)
    await world.finish("task")
    expect(world.outcome.state).toBe("completed")
  })

  test("a failure nobody waited for fails the run with that error", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.beginRun(task, ctx.options({ retryPolicy: Never() }))
        return "done"
      }
    })
    await world.fail("task", new RangeError("lost"))
    expect(world.error).toMatchObject({ name: "RangeError", message: "lost" })
    await expectSameReplay(world)
  })

  test("one that came before the workflow's end does, too", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.beginRun(task, ctx.options({ retryPolicy: Never() }))
        yield* ctx.sleep(5)
        return "done"
      }
    })
    await world.fail("task", new RangeError("lost"))
    await world.advance(5)
    expect(world.error).toMatchObject({ name: "RangeError" })
  })

  test("one that was waited for later does not", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future: Future<unknown> = yield* ctx.beginRun(
          task,
          ctx.options({ retryPolicy: Never() }),
        )
        yield* ctx.sleep(5)
        return yield* caught(future)
      }
    })
    await world.fail("task", new RangeError("lost"))
    await world.crash()
    await world.advance(5)
    expect(world.value).toBeInstanceOf(RangeError)
  })

  test("the workflow's own error comes before that of something it began", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.beginRun(task, ctx.options({ retryPolicy: Never() }))
        throw new TypeError("own")
      }
    })
    await world.fail("task", new RangeError("lost"))
    expect(world.error).toMatchObject({ name: "TypeError", message: "own" })
  })
})

describe("slots: at most 128 attempts in flight", () => {
  test.each(["all", "begin"] as const)(
    "300 steps by %s: the others wait their turn, in order",
    async (how) => {
      const world = await World.of((steps) => {
        const task = steps.task<number>("task")
        return function* (ctx: Context) {
          const numbers = Array.from({ length: 300 }, (_, index) => index)
          if (how === "all") return yield* ctx.all(numbers.map((n) => ctx.run(task, n)))
          const futures: Future<number>[] = []
          for (const n of numbers) futures.push(yield* ctx.beginRun(task, n))
          const results: number[] = []
          for (const future of futures) results.push(yield* future)
          return results
        }
      })
      expect(world.machine.inFlight).toBe(128)
      for (let n = 0; n < 70; n++) {
        expect(world.steps.pending[0]?.input).toEqual([n])
        await world.finish("task", n)
      }
      for (let done = 70; !world.isOver; done++) {
        if (done === 80 || done === 140) await world.crash()
        if (world.steps.pending.length === 0) await world.advanceToNextDue()
        expect(world.machine.inFlight).toBeLessThanOrEqual(128)
        const [{ path, input }] = world.steps.pending as [PendingAttempt]
        await world.finish(path, input[0])
      }
      expect(world.value).toEqual(Array.from({ length: 300 }, (_, index) => index))
      await expectSameReplay(world)
    },
  )

  test("plain functions that return promises wait for a slot as well", async () => {
    const world = await World.of((steps) => {
      const lazy = steps.lazy<number>("lazy")
      return function* (ctx: Context) {
        return (yield* ctx.all(Array.from({ length: 200 }, () => ctx.run(lazy)))).length
      }
    })
    expect(world.machine.inFlight).toBe(128)
    await world.crash()
    expect(world.machine.inFlight).toBe(128)
    while (!world.isOver) await world.finish("lazy", 1)
    expect(world.value).toBe(200)
    await expectSameReplay(world)
  })

  test("a step that waits for its slot can be cancelled, and never runs", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      const extra = steps.task("extra")
      return function* (ctx: Context) {
        for (let n = 0; n < 128; n++) yield* ctx.beginRun(task, n)
        const first = yield* ctx.race({ extra: ctx.run(extra), window: ctx.sleep(5) })
        return first.key
      }
    })
    await world.advance(5)
    await world.crash()
    while (world.steps.pending.length > 0) await world.finish("task")
    expect(world.value).toBe("window")
    expect(world.steps.callsOf("extra")).toEqual([])
    await expectSameReplay(world)
  })
})
