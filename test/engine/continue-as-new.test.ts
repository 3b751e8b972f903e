// continueAsNew: what is unfinished is cancelled first, then a new generation begins.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const counting: Program = (steps) => {
  const note = steps.sync("note", (_, n: number) => n)
  return function* (ctx: Context, n: number) {
    yield* ctx.run(note, n)
    if (n < 3) yield* ctx.continueAsNew(n + 1)
    return `ended at ${n}`
  }
}

describe("continueAsNew", () => {
  test("starts the workflow anew with other input and an empty journal", async () => {
    const world = await World.of(counting, { input: [0] })
    expect(world.value).toBe("ended at 3")
    expect(world.generation).toBe(3)
    expect(world.lines).toEqual(["start 0 note", "completed 0"])
    expect(world.steps.calls.map(({ input }) => input[0])).toEqual([0, 1, 2, 3])
    await expectSameReplay(world)
  })

  test("promise 2: keys of different generations differ, though the paths are the same", async () => {
    const world = await World.of(counting, { input: [0] })
    const calls = world.steps.callsOf("note")
    expect(new Set(calls.map(({ path }) => path))).toEqual(new Set(["0"]))
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(4)
  })

  test("the input keeps its types, and what cannot be stored is thrown where it was given", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context, seen?: Map<string, bigint>) {
          if (seen === undefined) yield* ctx.continueAsNew(new Map([["a", 1n]]))
          try {
            yield* ctx.continueAsNew(() => 1)
          } catch (error) {
            return [seen, (error as Error).name]
          }
          return "not reached"
        },
    )
    expect(world.value).toEqual([new Map([["a", 1n]]), "EncodingError"])
  })

  test("promise 7: signals nobody has consumed are carried along", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context, taken: unknown[]) {
          const all = [...taken, yield* ctx.signal("go")]
          if (all.length < 3) yield* ctx.continueAsNew(all)
          return all
        },
      { input: [[]] },
    )
    await world.signal("other")
    await world.signal("go", 1)
    await world.crash()
    await world.signal("go", 2)
    await world.signal("go", 3)
    expect(world.value).toEqual([1, 2, 3])
    expect(world.store.unconsumed.map(({ name }) => name)).toEqual(["other"])
  })

  test("what is unfinished is cancelled and cleaned up first", async () => {
    const world = await World.of(
      (steps) => {
        const task = steps.task("task")
        const undo = steps.task("undo")
        const child = function* (ctx: Context) {
          try {
            yield* ctx.run(task)
          } finally {
            yield* ctx.run(undo)
          }
        }
        return function* (ctx: Context, generation: number) {
          if (generation > 0) return generation
          yield* ctx.beginRun(child)
          yield* ctx.beginRun(task)
          yield* ctx.promise()
          try {
            yield* ctx.continueAsNew(generation + 1)
          } finally {
            yield* ctx.sleep(5)
          }
          return "not reached"
        }
      },
      { input: [0] },
    )
    expect(world.generation).toBe(0)
    await world.crash()
    await world.advance(5)
    expect(world.generation).toBe(0)
    await world.finish("undo")
    expect(world.value).toBe(1)
    expect(world.generation).toBe(1)
  })

  test("a step that waited for a slot is cancelled unperformed, and a replay sees it pending until then", async () => {
    const seen: string[][] = []
    const world = await World.of(
      (steps) => {
        const task = steps.task("task")
        const trace: string[] = []
        seen.push(trace)
        return function* (ctx: Context, generation: number) {
          if (generation > 0) return generation
          yield* ctx.beginRun(task)
          const waiting = yield* ctx.beginRun(task)
          trace.push(waiting.state)
          try {
            yield* ctx.continueAsNew(generation + 1)
          } finally {
            trace.push(waiting.state)
            yield* ctx.sleep(5)
          }
          return "not reached"
        }
      },
      { input: [0], limits: { attemptsInFlight: 1 } },
    )
    expect(world.lines).toContain("cancelled 1 task")
    await world.crash()
    expect(seen).toEqual([
      ["pending", "settled"],
      ["pending", "settled"],
    ])
    await world.advance(5)
    expect(world.value).toBe(1)
  })

  test("a crash in its clean-up does not forget it", async () => {
    const world = await World.of(
      (steps) => {
        const undo = steps.task("undo")
        return function* (ctx: Context, n: number) {
          if (n > 0) return n
          try {
            yield* ctx.continueAsNew(1)
          } finally {
            yield* ctx.run(undo)
          }
          return "not reached"
        }
      },
      { input: [0] },
    )
    await world.crash()
    await world.finish("undo")
    expect(world.value).toBe(1)
  })

  test("a clean-up that throws fails the run instead", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield* ctx.continueAsNew()
          } finally {
            // oxlint-disable-next-line no-unsafe-finally
            throw new RangeError("no")
          }
        },
    )
    expect(world.error).toMatchObject({ name: "RangeError" })
  })

  test("a failure nobody waited for fails the run instead", async () => {
    const world = await World.of((steps) => {
      const failing = steps.sync("failing", () => {
        throw new RangeError("no")
      })
      return function* (ctx: Context) {
        yield* ctx.beginRun(failing, ctx.options({ retryPolicy: Never() }))
        yield* ctx.continueAsNew()
      }
    })
    expect(world.error).toMatchObject({ name: "RangeError" })
  })

  test("a sub-workflow cannot do it", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.run(function* (ctx: Context) {
            yield* ctx.continueAsNew(1)
          })
        },
    )
    expect(world.error).toMatchObject({ code: "invalid_operation" })
    await expectSameReplay(world)
  })

  test("cancelled in its clean-up, the run is cancelled", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield* ctx.continueAsNew()
          } finally {
            yield* ctx.sleep(1_000)
          }
        },
    )
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    await expectSameReplay(world)
  })

  test("3,000 generations hold no more than one", async () => {
    const world = await World.of(
      (steps) => {
        const note = steps.sync("note", () => 1)
        return function* (ctx: Context, n: number) {
          yield* ctx.run(note)
          if (n < 3_000) yield* ctx.continueAsNew(n + 1)
          return n
        }
      },
      { input: [0] },
    )
    expect(world.value).toBe(3_000)
    expect(world.journal).toHaveLength(2)
  })
})
