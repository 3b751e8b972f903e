// Pause in the machine: what is in flight may end and is recorded; nothing else begins, and the replay meets the same.

import { expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

test("an attempt that ends is recorded, and what the workflow asks for next waits for the resume", async () => {
  const world = await World.of((steps) => {
    return function* (ctx: Context) {
      const a = yield* ctx.run(steps.task("a"))
      return [a, yield* ctx.run(steps.task("b"))]
    }
  })
  await world.pause()
  await world.finish("a", 1)
  expect(world.lines).toEqual(["start 0 a", "operator  pause", "completed 0"])
  expect(world.steps.pending).toEqual([])
  await world.resume()
  await world.finish("b", 2)
  expect(world.value).toEqual([1, 2])
  await expectSameReplay(world)
})

test.each(["stays", "is gone"])("several attempts end while the memory %s", async (memory) => {
  const world = await World.of((steps) => {
    return function* (ctx: Context) {
      function* part(partCtx: Context, name: string) {
        yield* partCtx.run(steps.task(name))
        return name
      }
      const both = yield* ctx.all([ctx.run(part, "a"), ctx.run(part, "b")])
      return [both, yield* ctx.run(steps.task("c"))]
    }
  })
  await world.pause()
  await world.finish("b")
  await world.finish("a")
  if (memory === "is gone") await world.crash()
  expect(world.steps.pending).toEqual([])
  await world.resume()
  await world.finish("c", "c")
  expect(world.value).toEqual([["a", "b"], "c"])
  await expectSameReplay(world)
})

test("the last attempt ends while it is paused: the run ends when it is resumed", async () => {
  const world = await World.of((steps) => {
    return function* (ctx: Context) {
      return yield* ctx.run(steps.task("a"))
    }
  })
  await world.pause()
  await world.finish("a", 1)
  expect(world.isOver).toBe(false)
  await world.resume()
  expect(world.value).toBe(1)
})

test("a failure is recorded with its next attempt's instant, which is kept", async () => {
  const world = await World.of((steps) => {
    return function* (ctx: Context) {
      return yield* ctx.run(steps.task("a"))
    }
  })
  await world.pause()
  await world.fail("a", new Error("once"))
  const { dueMs } = world.waits[0] ?? {}
  await world.advance(60_000)
  expect(world.steps.pending).toEqual([])
  expect(world.waits[0]?.dueMs).toBe(dueMs)
  await world.resume()
  await world.finish("a", 2)
  expect(world.value).toBe(2)
})

test("what fell due meanwhile fires on resume, in the order of the deadlines", async () => {
  const fired: string[] = []
  const world = await World.of(() => {
    return function* (ctx: Context) {
      function* sleeper(sleeperCtx: Context, ms: number) {
        yield* sleeperCtx.sleep(ms)
        fired.push(String(ms))
      }
      yield* ctx.all([3_000, 1_000, 2_000].map((ms) => ctx.run(sleeper, ms)))
    }
  })
  await world.pause()
  await world.advance(10_000)
  expect(fired).toEqual([])
  await world.resume()
  expect(fired).toEqual(["1000", "2000", "3000"])
  expect(world.result.type).toBe("ended")
})
