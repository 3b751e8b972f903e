// Generators run as steps: local sub-workflows with paths, ends and deadlines of their own.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { TimeoutError } from "../../src/engine/errors.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

describe("sub-workflows: a generator given to ctx.run", () => {
  test("promise 1: its steps have paths of their own and are recorded like any other", async () => {
    const world = await World.of((steps) => {
      const task = steps.task<number>("task")
      const leaf = function* leaf(ctx: Context, n: number) {
        return (yield* ctx.run(task, n)) * 10
      }
      const branch = function* branch(ctx: Context, n: number) {
        return (yield* ctx.run(leaf, n)) + (yield* ctx.run(leaf, n + 1))
      }
      return function* (ctx: Context) {
        return [yield* ctx.run(branch, 1), yield* ctx.run(branch, 3)]
      }
    })
    for (const path of ["0.0.0", "0.1.0", "1.0.0", "1.1.0"]) {
      await world.crash()
      expect(world.steps.pending.map((attempt) => attempt.path)).toEqual([path])
      await world.finish(path, world.steps.pending[0]!.input[0])
    }
    expect(world.value).toEqual([30, 70])
    expect(world.lines[0]).toBe("open 0 branch")
    await expectSameReplay(world)
  })

  test("its error is thrown where it was called, and can be caught", async () => {
    const world = await World.of(() => {
      const failing = function* (ctx: Context) {
        yield* ctx.sleep(5)
        throw new RangeError("inner")
      }
      return function* (ctx: Context) {
        return yield* caught(ctx.run(failing))
      }
    })
    await world.advance(5)
    expect(world.value).toMatchObject({ name: "RangeError", message: "inner" })
    await expectSameReplay(world)
  })

  test("promise 15: it is not retried", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        yield* ctx.run(function* failing(ctx: Context) {
          yield* ctx.run(plain)
          throw new Error("no")
        })
      }
    })
    expect(world.error.message).toBe("no")
    expect(world.steps.calls).toHaveLength(1)
  })

  test("its result is a stored copy, and one that cannot be stored fails it", async () => {
    const world = await World.of(() => {
      const shared = { n: 1 }
      return function* (ctx: Context) {
        const seen = yield* ctx.run(function* () {
          return shared
        })
        const error = yield* caught(
          ctx.run(function* () {
            return () => 1
          }),
        )
        return [seen === shared, error]
      }
    })
    expect(world.value).toMatchObject([false, { name: "EncodingError" }])
    await expectSameReplay(world)
  })

  test("one that throws before its first operation", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* caught(
            ctx.run(function* (_: Context, { n }: { n: number }) {
              return n
            }, undefined as never),
          )
        },
    )
    expect(world.value).toBeInstanceOf(TypeError)
    await expectSameReplay(world)
  })

  test("several side by side interleave the same way on every replay", async () => {
    const world = await World.of((steps) => {
      const note = steps.sync("note", (_, name: string, n: number) => `${name}${n}`)
      const seen: string[] = []
      const worker = function* (ctx: Context, name: string, ms: number) {
        for (let n = 0; n < 3; n++) {
          yield* ctx.sleep(ms)
          seen.push(yield* ctx.run(note, name, n))
        }
      }
      return function* (ctx: Context) {
        seen.length = 0
        yield* ctx.all([
          ctx.run(worker, "a", 20),
          ctx.run(worker, "b", 30),
          ctx.run(worker, "c", 10),
        ])
        return seen
      }
    })
    for (let tick = 0; tick < 9; tick++) {
      await world.advance(10)
      if (tick % 2 === 0) await world.crash()
    }
    expect(world.value).toEqual(["c0", "a0", "c1", "b0", "c2", "a1", "b1", "a2", "b2"])
    await expectSameReplay(world)
  })
})

describe("promise 6: the deadline of a sub-workflow", () => {
  test("unwinds it, cleans up, and throws a TimeoutError where it was called", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      const slow = function* slow(ctx: Context) {
        try {
          yield* ctx.signal("never")
        } finally {
          yield* ctx.run(undo)
        }
      }
      return function* (ctx: Context) {
        return yield* caught(ctx.run(slow, ctx.options({ timeoutMs: 100 })))
      }
    })
    await world.advance(99)
    await world.crash()
    expect(world.steps.pending).toHaveLength(0)
    await world.advance(1)
    await world.crash()
    await world.crash()
    await world.advance(10_000)
    await world.finish("undo")
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect(world.lines.filter((line) => line.startsWith("expire"))).toEqual(["expire 0"])
    await expectSameReplay(world)
  })

  test("fires once on return when it fell due while nothing ran", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const slow = function* slow(ctx: Context) {
            yield* ctx.sleep(1_000)
          }
          return yield* caught(ctx.run(slow, ctx.options({ timeoutMs: 100 })))
        },
    )
    world.die()
    world.clock.advance(5_000)
    await world.wake()
    expect(world.value).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("does not matter any more once it is being unwound", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      const slow = function* slow(ctx: Context) {
        try {
          yield* ctx.signal("never")
        } finally {
          yield* ctx.run(undo)
        }
      }
      return function* (ctx: Context) {
        yield* ctx.run(slow, ctx.options({ timeoutMs: 100 }))
      }
    })
    await world.cancel()
    await world.advance(100)
    expect(world.lines.filter((line) => line.startsWith("expire"))).toEqual([])
    expect(world.machine.nextDueMs).toBe(world.startMs + 300_000)
    await world.finish("undo")
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("the retries of its clean-up are not cut by it", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      const slow = function* slow(ctx: Context) {
        try {
          yield* ctx.signal("never")
        } finally {
          yield* ctx.run(undo)
        }
      }
      return function* (ctx: Context) {
        return yield* caught(ctx.run(slow, ctx.options({ timeoutMs: 100 })))
      }
    })
    await world.advance(100)
    await world.fail("undo", new Error("not yet"))
    await world.advance(2_000)
    await world.finish("undo")
    expect(world.value).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("what its clean-up throws is kept as the cause", async () => {
    const world = await World.of((steps) => {
      const undo = steps.task("undo")
      const slow = function* slow(ctx: Context) {
        try {
          yield* ctx.signal("never")
        } finally {
          yield* ctx.run(undo, ctx.options({ retryPolicy: Never() }))
        }
      }
      return function* (ctx: Context) {
        return yield* caught(ctx.run(slow, ctx.options({ timeoutMs: 100 })))
      }
    })
    await world.advance(100)
    await world.fail("undo", new RangeError("cannot undo"))
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect((world.value as Error).cause).toMatchObject({
      name: "RangeError",
      message: "cannot undo",
    })
    await expectSameReplay(world)
  })
})
