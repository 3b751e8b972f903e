// race, any, all and allSettled: the first to be recorded decides, for ever (promise 8).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

type Kind = "race" | "any" | "all" | "allSettled"

/** Two or three tasks under a composite, in a list. */
function compose(kind: Kind, names: readonly string[]): Program {
  return (steps) => {
    const tasks = names.map((name) => steps.task(name))
    return function* (ctx: Context) {
      const never = ctx.options({ retryPolicy: Never() })
      const members: Operation<unknown>[] = tasks.map((task) => ctx.run(task, never))
      try {
        return yield* ctx[kind](members)
      } catch (error) {
        return { caught: error }
      }
    }
  }
}

describe("promise 8: race: the first to be recorded wins, for ever", () => {
  test.each(["left", "right"])("%s comes first", async (winner) => {
    const world = await World.of(compose("race", ["left", "right"]))
    await world.finish(winner, winner)
    expect(world.value).toEqual({ key: winner === "left" ? 0 : 1, value: winner })
    await expectSameReplay(world)
  })

  test("a record of members gives the winner's key", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.race({ cancelled: ctx.signal("cancel"), window: ctx.sleep(5_000) })
        },
    )
    await world.signal("cancel", { by: "user" })
    expect(world.value).toEqual({ key: "cancelled", value: { by: "user" } })
    await expectSameReplay(world)
  })

  test("a failure decides a race as well", async () => {
    const world = await World.of(compose("race", ["left", "right"]))
    await world.fail("right", new TypeError("no"))
    expect(world.value).toMatchObject({ caught: { name: "TypeError", message: "no" } })
    await expectSameReplay(world)
  })

  test("the loser's attempt is aborted and its result refused", async () => {
    const world = await World.of(compose("race", ["left", "right"]))
    const loser = world.steps.take("right")
    await world.finish("left", 1)
    expect(loser.signal.aborted).toBe(true)
    loser.resolve("too late")
    await world.idle()
    expect(world.value).toEqual({ key: 0, value: 1 })
  })

  test("a crash after the decision keeps it, whatever would come first now", async () => {
    const world = await World.of((steps) => {
      const left = steps.task("left")
      const right = steps.task("right")
      return function* (ctx: Context) {
        const first = yield* ctx.race([ctx.run(left), ctx.run(right)])
        yield* ctx.sleep(5)
        return first
      }
    })
    await world.finish("right", "r")
    await world.crash()
    expect(world.steps.pending).toHaveLength(0)
    await world.advance(5)
    expect(world.value).toEqual({ key: 1, value: "r" })
  })

  test("both are due in the same instant: the order of the record decides, and stays", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.race({ window: ctx.sleep(5), go: ctx.signal("go") })
        },
    )
    world.clock.advance(5)
    await world.signal("go", 1)
    expect(world.value).toEqual({ key: "go", value: 1 })
    await expectSameReplay(world)
  })

  test("a member that is done at once decides, and those after it are never begun", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      const task = steps.task("task")
      return function* (ctx: Context) {
        return yield* ctx.race([ctx.sleep(5), ctx.run(plain), ctx.run(task)])
      }
    })
    expect(world.value).toEqual({ key: 1, value: 1 })
    expect(world.steps.callsOf("task")).toEqual([])
    await expectSameReplay(world)
  })

  test("losers are cleaned up before the race returns, durably", async () => {
    const world = await World.of((steps) => {
      const hold = steps.task("hold")
      const release = steps.task("release")
      const after = steps.sync("after", () => "after")
      const reservation = function* (ctx: Context) {
        try {
          yield* ctx.run(hold)
        } finally {
          yield* ctx.run(release)
        }
      }
      return function* (ctx: Context) {
        const first = yield* ctx.race({ held: ctx.run(reservation), window: ctx.sleep(5) })
        return [first.key, yield* ctx.run(after)]
      }
    })
    await world.advance(5)
    expect(world.steps.callsOf("after")).toEqual([])
    await world.crash()
    expect(world.steps.callsOf("after")).toEqual([])
    await world.finish("release")
    expect(world.value).toEqual(["window", "after"])
    await expectSameReplay(world)
  })

  test("a loser that swallows its cancellation does not become the winner", async () => {
    const world = await World.of(() => {
      const stubborn = function* (ctx: Context) {
        return yield* caught(ctx.sleep(1_000))
      }
      return function* (ctx: Context) {
        return yield* ctx.race([ctx.run(stubborn), ctx.sleep(5)])
      }
    })
    await world.advance(5)
    expect(world.value).toEqual({ key: 1, value: undefined })
    expect(world.lines).toContain("cancelled 0.0")
    await expectSameReplay(world)
  })

  test("two sub-workflows that go on at the same fact: the first decides, the other is unwound", async () => {
    const world = await World.of((steps) => {
      const note = steps.sync("note", () => 1)
      return function* (ctx: Context) {
        const shared = yield* ctx.beginRun(function* wait(ctx: Context) {
          return yield* ctx.signal("go")
        })
        const follow = function* (ctx: Context, name: string) {
          yield* shared
          yield* ctx.run(note)
          return name
        }
        return yield* ctx.race([ctx.run(follow, "a"), ctx.run(follow, "b")])
      }
    })
    await world.signal("go")
    expect(world.value).toEqual({ key: 0, value: "a" })
    await expectSameReplay(world)
  })

  test("a race in a race: what is inside the loser is cancelled, leaves first", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const inner = ctx.race([ctx.signal("a"), ctx.race([ctx.signal("b"), ctx.signal("c")])])
          return yield* ctx.race({ inner, window: ctx.sleep(5) })
        },
    )
    await world.advance(5)
    expect(world.value).toEqual({ key: "window", value: undefined })
    expect(world.waits).toEqual([])
    await expectSameReplay(world)
  })

  test("the value of a composite inside a composite is whole", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const both = ctx.all({ a: ctx.signal("a"), b: ctx.signal("b") })
          return yield* ctx.race({ both, window: ctx.sleep(5) })
        },
    )
    await world.signal("b", 2)
    await world.crash()
    await world.signal("a", 1n)
    expect(world.value).toEqual({ key: "both", value: { a: 1n, b: 2 } })
    await expectSameReplay(world)
  })
})

describe("promise 8: any: the first success wins", () => {
  test("also when others fail before it", async () => {
    const world = await World.of(compose("any", ["a", "b", "c"]))
    await world.fail("b", new Error("no"))
    await world.fail("a", new Error("no"))
    await world.crash()
    await world.finish("c", 3)
    expect(world.value).toEqual({ key: 2, value: 3 })
    await expectSameReplay(world)
  })

  test("when all fail, their errors come in the order of the members", async () => {
    const world = await World.of(compose("any", ["a", "b"]))
    await world.fail("b", new Error("second"))
    await world.fail("a", new TypeError("first"))
    const { caught } = world.value as { caught: AggregateError }
    expect(caught).toBeInstanceOf(AggregateError)
    expect(caught.errors).toMatchObject([
      { name: "TypeError", message: "first" },
      { message: "second" },
    ])
    await expectSameReplay(world)
  })
})

describe("promise 8: all and allSettled", () => {
  test("all gives the values in the order of the members, not of their end", async () => {
    const world = await World.of(compose("all", ["a", "b", "c"]))
    await world.finish("c", 3)
    await world.crash()
    await world.finish("a", 1)
    await world.finish("b", 2)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("the first failure fails all, and the others are cancelled", async () => {
    const world = await World.of(compose("all", ["a", "b", "c"]))
    const other = world.steps.take("c")
    await world.finish("a", 1)
    await world.fail("b", new RangeError("no"))
    expect(other.signal.aborted).toBe(true)
    expect(world.value).toMatchObject({ caught: { name: "RangeError" } })
    await expectSameReplay(world)
  })

  test("allSettled waits for everybody", async () => {
    const world = await World.of(compose("allSettled", ["a", "b"]))
    await world.fail("a", new RangeError("no"))
    expect(world.isOver).toBe(false)
    await world.finish("b", new Date(5))
    expect(world.value).toEqual([
      { status: "rejected", reason: expect.any(RangeError) },
      { status: "fulfilled", value: new Date(5) },
    ])
    await expectSameReplay(world)
  })

  test("of nothing at all they are done at once", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return [yield* ctx.all([]), yield* ctx.allSettled({}), yield* ctx.all({})]
        },
    )
    expect(world.value).toEqual([[], {}, {}])
    await expectSameReplay(world)
  })

  test("race and any of nothing are refused, because they would wait for ever", async () => {
    for (const kind of ["race", "any"] as const) {
      const world = await World.of(
        () =>
          function* (ctx: Context) {
            yield* ctx[kind]([])
          },
      )
      expect(world.error).toMatchObject({ code: "invalid_operation" })
    }
  })

  test("a failure inside a composite counts as seen and does not fail the run again", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const future = yield* ctx.beginRun(task, ctx.options({ retryPolicy: Never() }))
        yield* ctx.allSettled([future])
        return "fine"
      }
    })
    await world.fail("task", new Error("no"))
    expect(world.value).toBe("fine")
  })

  test("keys that objects order by themselves keep their members", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.all({
            b: ctx.signal("b"),
            2: ctx.signal("two"),
            a: ctx.signal("a"),
            1: ctx.signal("one"),
          })
        },
    )
    for (const name of ["a", "b", "one", "two"]) await world.signal(name, name)
    expect(world.value).toEqual({ a: "a", b: "b", 1: "one", 2: "two" })
  })

  test("the same operation twice is performed twice", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        const operation = ctx.run(plain)
        return [yield* ctx.all([operation, operation]), yield* operation]
      }
    })
    expect(world.value).toEqual([[1, 1], 1])
    expect(world.steps.calls.map(({ path }) => path)).toEqual(["0.0", "0.1", "1"])
  })
})

describe("promise 8: under random order of completion", () => {
  test("1,000 rounds pick the same winner on every replay", async () => {
    let seed = 42
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed / 2 ** 31
    }
    for (let round = 0; round < 1_000; round++) {
      const kind = (["race", "any", "all", "allSettled"] as const)[round % 4]!
      const world = await World.of(compose(kind, ["a", "b", "c"]))
      while (!world.isOver) {
        const { pending } = world.steps
        if (pending.length === 0) await world.idle()
        const chosen = pending[Math.floor(random() * pending.length)]
        if (chosen === undefined) continue
        const { name } = chosen
        if (random() < 0.3) world.steps.take(name).reject(new Error(name))
        else world.steps.take(name).resolve(name)
        // Two ends in one turn of the event loop, now and then.
        if (random() < 0.7) await world.idle()
      }
      await expectSameReplay(world)
    }
  })
})

test("promise 2: a step that begins where a child has ended is called in no transaction", async () => {
  const bounded: Program = (steps) =>
    function* (ctx: Context) {
      const step = steps.lazy("step")
      return yield* ctx.all([ctx.rpc("child"), ctx.run(step)], { concurrency: 1 })
    }
  const ended = await World.of(bounded)
  await ended.childEnds("0.0", { value: "child" })
  await ended.finish("step", "step")
  expect(ended.value).toEqual(["child", "step"])
  await expectSameReplay(ended)

  const late: Program = (steps) =>
    function* (ctx: Context) {
      const child = ctx.rpc("child", ctx.options({ timeoutMs: 10 }))
      return yield* ctx.allSettled([child, ctx.run(steps.lazy("step"))], { concurrency: 1 })
    }
  const timedOut = await World.of(late)
  await timedOut.advance(10)
  expect(timedOut.store.sentToChildren.map(({ what }) => what)).toEqual(["start", "stop"])
  await timedOut.finish("step", "step")
  expect(timedOut.value).toMatchObject([{ status: "rejected" }, { value: "step" }])
  await expectSameReplay(timedOut)
})
