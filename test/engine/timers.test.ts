// Sleeps: never early, at once when overdue, fixed when first created (promise 6).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { SleepDuration } from "../../src/engine/workflow/context.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

function sleeper(duration: (nowMs: number) => SleepDuration): Program {
  return (_, world) => {
    const given = duration(world.startMs)
    return function* (ctx: Context) {
      yield* ctx.sleep(given)
      return "awake"
    }
  }
}

describe("promise 6: a timer never fires early, and its deadline stands", () => {
  test("it fires at its instant, not one millisecond before", async () => {
    const world = await World.of(sleeper(() => 1_000))
    await world.advance(999)
    expect(world.isOver).toBe(false)
    await world.advance(1)
    expect(world.value).toBe("awake")
    await expectSameReplay(world)
  })

  test("a crash does not start it again", async () => {
    const world = await World.of(sleeper(() => 1_000))
    for (let count = 0; count < 9; count++) {
      await world.advance(100)
      await world.crash()
    }
    expect(world.isOver).toBe(false)
    await world.advance(100)
    expect(world.value).toBe("awake")
  })

  test("one that fell due while nothing ran fires at once on return", async () => {
    const world = await World.of(sleeper(() => 1_000))
    world.die()
    world.clock.advance(86_400_000)
    await world.wake()
    expect(world.value).toBe("awake")
  })

  test("the machine says when to wake it", async () => {
    const world = await World.of(sleeper(() => 1_000))
    expect(world.machine.nextDueMs).toBe(world.startMs + 1_000)
    await world.crash()
    expect(world.machine.nextDueMs).toBe(world.startMs + 1_000)
  })

  const durations: readonly (readonly [string, (nowMs: number) => SleepDuration, number])[] = [
    ["ms", () => 5, 5],
    ["{ for }", () => ({ for: 5 }), 5],
    ["{ until: Date }", (nowMs) => ({ until: new Date(nowMs + 5) }), 5],
    ["{ until: ms }", (nowMs) => ({ until: nowMs + 5 }), 5],
    ["zero", () => 0, 0],
    ["an instant that has passed", (nowMs) => ({ until: nowMs - 5 }), 0],
    ["a fraction, which is rounded up", () => 0.25, 1],
  ]
  test.each(durations)("a duration given as %s", async (_, duration, ms) => {
    const world = await World.of(sleeper(duration))
    if (ms > 0) {
      expect(world.machine.nextDueMs).toBe(world.startMs + ms)
      await world.advance(ms)
    }
    expect(world.value).toBe("awake")
    await expectSameReplay(world)
  })

  test.each([
    -1,
    NaN,
    Infinity,
    1e15,
    "5",
    { for: -1 },
    { until: new Date(NaN) },
    { until: Infinity },
  ])("a duration of %o is refused in the workflow", async (duration) => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.sleep(duration as SleepDuration)
        },
    )
    expect(world.error).toBeInstanceOf(RangeError)
    expect(world.journal).toEqual([])
  })

  test("1,000 sleeps in one run all fire, none early, in the order of their deadlines", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const order: number[] = []
          const sleep = function* (ctx: Context, ms: number) {
            yield* ctx.sleep(ms)
            order.push(ms)
          }
          const lengths = Array.from({ length: 1_000 }, (_, index) => ((index * 7_919) % 1_000) + 1)
          yield* ctx.all(lengths.map((ms) => ctx.run(sleep, ms)))
          return order
        },
    )
    await world.advance(500)
    await world.crash()
    expect(world.waits).toHaveLength(500)
    await world.advance(500)
    const order = world.value as number[]
    expect(order).toEqual([...order].sort((left, right) => left - right))
    expect(order).toHaveLength(1_000)
  })

  test("timers that are due together fire in the order of their deadlines", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.race([ctx.sleep(30), ctx.sleep(10), ctx.sleep(20)])
        },
    )
    await world.advance(1_000)
    expect(world.value).toEqual({ key: 1, value: undefined })
    await expectSameReplay(world)
  })

  test("a wait leaves no row behind once it is over", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.race([ctx.sleep(30), ctx.sleep(10), ctx.signal("never", { timeoutMs: 20 })])
          yield* ctx.promise()
          yield* ctx.signal("end")
        },
    )
    expect(world.waits).toHaveLength(3)
    await world.advance(10)
    expect(world.waits.map(({ kind }) => kind)).toEqual(["promise", "signal"])
    await world.crash()
    expect(world.waits.map(({ kind }) => kind)).toEqual(["promise", "signal"])
    await world.signal("end")
    expect(world.waits).toEqual([])
  })
})
