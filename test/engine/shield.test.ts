// Shield: a section that no cancellation from around it reaches; it runs to its end, then the cancellation is thrown.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { CancelledError, InvalidOperationError } from "../../src/engine/errors.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import type { StepHands } from "../support/step-hands.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

type Inside = (ctx: Context, steps: StepHands) => Operation<unknown>

/** What a section may wait for, and what ends that wait. */
const insides: readonly (readonly [string, Inside, (world: World) => Promise<void>])[] = [
  ["a step", (ctx, steps) => ctx.run(steps.task("task")), (world) => world.finish("task", 1)],
  ["a sleep", (ctx) => ctx.sleep(1_000), (world) => world.advance(1_000)],
  ["a signal", (ctx) => ctx.signal("go"), (world) => world.signal("go")],
  [
    "a composite",
    (ctx, steps) => ctx.all([ctx.sleep(5), ctx.run(steps.task("task"))]),
    async (world) => {
      await world.advance(5)
      await world.finish("task")
    },
  ],
  [
    "a sub-workflow",
    (ctx, steps) =>
      ctx.run(function* inner(innerCtx: Context) {
        const future = yield* innerCtx.beginRun(steps.task("task"))
        yield* innerCtx.sleep(5)
        return yield* future
      }),
    async (world) => {
      await world.advance(5)
      await world.finish("task")
    },
  ],
]

function shielding(inside: Inside): Promise<World> {
  return World.of((steps) => {
    const note = steps.sync("note", (_, what: string) => what)
    return function* (ctx: Context) {
      try {
        yield* ctx.shield(function* section(sectionCtx: Context) {
          yield* inside(sectionCtx, steps)
          yield* sectionCtx.run(note, "section done")
        })
        yield* ctx.run(note, "went on")
      } catch (error) {
        yield* ctx.run(note, error instanceof CancelledError ? "cancelled" : String(error))
        throw error
      }
    }
  })
}

const notes = (world: World) => world.steps.callsOf("note").map(({ input }) => input[0])

describe("check 43, 44: a cancel waits for a shielded section that waits for", () => {
  test.each(insides)("%s", async (_, inside, end) => {
    const world = await shielding(inside)
    await world.cancel("enough")
    expect(notes(world)).toEqual([])
    await end(world)
    expect(notes(world)).toEqual(["section done", "cancelled"])
    expect(world.outcome.state).toBe("cancelled")
    expect(world.error.message).toBe("enough")
    await expectSameReplay(world)
  })

  test.each(insides)("%s, crashed after the cancel", async (_, inside, end) => {
    const world = await shielding(inside)
    await world.cancel()
    await world.crash()
    await end(world)
    expect(notes(world)).toEqual(["section done", "cancelled"])
    await expectSameReplay(world)
  })
})

describe("ctx.shield", () => {
  test("without a cancel it is a sub-workflow whose result comes back", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context, start: number) {
          return yield* ctx.shield(function* add(sectionCtx: Context, a: number) {
            return a + (yield* sectionCtx.run(steps.sync("one", () => 1)))
          }, start)
        },
      { input: [41] },
    )
    expect(world.value).toBe(42)
    expect(world.lines).toEqual(["open 0 add", "completed 0.0 one", "completed 0"])
  })

  test("its own failure is thrown, unless a cancellation has come meanwhile", async () => {
    const failing = () =>
      World.of(
        (steps) =>
          function* (ctx: Context) {
            return yield* ctx.shield(function* section(sectionCtx: Context) {
              yield* sectionCtx.run(steps.task("task"), ctx.options({ retryPolicy: once }))
            })
          },
      )
    const once = Constant({ maxRetries: 0 })
    const calm = await failing()
    await calm.fail("task", new TypeError("no"))
    expect(calm.error).toBeInstanceOf(TypeError)
    const cancelled = await failing()
    await cancelled.cancel()
    await cancelled.fail("task", new TypeError("no"))
    expect(cancelled.outcome.state).toBe("cancelled")
  })

  test("in clean-up it runs like anything else", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          try {
            yield* ctx.sleep(10)
          } finally {
            const error = yield* caught(
              ctx.shield(function* undo(undoCtx: Context) {
                yield* undoCtx.run(steps.task("undo"))
              }),
            )
            yield* ctx.publish("error", error)
          }
        },
    )
    await world.cancel()
    await world.finish("undo")
    expect(world.outcome.state).toBe("cancelled")
    expect(world.published("error")).toBe("nothing was thrown")
    await expectSameReplay(world)
  })

  test("check 36: a race waits for a shielded loser", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.race({
            quick: ctx.sleep(5),
            loser: ctx.shield(function* section(sectionCtx: Context) {
              yield* sectionCtx.run(steps.task("first"))
              yield* sectionCtx.run(steps.task("second"))
            }),
          })
        },
    )
    await world.advance(5)
    expect(world.isOver).toBe(false)
    await world.finish("first")
    await world.crash()
    await world.finish("second")
    expect(world.value).toEqual({ key: "quick", value: undefined })
    await expectSameReplay(world)
  })

  test("promise 6: no deadline from around it reaches it, its own does", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const error = yield* caught(
            ctx.run(
              function* outer(outerCtx: Context) {
                yield* outerCtx.shield(function* section(sectionCtx: Context) {
                  yield* sectionCtx.run(steps.task("inside"))
                })
              },
              ctx.options({ timeoutMs: 10 }),
            ),
          )
          const own = yield* caught(
            ctx.shield(
              function* section(sectionCtx: Context) {
                yield* sectionCtx.signal("never")
              },
              ctx.options({ timeoutMs: 20 }),
            ),
          )
          return [String(error), String(own)]
        },
    )
    await world.advance(10)
    expect(world.steps.pending).toHaveLength(1)
    await world.finish("inside")
    await world.advance(20)
    expect(world.value).toEqual([
      "TimeoutError: The sub-workflow outer at 0 timed out.",
      "TimeoutError: The sub-workflow section at 1 timed out.",
    ])
    await expectSameReplay(world)
  })

  test("promise 15: a retry inside goes past a deadline that cannot reach it", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          yield* ctx.shield(function* section(sectionCtx: Context) {
            const policy = sectionCtx.options({ retryPolicy: Constant({ delayMs: 100 }) })
            yield* sectionCtx.run(steps.task("task"), policy)
          })
        },
      { timeoutMs: 50 },
    )
    await world.fail("task", new Error("try again"))
    await world.advance(100)
    await world.finish("task")
    expect(world.outcome.state).toBe("timed_out")
    await expectSameReplay(world)
  })

  test("a sub-workflow that unwinds by its own deadline does not hide the cancel of the run", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          try {
            yield* ctx.run(
              function* inner(innerCtx: Context) {
                try {
                  yield* innerCtx.signal("never")
                } finally {
                  yield* innerCtx.run(steps.task("cleaning"))
                }
              },
              ctx.options({ timeoutMs: 10 }),
            )
          } catch (error) {
            yield* ctx.publish("caught", (error as Error).name)
          }
          yield* ctx.sleep(5)
        },
    )
    await world.advance(10)
    await world.cancel()
    await world.finish("cleaning")
    expect(world.published("caught")).toBe("CancelledError")
    await expectSameReplay(world)
  })

  test("takes nothing but a generator function", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const step = (() => 1) as unknown as () => Generator<unknown, unknown, never>
          yield* ctx.shield(step)
        },
    )
    expect(world.error).toBeInstanceOf(InvalidOperationError)
  })
})

describe("check 44: clean-up is not interrupted", () => {
  const cleaning = (timeoutMs?: number) =>
    World.of(
      (steps) =>
        function* (ctx: Context) {
          try {
            yield* ctx.signal("never")
          } finally {
            yield* ctx.run(steps.task("first"))
            yield* ctx.sleep(10)
            yield* ctx.run(steps.task("second"))
          }
        },
      timeoutMs === undefined ? {} : { timeoutMs },
    )

  test("by a second cancel", async () => {
    const world = await cleaning()
    await world.cancel("first")
    await world.cancel("second")
    await world.finish("first")
    await world.cancel("third")
    await world.crash()
    await world.advance(10)
    await world.finish("second")
    expect(world.error.message).toBe("first")
    expect(world.lines.filter((line) => line.startsWith("cancel "))).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("by the run's deadline", async () => {
    const world = await cleaning(50)
    await world.cancel()
    await world.advance(60)
    await world.finish("first")
    await world.crash()
    await world.advance(10)
    await world.finish("second")
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })
})
