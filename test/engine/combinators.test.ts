// Combinators under stress: the same winner on every replay, errors in the order of the arguments, bounded fan-out.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import type { Operation } from "../../src/engine/workflow/operation.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { ranked } from "../support/scheduler.ts"
import { World } from "../support/world.ts"

const KINDS = ["race", "any", "all", "allSettled"] as const
const MEMBERS = 5

/** A composite of steps that end in an order drawn from the seed, some of them by failing. */
function rounds(kind: (typeof KINDS)[number], concurrency: number | undefined): Promise<World> {
  return World.of(
    (steps) =>
      function* (ctx: Context) {
        const task = steps.task("task")
        const undo = steps.sync("undo", (_, which: number) => which)
        const members = Array.from({ length: MEMBERS }, (_, which): Operation<unknown> =>
          ctx.run(function* member(memberCtx: Context) {
            try {
              return yield* memberCtx.run(task, which, ctx.options({ retryPolicy: Never() }))
            } finally {
              yield* memberCtx.run(undo, which)
            }
          }),
        )
        const result = yield* caughtOr(ctx[kind](members, { concurrency }))
        // What comes after depends on it, so that another winner would be a divergence.
        return yield* ctx.run(
          steps.sync("after", (_, seen: unknown) => seen),
          result,
        )
      },
  )
}

function* caughtOr(operation: Operation<unknown>): Generator<Operation<unknown>, unknown, unknown> {
  try {
    return yield* operation
  } catch (error) {
    return error instanceof AggregateError ? error.errors.map(String) : String(error)
  }
}

describe("check 35: 1,000 rounds under random completion order", () => {
  test.each(KINDS)("%s decides the same on every replay, losers cleaned up first", async (kind) => {
    for (let seed = 0; seed < 1_000 / KINDS.length; seed++) {
      const world = await rounds(kind, seed % 3 === 0 ? 2 : undefined)
      for (let turn = 0; !world.isOver; turn++) {
        const { pending } = world.steps
        const chosen = pending[Math.floor(ranked(seed, `choice ${turn}`) * pending.length)]
        if (chosen === undefined) throw new Error("Nothing is in flight.")
        const fails = ranked(seed, `fails ${chosen.path}`) < 0.4
        if (fails) await world.fail(chosen.path, new Error(`failed ${String(chosen.input[0])}`))
        else await world.finish(chosen.path, chosen.input[0])
      }
      // check 36: every member that began has cleaned up before anything came after.
      const began = new Set(world.steps.callsOf("task").map(({ input }) => input[0]))
      const cleaned = world.steps.callsOf("undo").map(({ input }) => input[0])
      expect(new Set(cleaned)).toEqual(began)
      expect(cleaned).toHaveLength(began.size)
      expect(world.steps.calls.at(-1)?.name).toBe("after")
      await expectSameReplay(world)
    }
  })
})

describe("check 37: success and failure", () => {
  const failing = (kind: "any" | "all") =>
    World.of(
      (steps) =>
        function* (ctx: Context) {
          const retryPolicy = ctx.options({ retryPolicy: Never() })
          const member = (name: string) => ctx.run(steps.task(name), retryPolicy)
          const error = yield* caught(ctx[kind]([member("a"), member("b"), member("c")]))
          return error instanceof AggregateError ? error.errors.map(String) : error
        },
    )

  test("any: the first success wins although others failed before", async () => {
    const world = await failing("any")
    await world.fail("c", new Error("c"))
    await world.fail("a", new Error("a"))
    await world.finish("b", "B")
    expect(world.value).toBe("nothing was thrown")
    await expectSameReplay(world)
  })

  test("any: all errors, in the order of the arguments, whatever came first", async () => {
    const world = await failing("any")
    for (const name of ["c", "a", "b"]) await world.fail(name, new Error(name))
    expect(world.value).toEqual(["Error: a", "Error: b", "Error: c"])
    await expectSameReplay(world)
  })

  test("all: the first failure decides, and is the one that is thrown", async () => {
    const world = await failing("all")
    await world.finish("a", 1)
    await world.fail("c", new Error("c"))
    expect(world.value).toMatchObject({ message: "c" })
    await expectSameReplay(world)
  })
})

describe("check 38: an operation or a timeout", () => {
  const either = () =>
    World.of(
      () =>
        function* (ctx: Context) {
          const { key } = yield* ctx.race({ signal: ctx.signal("s"), timer: ctx.sleep(10) })
          return key
        },
    )

  test("the signal first, the timer first", async () => {
    const first = await either()
    await first.signal("s")
    await first.advance(10)
    expect(first.value).toBe("signal")
    const late = await either()
    await late.advance(10)
    expect(late.value).toBe("timer")
    await late.signal("s")
    expect(late.store.unconsumed).toHaveLength(1)
  })

  test("an exact tie goes to what was recorded first, for ever", async () => {
    const tie = await either()
    tie.clock.advance(10)
    await tie.signal("s")
    expect(tie.value).toBe("signal")
    await expectSameReplay(tie)

    const down = await either()
    down.clock.advance(10)
    await down.crash()
    expect(down.value).toBe("timer")
    await expectSameReplay(down)
  })
})

describe("check 42: a bound on what is open at a time", () => {
  const fanOut = (count: number, concurrency: number, kind: "all" | "allSettled" = "all") =>
    World.of(
      (steps) =>
        function* (ctx: Context) {
          const task = steps.task<number>("task")
          const members = Array.from({ length: count }, (_, index) => ctx.run(task, index))
          const values = yield* ctx[kind](members, { concurrency })
          return values.length
        },
    )

  test("so many attempts are in flight, started in order, one for each that has ended", async () => {
    const world = await fanOut(6, 2)
    const inFlight = () => world.steps.pending.map(({ input }) => input[0])
    expect(inFlight()).toEqual([0, 1])
    await world.finish("0.1")
    expect(inFlight()).toEqual([0, 2])
    await world.crash()
    expect(inFlight()).toEqual([0, 2])
    await world.finish("0.0")
    expect(inFlight()).toEqual([2, 3])
    for (const path of ["0.2", "0.3", "0.4", "0.5"]) await world.finish(path)
    expect(world.value).toBe(6)
    await expectSameReplay(world)
  })

  test("10,000 members: never more than ten, over a crash in the middle", async () => {
    const world = await fanOut(10_000, 10)
    for (let ended = 0; !world.isOver; ended++) {
      expect(world.steps.pending.length).toBeLessThanOrEqual(10)
      if (ended === 5_000) await world.crash()
      const [oldest] = world.steps.pending
      if (oldest === undefined) throw new Error("Nothing is in flight.")
      await world.finish(oldest.path, ended)
    }
    expect(world.value).toBe(10_000)
    await expectSameReplay(world)
  }, 60_000)

  test("members that are done at once need no stack", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const double = steps.sync("double", (_, value: number) => value * 2)
          const members = Array.from({ length: 10_000 }, (_, index) => ctx.run(double, index))
          const values = yield* ctx.all(members, { concurrency: 3 })
          return values.at(-1)
        },
    )
    expect(world.value).toBe(19_998)
    await expectSameReplay(world)
  })

  test("once it is decided nothing more is started", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const task = steps.task("task")
          const retryPolicy = ctx.options({ retryPolicy: Never() })
          const members = [0, 1, 2, 3].map((which) => ctx.run(task, which, retryPolicy))
          return String(yield* caught(ctx.all(members, { concurrency: 2 })))
        },
    )
    await world.fail("0.1", new Error("one"))
    expect(world.value).toBe("Error: one")
    expect(world.steps.calls.map(({ input }) => input[0])).toEqual([0, 1])
    await expectSameReplay(world)
  })

  test("a cancel ends those that are open and starts no other", async () => {
    const world = await fanOut(5, 2, "allSettled")
    await world.finish("0.0")
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.calls).toHaveLength(3)
    await expectSameReplay(world)
  })

  test("check 54: another bound is another operation", async () => {
    let concurrency = 2
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const task = steps.task("task")
          const members = [0, 1, 2].map((which) => ctx.run(task, which))
          yield* ctx.all(members, { concurrency })
        },
    )
    concurrency = 3
    await world.crash()
    expect(world.halt).toMatchObject({ code: "divergence", details: { difference: "input" } })
  })

  test.each([0, -1, 1.5, NaN])("a bound of %s is refused", async (concurrency) => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.all([ctx.sleep(1)], { concurrency })
        },
    )
    expect(world.error).toBeInstanceOf(RangeError)
  })
})
