// Row counts: what a run says it has written and read is what its store says, at no row more, and it outlives the
// object's memory.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

afterEach(() => {
  vi.useRealTimers()
})

/** Of a run whose statements are all kept. */
function counted(): string {
  const id = newId()
  watchOf(id).countsReads = true
  return id
}

/** By the store's own counters, tapped below everything of ours: all lives of the object. */
function stored(id: string): { written: number; read: number } {
  const { rowsWritten, alarmsSet, rowsRead } = watchOf(id)
  return { written: rowsWritten + alarmsSet, read: rowsRead }
}

async function kept(id: string): Promise<{ written: unknown; read: unknown }> {
  const [row] = await rowsOf(id, "SELECT rows_written, rows_read FROM run")
  return { written: row?.["rows_written"], read: row?.["rows_read"] }
}

function* busy(ctx: Context) {
  for (let n = 0; n < 5; n++) yield* ctx.run(() => n)
  yield* ctx.run(async () => 1)
  yield* ctx.sleep(60_000)
  yield* ctx.signal("go")
  yield* ctx.publish("state", "x".repeat(2_000_000))
  return "done"
}

describe("the rows of a run", () => {
  it("are those of its store, with each alarm as a row written", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const id = counted()
    await begin(busy, [], { id })
    await suspended(id)
    expect((await recordOf(id)).rows).toEqual(stored(id))
    vi.setSystemTime((await alarmOf(id)) ?? 0)
    await fireAlarm(id)
    await runs.signal(id, "go", 1)
    await endOf(id)
    const { rows } = await recordOf(id)
    expect(rows).toEqual(stored(id))
    expect(rows.written).toBeGreaterThan(15)
    expect(rows.read).toBeGreaterThan(15)
  })

  it("have the alarm that is set behind one delivered again", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
    })
    await suspended(id)
    const before = (await recordOf(id)).rows
    const { alarmsSet } = watchOf(id)
    await runInDurableObject(stubOf(id), (object) =>
      object.alarm({ isRetry: true, retryCount: 1, scheduledTime: 0 }),
    )
    const { rows } = await recordOf(id)
    expect(watchOf(id).alarmsSet).toBeGreaterThan(alarmsSet)
    expect(rows.written - before.written).toBeGreaterThanOrEqual(watchOf(id).alarmsSet - alarmsSet)
    expect(rows.written).toBe(stored(id).written)
  })

  it("are kept whenever the status changes, with the row that says so", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(() => 1)
      return yield* ctx.signal("go")
    })
    await suspended(id)
    // What comes after it in the same stretch, such as an alarm, is not in it.
    const atRest = await kept(id)
    expect(atRest.written).toBeGreaterThan(3)
    expect(atRest.written).toBeLessThanOrEqual(stored(id).written)
    await runs.signal(id, "go", 1)
    await endOf(id)
    const atEnd = await kept(id)
    expect(atEnd.written).toBeGreaterThan(Number(atRest.written))
    expect(atEnd.written).toBeLessThanOrEqual(stored(id).written)
  })

  it("are kept as they are just then, with the row that keeps them", async () => {
    const id = counted()
    await begin(
      function* (ctx) {
        yield* ctx.run(() => 1)
        yield* ctx.signal("go")
      },
      [],
      { id },
    )
    await suspended(id)
    let before = { written: 0, read: 0 }
    watchOf(id).onStatement = (statement) => {
      if (statement.includes("rows_written = ?")) before = stored(id)
    }
    await runs.kill(id, {})
    expect(before.read).toBeGreaterThan(0)
    expect(await kept(id)).toEqual({ written: before.written + 1, read: before.read + 1 })
  })

  it.each([
    ["an eviction", evict],
    ["a crash", crash],
  ])("go on after %s where they were kept last", async (_, takeAway) => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 20; n++) yield* ctx.run(() => n)
      yield* ctx.signal("go")
      return "done"
    })
    await suspended(id)
    const before = await kept(id)
    await takeAway(id)
    const { rows } = await recordOf(id)
    // It was looked up, and nothing was written for that.
    expect(rows.written).toBe(before.written)
    expect(rows.read).toBeGreaterThan(Number(before.read))
    await runs.signal(id, "go", 1)
    expect(await resultOf(id)).toBe("done")
    const after = await recordOf(id)
    expect(after.rows.written).toBeGreaterThan(rows.written)
    expect(after.rows.written).toBeLessThanOrEqual(stored(id).written)
    // Nothing is counted twice when the row is read once more.
    await takeAway(id)
    expect((await recordOf(id)).rows.written).toBeLessThanOrEqual(after.rows.written)
  })

  it("begin anew with the next run of the same id", async () => {
    const steps = (count: number) =>
      function* (ctx: Context) {
        for (let n = 0; n < count; n++) yield* ctx.run(async () => n)
      }
    const { id } = await begin(steps(200))
    await endOf(id)
    const first = (await recordOf(id)).rows
    await runs.delete(id)
    await begin(steps(1), [], { id })
    const second = (await recordOf(id)).rows
    expect(second.written).toBeLessThan(first.written)
    expect(second.written).toBeLessThan(20)
  })

  it("cost no statement: they stand in those that change the status anyway", async () => {
    const statements: string[] = []
    watchOf("traced").onStatement = (statement) => void statements.push(statement)
    await begin(
      function* (ctx) {
        yield* ctx.run(() => 1)
      },
      [],
      { id: "traced" },
    )
    await endOf("traced")
    const counting = statements.filter((statement) => statement.includes("rows_written"))
    expect(counting.filter((statement) => !statement.startsWith("CREATE"))).toHaveLength(2)
    for (const statement of counting) {
      expect(statement).toMatch(/^(?:CREATE TABLE run|INSERT INTO run|UPDATE run SET status = )/)
    }
  })
})
