// Steps: recorded once, tried again when lost, refused when late (promises 1, 2, 11, 13).

import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const threeKinds: Program = (steps) => {
  const plain = steps.sync("plain", () => 1)
  const task = steps.task<number>("task")
  const lazy = steps.lazy<number>("lazy")
  return function* (ctx: Context) {
    const first = yield* ctx.run(plain)
    const second = yield* ctx.run(task)
    const third = yield* ctx.run(lazy)
    const fourth = yield* ctx.run(plain)
    return [first, second, third, fourth]
  }
}

describe("promise 1: a recorded step never runs again", () => {
  test("whatever its kind, over a crash after each of them", async () => {
    const world = await World.of(threeKinds)
    await world.crash()
    await world.finish("task", 2)
    await world.crash()
    await world.finish("lazy", 3)
    await world.crash()
    expect(world.value).toEqual([1, 2, 3, 1])
    const runs = (name: string) => world.steps.callsOf(name).map(({ attempt }) => attempt)
    expect(runs("plain")).toEqual([1, 1])
    expect(runs("task")).toEqual([1, 2])
    expect(runs("lazy")).toEqual([1, 2])
    await expectSameReplay(world)
  })

  test("a run that is only replayed calls nothing and writes nothing", async () => {
    const world = await World.of(threeKinds)
    await world.finish("task", 2)
    await world.finish("lazy", 3)
    await expectSameReplay(world)
  })

  test("a replay reads the journal in pages", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", (_: StepContext, n: number) => n)
      return function* (ctx: Context) {
        let sum = 0
        for (let n = 0; n < 2_000; n++) sum += yield* ctx.run(plain, n)
        yield* ctx.sleep(1_000)
        return sum
      }
    })
    await world.crash()
    await world.advance(1_000)
    expect(world.value).toBe(1_999_000)
    expect(world.steps.calls).toHaveLength(2_000)
  })
})

describe("promise 2: a step interrupted in flight runs again", () => {
  test("with the next attempt number and the same idempotency key", async () => {
    const world = await World.of(threeKinds)
    await world.crash()
    const calls = world.steps.callsOf("task")
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(calls[0]!.idempotencyKey).toBe(calls[1]!.idempotencyKey)
    expect(calls[0]!.idempotencyKey).not.toBe(world.steps.callsOf("plain")[0]!.idempotencyKey)
  })

  test("the start of an asynchronous attempt is on record before it is called", async () => {
    const world = await World.of(threeKinds)
    expect(world.lines).toEqual(["completed 0 plain", "start 1 task"])
    await world.finish("task", 2)
    expect(world.lines.slice(2)).toEqual(["completed 1", "start 2 lazy"])
  })

  test("a stretch that was never committed counts no attempt, because nothing has left", async () => {
    const world = new World(threeKinds)
    world.crashAtAppend(1, "dropped")
    await world.start()
    expect(world.lives).toBe(2)
    expect(world.steps.callsOf("plain").map(({ attempt }) => attempt)).toEqual([1])
  })

  test("a plain step that is the first thing in its stretch is recorded as started", async () => {
    const world = new World(threeKinds)
    world.die()
    await world.wake()
    expect(world.lines).toEqual(["start 0 plain", "completed 0", "start 1 task"])
    expect(world.steps.violations).toEqual([])
  })

  test("an attempt that began after the replay had ended, in the same wake, is not taken for a lost one", async () => {
    const world = await World.of(threeKinds)
    const cut = world.replay(1)
    await cut.wake()
    expect(cut.steps.callsOf("task").map(({ attempt }) => attempt)).toEqual([1])
    expect(cut.lines).toEqual(["completed 0 plain", "start 1 task"])
  })

  test("a plain function known to return promises is recorded as started before it is called", async () => {
    const world = await World.of((steps) => {
      const lazy = steps.lazy<number>("lazy")
      return function* (ctx: Context) {
        return [yield* ctx.run(lazy), yield* ctx.run(lazy)]
      }
    })
    await world.finish("lazy", 1)
    await world.finish("lazy", 2)
    expect(world.value).toEqual([1, 2])
    await expectSameReplay(world)
  })

  test("no step is called without a write pending, whatever the wake", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.run(task)
        yield* ctx.signal("go")
        yield* ctx.run(plain)
        yield* ctx.sleep(5)
        yield* ctx.run(plain)
      }
    })
    await world.finish("task")
    await world.crash()
    await world.signal("go")
    await world.crash()
    await world.advance(5)
    expect(world.outcome.state).toBe("completed")
    expect(world.steps.violations).toEqual([])
  })

  test("a replay whose last record settles a wait leaves no write pending for a plain step", async () => {
    const program: Program = (steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        yield* ctx.sleep(5)
        return yield* ctx.run(plain)
      }
    }
    const world = await World.of(program)
    await world.advance(5)
    const cut = world.replay(2)
    await cut.wake()
    expect(cut.value).toBe(1)
    expect(cut.steps.violations).toEqual([])
    expect(cut.lines.slice(2)).toEqual(["start 1 plain", "completed 1"])
  })
})
