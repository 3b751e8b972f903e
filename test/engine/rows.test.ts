// Rows are money: what each kind of step writes (design, "Writes are cheap, rows are money").

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const STEPS = 100

function many(kind: "sync" | "async"): Program {
  return (steps) => {
    const step = steps[kind]("step", (_ctx, n: number) => n)
    return function* (ctx: Context) {
      for (let n = 0; n < STEPS; n++) yield* ctx.run(step, n)
    }
  }
}

describe("rows are money", () => {
  test("a synchronous step writes one row", async () => {
    const world = await World.of(many("sync"))
    expect(world.store.rowsWritten).toBe(STEPS)
  })

  test("an asynchronous step writes two", async () => {
    const world = await World.of(many("async"))
    expect(world.store.rowsWritten).toBe(2 * STEPS)
  })

  test("a replay writes none", async () => {
    for (const kind of ["sync", "async"] as const) {
      const world = await World.of(many(kind))
      const again = world.replay()
      const before = again.store.rowsWritten
      await again.wake()
      expect(again.store.rowsWritten).toBe(before)
    }
  })

  test("a sleep writes four: its record and its timer, and both again when it is over", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.sleep(5)
        },
    )
    await world.advance(5)
    expect(world.store.rowsWritten).toBe(4)
  })

  test("an attempt that was lost twice writes its start and its wait, and nothing at the wakes in between", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.run(task)
      }
    })
    await world.crash()
    const before = world.store.rowsWritten
    await world.crash()
    expect(world.store.rowsWritten - before).toBe(1)
    await world.crash()
    await world.crash()
    expect(world.store.rowsWritten - before).toBe(1)
  })

  test("a wake that finds nothing to do writes none", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.all([
            ctx.sleep(50),
            ctx.signal("go", { timeoutMs: 60 }),
            ctx.promise({ timeoutMs: 70 }),
          ])
        },
    )
    const before = world.store.rowsWritten
    await world.crash()
    await world.wake()
    expect(world.store.rowsWritten).toBe(before)
  })
})

describe("10,000 steps", () => {
  test.each(["sync", "async"] as const)(
    "%s: fast enough to notice a slip, and as fast again by replay",
    async (kind) => {
      const world = await World.of((steps) => {
        const step = steps[kind]("step", (_ctx, n: number) => n)
        return function* (ctx: Context) {
          let sum = 0
          for (let n = 0; n < 10_000; n++) sum += yield* ctx.run(step, n)
          return sum
        }
      })
      expect(world.value).toBe(49_995_000)
      const startedMs = performance.now()
      const again = world.replay()
      await again.wake()
      expect(again.value).toBe(49_995_000)
      // Measured: 10 to 20 ms. The bound is wide because machines are shared; it is there for what grows with length.
      expect(performance.now() - startedMs).toBeLessThan(2_000)
    },
  )
})
