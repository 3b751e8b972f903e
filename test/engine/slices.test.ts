// Slices: a drive gives way and goes on, and a replay meets the same order (promises 8, 16).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { MACHINE_LIMITS } from "../../src/engine/machine/machine-limits.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const endless: Program = (steps) => {
  const plain = steps.sync("plain", (_, n: number) => n)
  const undo = steps.sync("undo", (_, n: number) => n)
  return function* (ctx: Context) {
    let n = 0
    try {
      for (;;) yield* ctx.run(plain, n++)
    } finally {
      yield* ctx.run(undo, n)
    }
  }
}

/** Starts without driving on after a slice. */
function firstSlice(world: World): void {
  world.store.touch()
  world.slice(true)
}

describe("promise 16: a workflow that loops over synchronous steps for ever", () => {
  test(`gives way after ${MACHINE_LIMITS.sliceRecords} steps, and each slice is committed`, () => {
    const world = new World(endless)
    firstSlice(world)
    expect(world.result.type).toBe("yield")
    expect(world.journal.length).toBe(MACHINE_LIMITS.sliceRecords)
    expect(world.store.isPending).toBe(false)
    world.slice()
    expect(world.result.type).toBe("yield")
    expect(world.journal.length).toBe(2 * MACHINE_LIMITS.sliceRecords)
  })

  test("gives way after 1 MiB of results", () => {
    const world = new World((steps) => {
      const big = steps.sync("big", () => "x".repeat(100_000))
      return function* (ctx: Context) {
        for (;;) yield* ctx.run(big)
      }
    })
    firstSlice(world)
    expect(world.result.type).toBe("yield")
    expect(world.journal.length).toBe(Math.ceil(MACHINE_LIMITS.sliceBytes / 100_002))
  })

  test("can be cancelled between two slices, and a replay meets the same", async () => {
    const world = new World(endless)
    firstSlice(world)
    world.slice()
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("can be cancelled over a crash between two slices", async () => {
    const world = new World(endless)
    firstSlice(world)
    world.die()
    world.slice()
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("a step calls nothing twice whose slice was committed", () => {
    const world = new World(endless)
    firstSlice(world)
    world.slice()
    const calls = world.steps.calls.length
    world.die()
    world.slice()
    const inputs = world.steps.calls.map(({ input }) => input[0])
    expect(world.steps.calls.length).toBeGreaterThan(calls)
    expect(inputs).toEqual(inputs.map((_, index) => index))
  })
})

describe("promise 8: what comes in between two slices", () => {
  const mixed: Program = (steps) => {
    const plain = steps.sync("plain", (_, n: number) => n)
    const task = steps.task("task")
    return function* (ctx: Context) {
      const trace: string[] = []
      const future = yield* ctx.beginRun(task)
      const busy = function* (ctx: Context, name: string) {
        for (let n = 0; n < 10; n++) {
          trace.push(`${name}${n} ${future.state}`)
          yield* ctx.run(plain, n)
        }
        return name
      }
      const names = yield* ctx.all([ctx.run(busy, "a"), ctx.run(busy, "b"), future])
      return [names, trace]
    }
  }

  test.each([1, 2, 3, 5, 7, 11])(
    "an attempt's end after slices of %i records is replayed as it came",
    async (sliceRecords) => {
      for (let after = 1; after < 12; after++) {
        const world = new World(mixed, { limits: { sliceRecords } })
        firstSlice(world)
        for (let slice = 1; slice < after && world.result.type === "yield"; slice++) world.slice()
        if (world.steps.pending.length > 0) await world.finish("task", "done")
        await world.wake()
        if (!world.isOver) await world.finish("task", "done")
        expect((world.value as unknown[])[0]).toEqual(["a", "b", "done"])
        await expectSameReplay(world)
      }
    },
  )

  test("branches that go on at one fact are advanced in the same order on every replay", async () => {
    const seen: string[][] = []
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_ctx, name: string) => name)
        const trace: string[] = []
        seen.push(trace)
        return function* (ctx: Context) {
          const go = yield* ctx.beginRun(function* go(ctx: Context) {
            yield* ctx.signal("go")
          })
          const branch = function* branch(ctx: Context, name: string) {
            yield* go
            trace.push(`${name} goes on`)
            yield* ctx.run(plain, name)
            trace.push(`${name} is done`)
          }
          yield* ctx.all([ctx.run(branch, "a"), ctx.run(branch, "b")])
        }
      },
      { limits: { sliceRecords: 2 } },
    )
    await world.signal("go")
    await expectSameReplay(world)
    expect(seen.at(-1)).toEqual(seen[0])
    expect(seen[0]).toEqual(["a goes on", "b goes on", "b is done", "a is done"])
  })

  test("a loop over operations that record nothing gives way, and can be killed, but lets nothing in", () => {
    const world = new World(
      () =>
        function* (ctx: Context) {
          for (;;) yield* ctx.panic(false)
        },
      { limits: { sliceTurns: 100 } },
    )
    for (let slice = 0; slice < 5; slice++) {
      world.slice()
      expect(world.result.type).toBe("yield")
    }
    expect(world.journal).toEqual([])
  })

  test("a loop that swallows every error gives way as well", () => {
    const world = new World(
      () =>
        function* () {
          for (;;) {
            try {
              yield "garbage"
            } catch {
              // A workflow that refuses to listen.
            }
          }
        },
      { limits: { sliceTurns: 100 } },
    )
    world.slice()
    world.slice()
    expect(world.result.type).toBe("yield")
  })

  test("what a workflow sees between operations that record nothing does not depend on slices", async () => {
    const program: Program = (steps) => {
      const plain = steps.sync("plain", (_, n: number) => n)
      const task = steps.task("task")
      return function* (ctx: Context) {
        const done = yield* ctx.beginRun(plain, 0)
        const future = yield* ctx.beginRun(task)
        const trace: string[] = []
        for (let n = 0; n < 20; n++) {
          yield* done
          trace.push(future.state)
          yield* ctx.panic(false)
          trace.push(future.state)
          yield* ctx.run(plain, n)
        }
        yield* future
        return trace
      }
    }
    for (let after = 1; after < 12; after++) {
      const world = new World(program, { limits: { sliceRecords: 3, sliceTurns: 10 } })
      firstSlice(world)
      for (let slice = 1; slice < after && world.result.type === "yield"; slice++) world.slice()
      if (world.steps.pending.length > 0) await world.finish("task")
      await world.wake()
      if (!world.isOver) await world.finish("task")
      await expectSameReplay(world)
    }
  })

  test("a replay of many records takes more than one slice of turns and loses nothing", async () => {
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        const busy = function* (ctx: Context, base: number) {
          let sum = 0
          for (let n = 0; n < 50; n++) sum += yield* ctx.run(plain, base + n)
          return sum
        }
        return function* (ctx: Context) {
          const sums = yield* ctx.all([ctx.run(busy, 0), ctx.run(busy, 100)])
          yield* ctx.sleep(5)
          return sums
        }
      },
      { limits: { sliceTurns: 7, sliceRecords: 13 } },
    )
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual([1_225, 6_225])
    expect(world.steps.calls).toHaveLength(100)
    await expectSameReplay(world)
  })

  test("a plain step that is begun as a slice ends is performed in the next", async () => {
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        return function* (ctx: Context) {
          const futures = []
          for (let n = 0; n < 10; n++) futures.push(yield* ctx.beginRun(plain, n))
          return yield* ctx.all(futures)
        }
      },
      { limits: { sliceRecords: 3 } },
    )
    expect(world.value).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(world.slices).toBeGreaterThan(3)
    await expectSameReplay(world)
  })

  test("a composite of many plain steps gives way as well", async () => {
    const world = await World.of(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        return function* (ctx: Context) {
          return yield* ctx.all(Array.from({ length: 30 }, (_, n) => ctx.run(plain, n)))
        }
      },
      { limits: { sliceRecords: 4 } },
    )
    expect((world.value as number[]).length).toBe(30)
    expect(world.slices).toBeGreaterThan(6)
    await expectSameReplay(world)
  })

  test("a cancel that comes while a step is put off cancels it before it is called", async () => {
    const world = new World(
      (steps) => {
        const plain = steps.sync("plain", (_, n: number) => n)
        return function* (ctx: Context) {
          for (let n = 0; n < 10; n++) {
            const error = yield* caught(ctx.run(plain, n))
            if (error !== "nothing was thrown") return n
          }
          return "went on"
        }
      },
      { limits: { sliceRecords: 4 } },
    )
    firstSlice(world)
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.calls).toHaveLength(4)
    await expectSameReplay(world)
  })
})

test("a slice that ends just before a sub-workflow begins changes nothing for one that has lost already", async () => {
  const linesBy = async (sliceTurns: number) => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.race([
            ctx.run(function* quick() {
              return "quick"
            }),
            ctx.run(function* slow(slowCtx: Context) {
              yield* slowCtx.compensate(steps.sync("undo", () => "undone"))
              yield* slowCtx.sleep(10)
            }),
          ])
        },
      { limits: { sliceTurns }, isWakeDirty: true },
    )
    expect(world.value).toEqual({ key: 0, value: "quick" })
    await expectSameReplay(world)
    return world.lines
  }
  const lines = await linesBy(1_000)
  expect(lines).toContain("completed 0.1.undo.0 undo")
  for (let sliceTurns = 1; sliceTurns < 8; sliceTurns++) {
    expect(await linesBy(sliceTurns)).toEqual(lines)
  }
})
