// Reduce: a durable fold: every item a step, the accumulator kept now and then, so that nothing grows with what is done.

import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { InvalidOperationError, NonRetryableError } from "../../src/engine/errors.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import type { StepHands } from "../support/step-hands.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { ProcessOptions } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

type Add = (ctx: StepContext, sum: number, item: number, index: number) => number

/** Sums the numbers below `count`, a snapshot every ten. */
function summing(count: number, options: ProcessOptions = {}, add?: (steps: StepHands) => Add) {
  return World.of((steps) => {
    const step = add?.(steps) ?? steps.sync<Add>("add", (_, sum, item) => sum + item)
    return function* (ctx: Context) {
      return yield* ctx.reduce(upTo(count), step, 0, { snapshotEvery: 10, progress: "folded" })
    }
  }, options)
}

describe("a fold of synchronous steps", () => {
  test("gives the last accumulator; each item is a step at a path of its own", async () => {
    const world = await summing(3)
    expect(world.value).toBe(3)
    expect(world.lines).toEqual([
      "open 0 reduce add",
      "completed 0.0 add",
      "completed 0.1 add",
      "completed 0.2 add",
      "completed 0",
    ])
    expect(world.steps.calls.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      expect.stringMatching(/\/0\.0$/),
      expect.stringMatching(/\/0\.1$/),
      expect.stringMatching(/\/0\.2$/),
    ])
    await expectSameReplay(world)
  })

  test("of nothing is what it began with, as it is stored", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const initial = { at: new Date(5), list: [1] }
          const folded = yield* ctx.reduce(
            [],
            steps.sync("step", () => initial),
            initial,
          )
          return [folded, folded === initial]
        },
    )
    expect(world.value).toEqual([{ at: new Date(5), list: [1] }, false])
    await expectSameReplay(world)
  })

  test("keeps the journal bounded, and a wake reads no more for having folded more", async () => {
    const read = async (count: number) => {
      const world = await summing(count + 5, {
        faults: [{ step: "add", call: count + 1, attempt: 1, action: "hang" }],
      })
      await world.crash()
      expect(world.published("folded")).toBeGreaterThanOrEqual(count)
      expect(world.value).toBe(((count + 5) * (count + 4)) / 2)
      return { records: world.journal.length, read: world.store.recordsRead }
    }
    const few = await read(95)
    const many = await read(995)
    expect(many.records).toBe(few.records)
    expect(many.read).toBe(few.read)
  })

  test("promise 1: crashed anywhere, no recorded item is folded again", async () => {
    const calm = await summing(35)
    for (let append = 1; append <= calm.store.appends; append++) {
      for (const mode of ["dropped", "kept", "committed"] as const) {
        const steps = (hands: StepHands) => hands.sync<Add>("add", (_, sum, item) => sum + item)
        const world = new World(
          (hands) => {
            const step = steps(hands)
            return function* (ctx: Context) {
              return yield* ctx.reduce(upTo(35), step, 0, { snapshotEvery: 10 })
            }
          },
          { limits: { sliceRecords: 7 } },
        )
        world.crashAtAppend(append, mode)
        await world.start()
        expect(world.value).toBe(calm.value)
        await expectSameReplay(world)
      }
    }
  })

  test("a slice ends in the middle, and signals are heard", async () => {
    const world = await World.of(
      (steps) => {
        const add = steps.sync<Add>("add", (_, sum, item) => sum + item)
        return function* (ctx: Context) {
          return yield* ctx.all([
            ctx.reduce(upTo(30), add, 0, { snapshotEvery: 4 }),
            ctx.reduce(upTo(20), add, 100, { snapshotEvery: 3 }),
            ctx.run(steps.sync("beside", () => "beside")),
            ctx.signal("s"),
          ])
        }
      },
      { limits: { sliceRecords: 5 } },
    )
    await world.crash()
    await world.signal("s", "heard")
    expect(world.value).toEqual([435, 290, "beside", "heard"])
    await expectSameReplay(world)
  })
})

describe("a fold of asynchronous steps", () => {
  test("one after the other; a crash repeats the one in flight, with its key and the next number", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.reduce(["a", "b", "c"], steps.task<string>("step"), "", {
            snapshotEvery: 1,
          })
        },
    )
    await world.finish("step", "A")
    await world.crash()
    expect(world.journal.map(({ path, type }) => `${type} ${path}`)).toEqual([
      "open 0",
      "start 0.1",
      "start 0.1",
    ])
    await world.finish("step", "AB")
    await world.finish("step", "ABC")
    expect(world.value).toBe("ABC")
    expect(world.steps.calls.map(({ path, attempt, input }) => [path, attempt, ...input])).toEqual([
      ["0.0", 1, "", "a", 0],
      ["0.1", 1, "A", "b", 1],
      ["0.1", 2, "A", "b", 1],
      ["0.2", 1, "AB", "c", 2],
    ])
    await expectSameReplay(world)
  })

  test("a step that turns out to return a promise", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.reduce([1, 2], steps.lazy<number>("step"), 0, { snapshotEvery: 1 })
        },
    )
    await world.finish("step", 1)
    await world.crash()
    await world.finish("step", 3)
    expect(world.value).toBe(3)
    await expectSameReplay(world)
  })
})

describe("with apply", () => {
  interface Stock {
    total: number
    ids: string[]
  }
  const stocking = (count: number, options: ProcessOptions = {}) =>
    World.of((steps) => {
      const step = steps.sync(
        "step",
        (_: StepContext, stock: Stock, id: string) => `${id}/${stock.ids.length}`,
      )
      return function* (ctx: Context) {
        const initial: Stock = { total: 0, ids: [] }
        const stock = yield* ctx.reduce(upTo(count).map(String), step, initial, {
          snapshotEvery: 10,
          publish: { name: "stock", of: ({ total }) => total },
          apply: (into, change: string) => {
            into.ids.push(change)
            into.total++
            return into
          },
        })
        return [stock.total, stock.ids.at(-1), initial.total]
      }
    }, options)

  test("what is stored is the changes; the accumulator is one, and the workflow's own stays as it was", async () => {
    const world = await stocking(25, {
      faults: [{ step: "step", call: 24, attempt: 1, action: "hang" }],
    })
    await world.crash()
    expect(world.value).toEqual([25, "24/24", 0])
    expect(world.published("stock")).toBe(25)
    await expectSameReplay(world)
  })

  test("what is written stays linear in the number of items", async () => {
    const small = await stocking(2_000, { limits: { sliceRecords: 100 } })
    const large = await stocking(8_000, { limits: { sliceRecords: 100 } })
    expect(large.store.bytesWritten / small.store.bytesWritten).toBeLessThan(6)
    expect(large.store.rowsWritten / small.store.rowsWritten).toBeLessThan(4.2)
  })

  test("a change that apply refuses fails the item, and nothing is lost", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const step = steps.sync("step", (_: StepContext, __: number, item: number) => item)
          return yield* ctx.reduce(upTo(5), step, 0, {
            apply: (sum: number, change: number) => {
              if (change === 3) throw new TypeError("three")
              return sum + change
            },
            publish: { name: "sum" },
          })
        },
    )
    expect(world.error).toBeInstanceOf(TypeError)
    expect(world.lines.slice(-2)).toEqual(["failed 0.3 step", "failed 0"])
    expect(world.published("sum")).toBe(3)
    await expectSameReplay(world)
  })

  test("promise 1: when apply throws over what was recorded, nothing of it is lost", async () => {
    let refuses = false
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.reduce([1, 2, 3], steps.task<number>("step"), 0, {
            retryPolicy: Constant({ delayMs: 5 }),
            apply: (sum: number, change: number) => {
              if (refuses) throw new TypeError("not now")
              return sum + change
            },
          })
        },
    )
    await world.finish("step", 10)
    await world.finish("step", 20)
    refuses = true
    await world.crash()
    expect(world.steps.pending).toEqual([])
    refuses = false
    await world.advance(5)
    expect(world.steps.pending.map(({ input }) => input)).toEqual([[30, 3, 2]])
    await world.finish("step", 30)
    expect(world.value).toBe(60)
    await expectSameReplay(world)
  })

  test("check 19: an accumulator that cannot be stored fails at the first item", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const step = steps.sync("step", (_: StepContext, __: object, item: number) => item)
          const initial: Record<string, unknown> = {}
          yield* ctx.reduce(upTo(5), step, initial, {
            apply: (into, change: number) => ({ ...into, change: () => change }),
          })
        },
    )
    expect(world.error).toMatchObject({ code: "encoding", path: ".change" })
    expect(world.steps.calls).toHaveLength(1)
    await expectSameReplay(world)
  })
})

describe("when an item fails", () => {
  const failing = (fails: (index: number, attempt: number) => unknown) =>
    World.of((steps) => {
      const step = steps.sync<Add>("add", (ctx, sum, item, index) => {
        const error = fails(index, ctx.attempt)
        if (error !== undefined) throw error
        return sum + item
      })
      return function* (ctx: Context) {
        return yield* ctx.reduce(upTo(20), step, 0, {
          snapshotEvery: 5,
          retryPolicy: Constant({ delayMs: 10, maxRetries: 2 }),
        })
      }
    })

  test("it is tried again by its policy, and only it", async () => {
    const world = await failing((index, attempt) =>
      index === 12 && attempt < 3 ? new Error("again") : undefined,
    )
    await world.advance(10)
    await world.crash()
    await world.advance(10)
    expect(world.value).toBe(190)
    expect(world.steps.calls.filter(({ isOut }) => isOut)).toHaveLength(22)
    await expectSameReplay(world)
  })

  test("for good, the fold throws its error", async () => {
    const world = await failing((index) =>
      index === 12 ? new NonRetryableError("twelve", { code: "no_twelve" }) : undefined,
    )
    expect(world.error).toMatchObject({ message: "twelve", code: "no_twelve" })
    await expectSameReplay(world)
  })

  test("a person may ask for another go at it, or skip it with the next accumulator", async () => {
    let isBroken = true
    const broken = (index: number) =>
      index === 12 && isBroken ? new NonRetryableError("twelve") : undefined
    const retried = await failing(broken)
    const failedAt = retried.journal.findIndex(({ path }) => path === "0.12")
    const failed = retried.journal[failedAt]
    const skipped = retried.replay()
    isBroken = false
    await retried.operate({ name: "retry", path: "0.12", attempt: 1, keep: failedAt })
    expect(retried.value).toBe(190)
    expect(retried.steps.callsOf("add").find(({ path }) => path === "0.12")?.attempt).toBe(1)
    expect(retried.steps.callsOf("add").findLast(({ path }) => path === "0.12")?.attempt).toBe(2)
    await expectSameReplay(retried)
    if (failed === undefined) throw new Error("The item did not fail.")
    const { path, inline, kind, name, digest } = failed
    const outcome = { path, inline, kind, name, digest }
    await skipped.operate({ name: "skip", value: 1_000, outcome, keep: failedAt })
    expect(skipped.value).toBe(1_000 + 13 + 14 + 15 + 16 + 17 + 18 + 19)
    await expectSameReplay(skipped)
  })
})

describe("a fold and what is around it", () => {
  test("check 43: a cancel stops it at the item in flight", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const error = yield* caught(
            ctx.reduce(upTo(5), steps.task<number>("step"), 0, { snapshotEvery: 1 }),
          )
          yield* ctx.publish("error", error)
        },
    )
    await world.finish("step", 1)
    await world.cancel()
    expect(world.lines.slice(1)).toEqual([
      "start 0.1 step",
      "cancel  cancelled",
      "cancelled 0.1",
      "cancelled 0",
      "completed 1 error",
    ])
    await expectSameReplay(world)
  })

  test("a cancel that comes between two slices stops it there", async () => {
    const world = new World(
      (steps) => {
        const add = steps.sync<Add>("add", (_, sum, item) => sum + item)
        return function* (ctx: Context) {
          return yield* ctx.reduce(upTo(1_000), add, 0, { snapshotEvery: 10 })
        }
      },
      { limits: { sliceRecords: 25 } },
    )
    world.store.touch()
    world.slice(true)
    world.store.commit()
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.steps.calls.length).toBeLessThan(60)
    await expectSameReplay(world)
  })

  test("check 36: as the loser of a race it ends, and what is recorded stays", async () => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          return yield* ctx.race({
            fold: ctx.reduce(upTo(5), steps.task<number>("step"), 0),
            timer: ctx.sleep(10),
          })
        },
    )
    await world.finish("step", 1)
    await world.advance(10)
    expect(world.value).toEqual({ key: "timer", value: undefined })
    await expectSameReplay(world)
  })

  test("check 54: another step, other items or another number of them are a divergence", async () => {
    const variants: readonly (readonly [string, string, number[]])[] = [
      ["name", "other", [1, 2, 3]],
      ["input", "step", [1, 9, 3]],
      ["input", "step", [1, 2, 3, 4]],
    ]
    for (const [difference, name, later] of variants) {
      let items = [1, 2, 3]
      let stepName = "step"
      const world = await World.of(
        (steps) =>
          function* (ctx: Context) {
            return yield* ctx.reduce(items, steps.task<number>(stepName), 0)
          },
      )
      await world.finish("step", 1)
      items = later
      stepName = name
      await world.crash()
      expect(world.halt).toMatchObject({ code: "divergence", details: { difference } })
    }
  })

  test("what can be no fold is refused where it is written", async () => {
    const none = undefined as never
    const wrong: readonly ((ctx: Context) => unknown)[] = [
      (ctx) => ctx.reduce(none, () => 1, 0),
      (ctx) => ctx.reduce([], none, 0),
      (ctx) => ctx.reduce([], function* step() {} as never, 0),
      (ctx) => ctx.reduce([], () => 1, 0, { apply: 5 as never }),
    ]
    for (const each of wrong) {
      const world = await World.of(
        () =>
          function* (ctx: Context) {
            each(ctx)
            yield* ctx.sleep(0)
          },
      )
      expect(world.error).toBeInstanceOf(InvalidOperationError)
    }
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.reduce([], () => 1, 0, { snapshotEvery: 0, retryPolicy: Never() })
        },
    )
    expect(world.error).toBeInstanceOf(RangeError)
  })

  test("limits: numbers given to records are not given again", async () => {
    const world = await summing(20, {}, (steps) =>
      steps.sync<Add>("add", (_, sum, item) => sum + item),
    )
    await world.crash()
    const seqs = world.journal.map(({ seq }) => seq)
    expect(seqs.at(-1)).toBe(22)
  })
})

test("records that a snapshot has made forgotten count against no limit, nor after a crash", async () => {
  const items = Array.from({ length: 40 }, (_, index) => index)
  const world = await World.of(
    (steps) => {
      const add = steps.sync("add", (_: StepContext, sum: number) => sum + 1)
      const after = steps.sync("after", () => "after")
      return function* (ctx: Context) {
        yield* ctx.reduce(items, add, 0, { snapshotEvery: 5 })
        yield* ctx.signal("go")
        return yield* ctx.run(after)
      }
    },
    { limits: { entriesMax: 30 } },
  )
  await world.crash()
  await world.signal("go")
  expect(world.value).toBe("after")
  expect(world.journal.length).toBeLessThan(30)
})
