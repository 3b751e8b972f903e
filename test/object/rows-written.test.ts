// Rows written, by the storage's own counters, with each alarm that is set counted as a row: rows are money.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { alarmOf, begin, endOf, fireAlarm, newId, recordOf, runs, until } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"
import { registry } from "./support/registry.ts"
import { afterEach, vi } from "vitest"

afterEach(() => {
  vi.useRealTimers()
})

/** Two rows of the schema for the one table that every run has, and the alarm of its retention. */
const BESIDE = 3

function billed(id: string): number {
  const { rowsWritten, alarmsSet } = watchOf(id)
  return rowsWritten + alarmsSet
}

/** Rows for a run of so many steps of a function. */
async function rowsFor(step: (ctx: StepContext) => unknown, steps: number): Promise<number> {
  const { id } = await begin(function* (ctx: Context) {
    for (let n = 0; n < steps; n++) yield* ctx.run(step)
  })
  await endOf(id)
  return billed(id)
}

describe("rows written", () => {
  it("a run of synchronous steps writes three: its row, its steps, its end", async () => {
    const step = () => 1
    expect(await rowsFor(step, 4)).toBe(BESIDE + 3)
    expect(await rowsFor(step, 900)).toBe(BESIDE + 3)
  })

  it("an asynchronous step writes one, with the end of the one before it", async () => {
    const step = async () => 1
    const few = await rowsFor(step, 10)
    const many = await rowsFor(step, 110)
    expect(many - few).toBe(100)
  })

  it("a plain function that returns a promise writes one as well", async () => {
    const step = () => Promise.resolve(1)
    const few = await rowsFor(step, 10)
    const many = await rowsFor(step, 110)
    expect(many - few).toBe(100)
  })

  it("steps that begin together share a row", async () => {
    const width = 100
    const { id } = await begin(function* (ctx: Context) {
      const step = async () => 1
      yield* ctx.all(Array.from({ length: width }, () => ctx.run(step)))
    })
    await endOf(id)
    expect(billed(id)).toBeLessThan(20)
  })

  it("a slice writes its first step and all others, and an alarm now and then", async () => {
    const step = () => 1
    const few = await rowsFor(step, 1_000)
    const many = await rowsFor(step, 41_000)
    expect((many - few) / 40_000).toBeLessThan(0.005)
  })

  it("a child writes seven in its parent, and an alarm, however many went before", async () => {
    const child = registry.define(function* child() {
      return "done"
    })
    const rowsForChildren = async (children: number) => {
      const { id } = await begin(function* (ctx: Context) {
        for (let n = 0; n < children; n++) yield* ctx.rpc(child)
      })
      await endOf(id)
      return billed(id)
    }
    const few = await rowsForChildren(5)
    const many = await rowsForChildren(45)
    expect((many - few) / 40).toBeLessThanOrEqual(8.5)
  })

  it("a watchdog's renewal writes one row a lease and nothing else", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const gate = Promise.withResolvers<void>()
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(() => gate.promise)
    })
    for (let lease = 0; lease < 5; lease++) {
      const before = billed(id)
      vi.setSystemTime((await alarmOf(id)) ?? 0)
      await fireAlarm(id)
      expect(billed(id) - before).toBe(1)
    }
    gate.resolve()
    await endOf(id)
  })

  it("whoever looks at a run writes nothing", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.signal("go")
    })
    await recordOf(id)
    const before = billed(id)
    for (let n = 0; n < 5; n++) {
      await recordOf(id)
      await runs.journal(id, undefined, 10)
      await runs.state(id, "nothing")
      await runs.updateAnswer(id, "nobody", "key", 0)
    }
    expect(billed(id)).toBe(before)
  })

  it("a short run writes its tables, its row, its steps and its end", async () => {
    const workflow = registry.define(function* (ctx: Context) {
      for (let n = 0; n < 4; n++) yield* ctx.run(() => n)
    })
    const id = newId()
    const { run } = await runs.start(id, { workflow, input: [] })
    expect(run.status).toBe("completed")
    // Two tables, one row of the run written twice, four steps; the alarm is set twice in the one stretch and written once.
    expect(billed(id)).toBeLessThanOrEqual(9 + 3)
  })

  it("a signal that is taken at once writes few", async () => {
    const { id } = await begin(function* (ctx) {
      for (let n = 0; n < 60; n++) yield* ctx.signal("s")
    })
    for (let n = 0; n < 5; n++) await runs.signal(id, "s", n)
    const before = billed(id)
    for (let n = 0; n < 50; n++) await runs.signal(id, "s", n)
    // Into the inbox and out of it, its record, the next wait's record, and its row in and out.
    expect((billed(id) - before) / 50).toBeLessThanOrEqual(6)
    await until(
      () => recordOf(id),
      ({ status }) => status === "suspended",
    )
  })
})
