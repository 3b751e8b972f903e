// continueAsNew at the object: a run without end whose journal is bounded, and that loses nothing between generations.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import {
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  journalOf,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

describe("continueAsNew", () => {
  it("bounds the journal, counts generations, and keys are new in each", async () => {
    const keys: string[] = []
    const note = async ({ idempotencyKey }: StepContext) => {
      keys.push(idempotencyKey)
    }
    const { id } = await begin(
      function* (ctx: Context, n: number): Generator<unknown, number, never> {
        yield* ctx.run(note)
        if (n < 20) yield* ctx.continueAsNew(n + 1)
        return n
      },
      [0],
    )
    expect(await resultOf(id)).toBe(20)
    expect(await recordOf(id)).toMatchObject({ generation: 20, inputText: "[0]" })
    expect(await journalOf(id)).toHaveLength(1)
    expect(new Set(keys).size).toBe(21)
  })

  it("promise 7: takes every signal with it, over crashes at every record", async () => {
    const { id } = await begin(
      function* (ctx: Context, taken: number[]): Generator<unknown, number[], never> {
        const next = [...taken, yield* ctx.signal<number>("s")]
        if (next.length === 6) return next
        return yield* ctx.continueAsNew(next)
      },
      [[]],
    )
    for (let n = 0; n < 6; n++) {
      const watch = watchOf(id)
      watch.planCrash({
        at: "record",
        number: watch.records + 1,
        moment: n % 2 ? "before" : "after",
      })
      await runs.signal(id, "s", n, `key-${n}`)
    }
    expect(await resultOf(id)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it("cancels what is unfinished first, with its clean-up", async () => {
    const cleaned: string[] = []
    const cleanUp = async () => {
      cleaned.push("cleaned")
    }
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, string[], never> {
        if (generation > 0) return cleaned
        yield* ctx.beginRun(function* unfinished(inner: Context) {
          try {
            yield* inner.sleep(60_000)
          } finally {
            yield* inner.run(cleanUp)
          }
        })
        yield* ctx.signal("go")
        return yield* ctx.continueAsNew(1)
      },
      [0],
    )
    await evict(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toEqual(["cleaned"])
    expect(await rowsOf(id, "SELECT * FROM waits")).toEqual([])
  })

  it("keeps what was published, and the run's own deadline", async () => {
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, void, never> {
        if (generation === 0) {
          yield* ctx.publish("state", "of the first")
          yield* ctx.continueAsNew(1)
        }
        yield* ctx.signal("never")
      },
      [0],
      { timeoutMs: 300 },
    )
    await suspended(id)
    await crash(id)
    expect(await runs.state(id, "state")).toBe('"of the first"')
    expect(await endOf(id)).toMatchObject({ status: "timed_out" })
  })

  it("survives a crash right after a generation ended", async () => {
    const called: number[] = []
    const note = (_: StepContext, generation: number) => {
      called.push(generation)
    }
    const { id } = await begin(
      function* (ctx: Context, generation: number): Generator<unknown, string, never> {
        yield* ctx.run(note, generation)
        yield* ctx.signal("go")
        if (generation < 1) yield* ctx.continueAsNew(generation + 1)
        return "second"
      },
      [0],
    )
    await suspended(id)
    await runs.signal(id, "go", null)
    await crash(id)
    await fireAlarm(id)
    expect(await recordOf(id)).toMatchObject({ generation: 1, status: "suspended" })
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe("second")
    expect(called).toEqual([0, 1])
  })
})
