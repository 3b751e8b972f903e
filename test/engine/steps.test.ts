import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/context.ts"
import { EncodingError } from "../../src/engine/errors.ts"
import { Never } from "../../src/engine/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World, type Program } from "../support/world.ts"

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

describe("promise 3: the workflow sees the stored value, also on the first pass", () => {
  test("a result changed afterwards by the step is not changed in the workflow", async () => {
    const world = await World.of((steps) => {
      const shared = { n: 1, when: new Date(0) }
      const give = steps.sync("give", () => shared)
      const change = steps.sync("change", () => {
        shared.n = 2
      })
      return function* (ctx: Context) {
        const seen = yield* ctx.run(give)
        yield* ctx.run(change)
        return [seen.n, seen === shared, seen.when instanceof Date]
      }
    })
    expect(world.value).toEqual([1, false, true])
  })

  test("what the workflow changes in a result does not change the record", async () => {
    const world = await World.of((steps) => {
      const give = steps.sync("give", () => ({ list: [1] }))
      return function* (ctx: Context) {
        const seen = yield* ctx.run(give)
        seen.list.push(2)
        yield* ctx.sleep(5)
        return seen.list
      }
    })
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual([1, 2])
    expect(world.journal[0]?.text).toBe('{"list":[1]}')
  })

  test("values keep their types through a sync, an async and a replayed step", async () => {
    const rich = () => ({ at: new Date(5), map: new Map([[1n, new Set([undefined, NaN, -0])]]) })
    const world = await World.of((steps) => {
      const sync = steps.sync("sync", rich)
      const async = steps.async("async", rich)
      return function* (ctx: Context) {
        const seen: unknown[] = [yield* ctx.run(sync), yield* ctx.run(async)]
        yield* ctx.sleep(5)
        return seen
      }
    })
    await world.crash()
    await world.advance(5)
    expect(world.value).toStrictEqual([rich(), rich()])
  })

  test("an error is thrown as it will be replayed: name, code, own fields, stack; not the object itself", async () => {
    class DeclinedError extends Error {
      override readonly name = "DeclinedError"
      readonly code = "declined"
    }
    const original = new DeclinedError("no money")
    const world = await World.of((steps) => {
      const charge = steps.sync("charge", () => {
        throw original
      })
      return function* (ctx: Context) {
        const error = yield* caught(ctx.run(charge, ctx.options({ retryPolicy: Never() })))
        yield* ctx.sleep(5)
        return { same: error === original, isOwn: error instanceof DeclinedError, error }
      }
    })
    await world.crash()
    await world.advance(5)
    const seen = world.value as { same: boolean; isOwn: boolean; error: Error }
    expect(seen).toMatchObject({ same: false, isOwn: false })
    expect(seen.error).toMatchObject({
      name: "DeclinedError",
      message: "no money",
      code: "declined",
    })
    expect(seen.error.stack).toBe(original.stack)
  })

  test.each(["sync", "async"] as const)(
    "a result that cannot be stored fails a %s step at once, naming the path",
    async (kind) => {
      const world = await World.of((steps) => {
        const bad = steps[kind]("bad", () => ({ rows: [{ fn: () => 1 }] }))
        return function* (ctx: Context) {
          return yield* caught(ctx.run(bad))
        }
      })
      const error = world.value as EncodingError
      expect(error).toBeInstanceOf(EncodingError)
      expect(error.path).toBe(".rows[0].fn")
      expect(world.steps.calls).toHaveLength(1)
      await expectSameReplay(world)
    },
  )

  test("a result of the workflow that cannot be stored fails the run", async () => {
    const world = await World.of(
      () =>
        // eslint-disable-next-line require-yield
        function* () {
          return { at: [Symbol("x")] }
        },
    )
    expect(world.error).toMatchObject({ name: "EncodingError", path: ".at[0]" })
  })

  test("the input of the workflow is a fresh copy", async () => {
    const input = [{ list: [1] }]
    const world = await World.of(
      () =>
        function* (ctx: Context, given: { list: number[] }) {
          given.list.push(2)
          yield* ctx.sleep(5)
          return given.list
        },
      { input },
    )
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual([1, 2])
  })
})

describe("what a step is handed", () => {
  test("its context: id, name, path, attempt, key, signal, dependencies", async () => {
    const world = new World(
      (steps) => {
        const look = steps.sync("look", (ctx: StepContext) => ({
          id: ctx.id,
          name: ctx.name,
          path: ctx.path,
          attempt: ctx.attempt,
          isAborted: ctx.signal.aborted,
          dependency: ctx.getDependency<number>("db"),
        }))
        return function* (ctx: Context) {
          const dependency = ctx.getDependency<number>("db")
          return [yield* ctx.run(look, ctx.options({ name: "other" })), dependency]
        }
      },
      { id: "order/42" },
    )
    world.dependencies.set("db", 7)
    await world.start()
    const look = {
      id: "order/42",
      name: "other",
      path: "0",
      attempt: 1,
      isAborted: false,
      dependency: 7,
    }
    expect(world.value).toEqual([look, 7])
  })

  test("its arguments without the options", async () => {
    const world = await World.of((steps) => {
      const give = steps.sync("give", (_: StepContext, ...input: unknown[]) => input)
      return function* (ctx: Context) {
        return yield* ctx.run(give, 1, { timeoutMs: 5 }, ctx.options({ timeoutMs: 5 }))
      }
    })
    expect(world.value).toEqual([1, { timeoutMs: 5 }])
  })

  test("an anonymous step has a name in the journal", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.run(() => 1)
        },
    )
    expect(world.lines).toEqual(["completed 0 anonymous"])
  })

  test("a step is a plain function outside of a run", () => {
    const double = (_: unknown, n: number) => n * 2
    expect(double(undefined, 4)).toBe(8)
  })
})

describe("values of the engine's own", () => {
  const program: Program = () =>
    function* (ctx: Context) {
      const seen = [yield* ctx.date.now(), yield* ctx.math.random(), yield* ctx.uuid()]
      yield* ctx.sleep(5)
      return seen
    }

  test("promise 3: the time, a random number and a uuid are recorded and replayed", async () => {
    const world = await World.of(program)
    const seen = [world.clock.nowMs(), 0.001, "uuid-2"]
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual(seen)
    expect(world.lines.slice(0, 3)).toEqual([
      "completed 0 date.now",
      "completed 1 math.random",
      "completed 2 uuid",
    ])
    await expectSameReplay(world)
  })

  test("a published value is readable at once, the newest counts, and a replay does not publish again", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.publish("state", { n: 1n })
          yield* ctx.sleep(5)
          yield* ctx.publish("state", { n: 2n })
          yield* ctx.sleep(5)
        },
    )
    expect(world.published("state")).toEqual({ n: 1n })
    await world.advance(5)
    expect(world.published("state")).toEqual({ n: 2n })
    await world.crash()
    expect(world.published("state")).toEqual({ n: 2n })
    await world.advance(5)
    await expectSameReplay(world)
  })

  test("publishing what cannot be stored throws into the workflow and publishes nothing", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* caught(ctx.publish("state", { f: () => 1 }))
        },
    )
    expect(world.value).toBeInstanceOf(EncodingError)
    expect(world.published("state")).toBeUndefined()
    await expectSameReplay(world)
  })
})
