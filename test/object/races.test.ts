// Promise 8 at the object: the first to be recorded wins, for ever; losers are cleaned up before the race returns.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import {
  begin,
  crash,
  evict,
  fireAlarm,
  journalOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("promise 8: races over evictions", () => {
  it("the winner stays the winner when the others come in later", async () => {
    const seen: unknown[] = []
    const { id } = await begin(function* (ctx) {
      const first = yield* ctx.race({
        a: ctx.signal("a"),
        b: ctx.signal("b"),
        t: ctx.sleep(60_000),
      })
      seen.push(first)
      const rest = yield* ctx.signal("a")
      return [first, rest]
    })
    await evict(id)
    await runs.signal(id, "b", "b1")
    await crash(id)
    await runs.signal(id, "a", "a1")
    expect(await resultOf(id)).toEqual([{ key: "b", value: "b1" }, "a1"])
    for (const each of seen) expect(each).toEqual({ key: "b", value: "b1" })
  })

  it("a deadline in a race keeps its instant", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const startedMs = Date.now()
    const { id } = await begin(function* (ctx) {
      const { key } = yield* ctx.race({ cancel: ctx.signal("cancel"), window: ctx.sleep(5_000) })
      return [key, yield* ctx.date.now()]
    })
    vi.setSystemTime(startedMs + 4_000)
    await crash(id)
    await fireAlarm(id)
    expect((await suspended(id)).waitingFor).toContainEqual(
      expect.objectContaining({ kind: "timer", untilMs: startedMs + 5_000 }),
    )
    vi.setSystemTime(startedMs + 5_000)
    await fireAlarm(id)
    expect(await resultOf(id)).toEqual(["window", startedMs + 5_000])
  })

  it("two steps in flight are both lost by a crash, begin again, and one wins once", async () => {
    const attempts: string[] = []
    const gate = Promise.withResolvers<void>()
    const step = async ({ attempt, signal }: StepContext, name: string, winsAt: number) => {
      attempts.push(`${name}${attempt}`)
      if (attempt < winsAt) await gate.promise
      return `${name}${attempt}, ${signal.aborted}`
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.race([ctx.run(step, "x", 2), ctx.run(step, "y", 9)])
    })
    await crash(id)
    await fireAlarm(id)
    expect(await resultOf(id)).toEqual({ key: 0, value: "x2, false" })
    await crash(id)
    gate.resolve()
    expect(await resultOf(id)).toEqual({ key: 0, value: "x2, false" })
    expect(attempts).toEqual(["x1", "y1", "x2", "y2"])
    const states = (await journalOf(id)).map(({ path, state }) => `${path} ${state}`)
    expect(states).toEqual(["0 completed", "0.0 completed", "0.1 cancelled"])
  })

  it("the losers' clean-up runs before the race returns, and once", async () => {
    const order: string[] = []
    const cleanUp = async (_: StepContext, name: string) => {
      order.push(`clean ${name}`)
    }
    function* loser(ctx: Context, name: string) {
      try {
        yield* ctx.sleep(60_000)
      } finally {
        yield* ctx.run(cleanUp, name)
      }
    }
    const { id } = await begin(function* (ctx) {
      const { key } = yield* ctx.race({
        go: ctx.signal("go"),
        one: ctx.run(loser, "one"),
        two: ctx.run(loser, "two"),
      })
      order.push("returned")
      return key
    })
    await evict(id)
    await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe("go")
    expect(order.filter((line) => line.startsWith("clean"))).toHaveLength(2)
    expect(order.at(-1)).toBe("returned")
    const waits = await rowsOf(id, "SELECT * FROM waits")
    expect(waits).toEqual([])
  })

  it("all and any keep what came before a crash", async () => {
    const { id } = await begin(function* (ctx) {
      const all = yield* ctx.all({ a: ctx.signal("a"), b: ctx.signal("b") })
      const any = yield* ctx.any([ctx.signal("c", { timeoutMs: 10 }), ctx.signal("d")])
      const settled = yield* ctx.allSettled([ctx.signal("e"), ctx.signal("f", { timeoutMs: 10 })])
      return { all, any, settled: settled.map(({ status }) => status) }
    })
    for (const name of ["b", "a", "d", "e"]) {
      await crash(id)
      await runs.signal(id, name, name)
    }
    expect(await resultOf(id)).toEqual({
      all: { a: "a", b: "b" },
      any: { key: 1, value: "d" },
      settled: ["fulfilled", "rejected"],
    })
  })
})
