// Signals: delivered once, in order per name, kept until consumed (promise 7).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { TimeoutError } from "../../src/engine/errors.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const take = (count: number): Program => {
  return () =>
    function* (ctx: Context) {
      const seen: unknown[] = []
      for (let n = 0; n < count; n++) seen.push(yield* ctx.signal("go"))
      return seen
    }
}

describe("promise 7: a signal is delivered once, in order per name, kept until consumed", () => {
  test("after the wait", async () => {
    const world = await World.of(take(1))
    expect(world.waits).toMatchObject([{ kind: "signal", name: "go", path: "0" }])
    await world.signal("go", new Map([["a", 1n]]))
    expect(world.value).toEqual([new Map([["a", 1n]])])
    await expectSameReplay(world)
  })

  test("before the wait, and before the workflow has begun", async () => {
    const world = new World(take(2))
    world.store.addMessage("signal", "go", "1")
    await world.start()
    expect(world.isOver).toBe(false)
    await world.signal("go", 2)
    expect(world.value).toEqual([1, 2])
    await expectSameReplay(world)
  })

  test("several at once, with a crash after each", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const seen: unknown[] = []
          for (let n = 0; n < 3; n++) {
            yield* ctx.sleep(10)
            seen.push(yield* ctx.signal("go"))
          }
          return seen
        },
    )
    for (const value of ["a", "b", "c"]) await world.signal("go", value)
    for (let n = 0; n < 3; n++) {
      await world.crash()
      await world.advance(10)
    }
    expect(world.value).toEqual(["a", "b", "c"])
    expect(world.store.unconsumed).toEqual([])
    await expectSameReplay(world)
  })

  test("names do not mix, and what nobody takes is left over", async () => {
    const world = await World.of(take(1))
    await world.signal("other", 1)
    await world.crash()
    await world.signal("go", 2)
    await world.signal("go", 3)
    expect(world.value).toEqual([2])
    expect(world.store.unconsumed.map(({ name, text }) => [name, text])).toEqual([
      ["other", "1"],
      ["go", "3"],
    ])
  })

  test("several waiters of one name get one each, in the order in which they began to wait", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.all([ctx.signal("go"), ctx.signal("go"), ctx.signal("go")])
        },
    )
    await world.signal("go", 1)
    await world.crash()
    await world.signal("go", 2)
    await world.signal("go", 3)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("several that came while the object was gone reach as many waiters on return", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.all([ctx.signal("go"), ctx.signal("go"), ctx.signal("go")])
        },
    )
    for (const text of ["1", "2"]) world.store.addMessage("signal", "go", text)
    world.store.commit()
    await world.crash()
    expect(world.waits).toHaveLength(1)
    await world.signal("go", 3)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("a waiter that comes later does not overtake one that waits already", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const waiter = function* (ctx: Context) {
            return yield* ctx.signal("go")
          }
          const first = yield* ctx.beginRun(waiter)
          yield* ctx.signal("second")
          const second = yield* ctx.beginRun(waiter)
          return yield* ctx.all([first, second])
        },
    )
    // Both messages lie ready before the machine looks at either.
    world.store.addMessage("signal", "second", "0")
    world.store.addMessage("signal", "go", "1")
    world.machine.post({ type: "message", kind: "signal", name: "second" })
    world.machine.post({ type: "message", kind: "signal", name: "go" })
    await world.idle()
    await world.signal("go", 2)
    expect(world.value).toEqual([1, 2])
    await expectSameReplay(world)
  })

  test("one that came while the object was gone is found on return", async () => {
    const world = await World.of(take(1))
    world.store.addMessage("signal", "go", "7")
    world.store.commit()
    await world.crash()
    expect(world.value).toEqual([7])
  })

  test("a crash in the stretch that takes it in loses neither the signal nor its effect", async () => {
    for (const mode of ["dropped", "kept", "committed"] as const) {
      const world = await World.of(take(2))
      world.crashAtAppend(1, mode)
      await world.signal("go", 1)
      await world.signal("go", 2)
      expect(world.lives).toBe(2)
      expect(world.value).toEqual([1, 2])
    }
  })
})

describe("promise 7: a waiter that timed out never eats a signal", () => {
  const twice: Program = () =>
    function* (ctx: Context) {
      const first = yield* caught(ctx.signal("go", { timeoutMs: 100 }))
      yield* ctx.sleep(100)
      return [first, yield* ctx.signal("go")]
    }

  test("it throws a TimeoutError, and the next waiter gets the signal", async () => {
    const world = await World.of(twice)
    await world.advance(100)
    await world.signal("go", 1)
    await world.crash()
    await world.advance(100)
    expect(world.value).toEqual([expect.any(TimeoutError), 1])
    await expectSameReplay(world)
  })

  test("one that arrives in the very instant of the deadline, but first, is delivered", async () => {
    const world = await World.of(twice)
    world.clock.advance(100)
    await world.signal("go", 1)
    await world.signal("go", 2)
    await world.advance(100)
    expect(world.value).toEqual(["nothing was thrown", 2])
    await expectSameReplay(world)
  })

  test("the deadline stands over a crash", async () => {
    const world = await World.of(twice)
    await world.advance(60)
    await world.crash()
    await world.advance(39)
    expect(world.waits).toMatchObject([{ kind: "signal" }])
    await world.advance(1)
    expect(world.waits).toMatchObject([{ kind: "timer" }])
  })

  test("a waiter that lost a race eats none", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const first = yield* ctx.race({ go: ctx.signal("go"), window: ctx.sleep(5) })
          return [first.key, yield* ctx.signal("go")]
        },
    )
    await world.advance(5)
    await world.signal("go", 1)
    expect(world.value).toEqual(["window", 1])
    await expectSameReplay(world)
  })
})
