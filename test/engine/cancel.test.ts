// Cancel unwinds (promise 14): leaves first, clean-up steps durable, the second cancel ignored.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { CancelledError } from "../../src/engine/errors.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import type { StepHands } from "../support/step-hands.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

type Waiting = (ctx: Context, steps: StepHands) => Operation<unknown>

/** A workflow that waits for one thing and cleans up with a durable step. */
function waitingFor(what: Waiting): Promise<World> {
  return World.of((steps) => {
    const undo = steps.sync("undo", (_, seen: string) => seen)
    return function* (ctx: Context) {
      try {
        yield* what(ctx, steps)
        return "went on"
      } catch (error) {
        yield* ctx.run(undo, error instanceof CancelledError ? "cancelled" : String(error))
        throw error
      }
    }
  })
}

describe("promise 14: a cancel is thrown at the point of waiting, and clean-up runs durably", () => {
  const waits: readonly (readonly [string, Waiting])[] = [
    ["a sleep", (ctx) => ctx.sleep(1_000)],
    ["a signal", (ctx) => ctx.signal("never")],
    ["an update", (ctx) => ctx.receive("never")],
    ["a step in flight", (ctx, steps) => ctx.run(steps.task("task"))],
    ["a race", (ctx) => ctx.race([ctx.sleep(1_000), ctx.signal("never")])],
    ["any", (ctx) => ctx.any([ctx.sleep(1_000), ctx.signal("never")])],
    ["all", (ctx) => ctx.all([ctx.sleep(1_000), ctx.signal("never")])],
    ["allSettled", (ctx) => ctx.allSettled([ctx.sleep(1_000), ctx.signal("never")])],
    [
      "composites in composites",
      (ctx) =>
        ctx.allSettled([ctx.any([ctx.sleep(1_000)]), ctx.all({ a: ctx.race([ctx.signal("x")]) })]),
    ],
    [
      "a sub-workflow",
      (ctx) =>
        ctx.run(function* (ctx: Context) {
          yield* ctx.allSettled([ctx.sleep(1_000)])
        }),
    ],
  ]
  test.each(waits)("%s", async (_, what) => {
    const world = await waitingFor(what)
    await world.cancel("no longer needed")
    expect(world.outcome.state).toBe("cancelled")
    expect(world.error).toBeInstanceOf(CancelledError)
    expect(world.error.message).toBe("no longer needed")
    expect(world.steps.callsOf("undo").map(({ input }) => input)).toEqual([["cancelled"]])
    expect(world.waits).toEqual([])
    await expectSameReplay(world)
  })

  test.each(waits)("%s, with a crash just before and just after", async (_, what) => {
    const world = await waitingFor(what)
    await world.crash()
    await world.cancel()
    await world.crash()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("a promise, and whoever holds its token can learn it", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* yield* ctx.promise()
        },
    )
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.store.promiseOutcome("0")?.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("a retry's delay", async () => {
    const world = await waitingFor((ctx, steps) => ctx.run(steps.task("task")))
    await world.fail("task", new Error("no"))
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.waits).toEqual([])
    await expectSameReplay(world)
  })

  test("what was begun and not waited for ends first", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      const undo = steps.sync("undo", (_, name: string) => name)
      const child = function* (ctx: Context, name: string) {
        try {
          yield* ctx.run(task)
        } finally {
          yield* ctx.run(undo, name)
        }
      }
      return function* (ctx: Context) {
        yield* ctx.beginRun(child, "a")
        yield* ctx.beginRun(child, "b")
        try {
          yield* ctx.sleep(1_000)
        } finally {
          yield* ctx.run(undo, "root")
        }
      }
    })
    const inFlight = world.steps.pending.map(({ signal }) => signal)
    await world.cancel()
    expect(inFlight.every(({ aborted }) => aborted)).toBe(true)
    expect(world.outcome.state).toBe("cancelled")
    const order = world.steps.callsOf("undo").map(({ input }) => input[0])
    expect(new Set(order)).toEqual(new Set(["a", "b", "root"]))
    expect(order[0]).not.toBe("root")
    await expectSameReplay(world)
  })

  test("a clean-up step that fails is retried, over crashes, until it is done", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      return function* (ctx: Context) {
        try {
          yield* ctx.sleep(1_000)
        } finally {
          yield* ctx.run(undo)
        }
      }
    })
    await world.cancel()
    await world.fail("undo", new Error("not yet"))
    await world.crash()
    await world.advance(2_000)
    await world.crash()
    await world.finish("undo")
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("a second cancel is ignored", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      return function* (ctx: Context) {
        try {
          yield* ctx.sleep(1_000)
        } finally {
          yield* ctx.run(undo)
        }
      }
    })
    await world.cancel("first")
    await world.cancel("second")
    await world.finish("undo")
    expect(world.error.message).toBe("first")
    expect(world.lines.filter((line) => line.startsWith("cancel "))).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("a workflow that catches it and returns is cancelled all the same", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* caught(ctx.sleep(1_000))
          return "went on"
        },
    )
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("what clean-up throws is kept as the cause", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield* ctx.sleep(1_000)
          } finally {
            yield* ctx.date.now()
            // oxlint-disable-next-line no-unsafe-finally
            throw new RangeError("cannot clean up")
          }
        },
    )
    await world.cancel()
    expect(world.error).toBeInstanceOf(CancelledError)
    expect(world.error.cause).toMatchObject({ name: "RangeError" })
    await expectSameReplay(world)
  })

  test("a workflow that waits in its clean-up goes on to wait, and can be waited out", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield* ctx.sleep(1_000)
          } finally {
            yield* ctx.sleep(50)
            yield* ctx.signal("confirm")
          }
        },
    )
    await world.cancel()
    await world.advance(50)
    await world.crash()
    expect(world.waits).toMatchObject([{ kind: "signal", name: "confirm" }])
    await world.signal("confirm")
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("one that waits for another's future is unwound, and the other goes on until its own turn", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task)
        const follower = function* () {
          return yield* future
        }
        const racer = function* (ctx: Context) {
          return yield* ctx.allSettled([future, ctx.signal("never")])
        }
        const options = ctx.options({ timeoutMs: 10 })
        const first = yield* caught(ctx.run(follower, options))
        const second = yield* caught(ctx.run(racer, options))
        yield* ctx.publish("seen", [first, second])
        return yield* future
      }
    })
    await world.advance(10)
    await world.advance(10)
    expect(world.published("seen")).toMatchObject([
      { name: "TimeoutError" },
      { name: "TimeoutError" },
    ])
    expect(world.steps.pending).toHaveLength(1)
    await world.finish("task", 7)
    expect(world.value).toBe(7)
    await expectSameReplay(world)
  })

  test("asked for while the workflow is about to go on, it is thrown at the next operation", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        yield* ctx.run(plain)
        yield* ctx.run(plain)
        return "went on"
      }
    })
    // The run has ended before: a cancel after the end changes nothing.
    await world.cancel()
    expect(world.value).toBe("went on")
  })

  test("a cancel that is on record before the run has begun unwinds it at its first operation", async () => {
    const world = new World((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        yield* ctx.sleep(5)
        yield* ctx.run(plain)
      }
    })
    await world.start()
    world.die()
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.calls).toEqual([])
  })
})

describe("promise 8: a sub-workflow that loses while it is about to go on", () => {
  test("is unwound at the operation it yields next, the same on every replay", async () => {
    const world = await World.of((steps) => {
      const note = steps.sync("note", (_, name: string) => name)
      return function* (ctx: Context) {
        const go = yield* ctx.beginRun(function* (ctx: Context) {
          yield* ctx.signal("go")
        })
        const quick = function* (ctx: Context) {
          yield* go
          return yield* ctx.run(note, "quick")
        }
        const late = function* (ctx: Context) {
          try {
            yield* go
            yield* ctx.run(note, "late")
          } finally {
            yield* ctx.run(note, "undo")
          }
        }
        const first = yield* ctx.race([ctx.run(quick), ctx.run(late)])
        yield* ctx.sleep(5)
        return first
      }
    })
    await world.signal("go")
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual({ key: 0, value: "quick" })
    expect(world.steps.callsOf("note").map(({ input }) => input[0])).toEqual(["quick", "undo"])
    await expectSameReplay(world)
  })

  test("also when what it yields next is garbage", async () => {
    const world = await World.of((steps) => {
      const note = steps.sync("note", (_ctx, text: string) => text)
      return function* (ctx: Context) {
        const go = yield* ctx.beginRun(function* (ctx: Context) {
          yield* ctx.signal("go")
        })
        const quick = function* () {
          yield* go
        }
        const late = function* (ctx: Context) {
          try {
            yield* go
            yield "garbage"
          } catch (error) {
            yield* ctx.run(note, (error as Error).name)
          }
        }
        const first = yield* ctx.race([ctx.run(quick), ctx.run(late as typeof quick)])
        return first.key
      }
    })
    await world.signal("go")
    expect(world.value).toBe(0)
    expect(world.steps.callsOf("note").map(({ input }) => input[0])).toEqual(["CancelledError"])
    await expectSameReplay(world)
  })
})

describe("promise 14: a fiber whose news is on its way when the cancellation comes", () => {
  const shared = (first: boolean) =>
    World.of((steps) => {
      const slow = steps.task("slow")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(slow)
        const waiting = ctx.run(function* sub(ctx: Context) {
          yield* future
          yield* ctx.signal("never")
        })
        return yield* ctx.race(first ? [waiting, future] : [future, waiting])
      }
    })

  test.each([true, false])(
    "loses the race that its own wait decided, first among the members: %s",
    async (first) => {
      const world = await shared(first)
      await world.finish("slow", 1)
      expect(world.value).toEqual({ key: first ? 1 : 0, value: 1 })
      await expectSameReplay(world)
    },
  )

  test("is told once, so that its clean-up runs", async () => {
    const world = await World.of((steps) => {
      const slow = steps.task("slow")
      const cleanUp = steps.sync("cleanUp", () => "clean")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(slow)
        yield* ctx.run(function* sub(ctx: Context) {
          try {
            yield* future
          } finally {
            yield* ctx.run(cleanUp)
          }
        })
      }
    })
    await world.cancel("no longer needed")
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.callsOf("cleanUp")).toHaveLength(1)
    await expectSameReplay(world)
  })
})
