// The limits of one run, at the edge and one past it (promise 16).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

describe("promise 16: limits of one run", () => {
  test("more records than a generation may have fail the run, and a workflow cannot catch it", async () => {
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        return function* (ctx: Context) {
          for (let n = 0; ; n++) yield* caught(ctx.run(plain, n))
        }
      },
      { limits: { entriesMax: 50 } },
    )
    expect(world.error).toMatchObject({ name: "LimitError", code: "limit_reached" })
    expect(world.error.message).toContain("continueAsNew")
    expect(world.journal).toHaveLength(50)
    expect(world.steps.calls).toHaveLength(50)
  })

  test("as many as allowed are fine", async () => {
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        return function* (ctx: Context) {
          for (let n = 0; n < 50; n++) yield* ctx.run(plain, n)
          return "done"
        }
      },
      { limits: { entriesMax: 50 } },
    )
    expect(world.value).toBe("done")
  })

  test("a recursion of sub-workflows without end fails the run", async () => {
    const world = await World.of(() => {
      const deeper = function* deeper(
        ctx: Context,
      ): Generator<Operation<unknown>, unknown, unknown> {
        return yield* ctx.run(deeper)
      }
      return deeper
    })
    expect(world.error).toMatchObject({ name: "LimitError" })
    expect(world.error.message).toContain("recursion")
  })

  test("composites nested without end fail the run, those of a hundred levels are fine and can be cancelled", async () => {
    const nest: Program = () =>
      function* (ctx: Context, levels: number) {
        let operation: Operation<unknown> = ctx.signal("go")
        for (let level = 0; level < levels; level++) operation = ctx.all([operation])
        return yield* operation
      }
    const tooDeep = await World.of(nest, { input: [100_000] })
    expect(tooDeep.error).toMatchObject({ name: "LimitError" })
    const deep = await World.of(nest, { input: [100] })
    await deep.cancel()
    expect(deep.outcome.state).toBe("cancelled")
    await expectSameReplay(deep)
  })

  test("four hundred levels of sub-workflows are unwound, leaves first", async () => {
    const world = await World.of((steps) => {
      const undo = steps.sync("undo", (_ctx, level: number) => level)
      const down = function* down(
        ctx: Context,
        level: number,
      ): Generator<Operation<unknown>, unknown, unknown> {
        try {
          if (level === 400) return yield* ctx.signal("never")
          return yield* ctx.run(down, level + 1)
        } finally {
          yield* ctx.run(undo, level)
        }
      }
      return function* (ctx: Context) {
        yield* ctx.run(down, 0)
      }
    })
    await world.crash()
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    const levels = world.steps.callsOf("undo").map(({ input }) => input[0])
    expect(levels).toEqual(Array.from({ length: 401 }, (_, index) => 400 - index))
    await expectSameReplay(world)
  })

  test("more operations begun at once than fit in memory fail the run", async () => {
    const program: Program = (steps) => {
      const task = steps.task("task")
      return function* (ctx: Context, count: number) {
        for (let n = 0; n < count; n++) yield* ctx.beginRun(task, n)
        yield* ctx.signal("end")
      }
    }
    const limits = { openEntriesMax: 20, attemptsInFlight: 5 }
    const fine = await World.of(program, { limits, input: [19] })
    expect(fine.result.type).toBe("blocked")
    const over = await World.of(program, { limits, input: [Infinity] })
    expect(over.error).toMatchObject({ name: "LimitError" })
    expect(over.steps.calls).toHaveLength(5)
  })
})
