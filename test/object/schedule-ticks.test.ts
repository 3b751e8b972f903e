// Schedules: a tick begins its run, once, and the next one is set (check 23).

import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { decode } from "../../src/engine/values/codec.ts"
import type { ScheduleRequest } from "../../src/engine/ports/schedules.ts"
import { registry } from "./support/registry.ts"
import { codeOf, endOf, runs } from "./support/runs.ts"
import {
  evictSchedule,
  alarmAtRest,
  newName,
  runOfTick,
  scheduleAlarm,
  scheduleOf,
  schedules,
  setClock,
  ticksBegun,
  wakeAt,
} from "./support/schedules.ts"

// oxlint-disable-next-line require-yield
const greet = registry.define(function* greet(_: Context, name: string) {
  return `Hello ${name}`
})

const waits = registry.define(function* waits(ctx: Context) {
  yield* ctx.signal("go")
})

async function put(fields: Partial<ScheduleRequest> = {}): Promise<string> {
  const name = newName()
  setClock("2031-05-05T10:00:00.000Z")
  await schedules.put(name, { workflow: greet, input: ["Ada"], cron: "0 * * * *", ...fields })
  return name
}

const HOURS = Array.from(
  { length: 10 },
  (_, index) => `2031-05-05T${String(index + 10).padStart(2, "0")}:00:00.000Z`,
)

describe("a tick", () => {
  it("check 23: begins the run of its name and instant, with input, tags and deadline", async () => {
    const name = await put({ tags: { team: "night" }, timeoutMs: 60_000 })
    expect(await alarmAtRest(name)).toBe(Date.parse("2031-05-05T11:00:00.000Z"))
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    const run = await endOf(`${name}/2031-05-05T11:00:00.000Z`)
    expect(run).toMatchObject({ workflow: greet, status: "completed", tags: { team: "night" } })
    expect(decode(run.resultText ?? "")).toBe("Hello Ada")
    expect(await scheduleOf(name)).toMatchObject({
      lastAtMs: Date.parse("2031-05-05T11:00:00.000Z"),
      nextAtMs: Date.parse("2031-05-05T12:00:00.000Z"),
      lastRun: { id: run.id, status: "completed" },
      counters: { started: 1, skipped: 0, missed: 0, failed: 0 },
    })
    expect(await scheduleAlarm(name)).toBe(Date.parse("2031-05-05T12:00:00.000Z"))
  })

  it("promise 6: early and repeated alarms begin nothing, and the next one is still set", async () => {
    const name = await put()
    await wakeAt(name, "2031-05-05T10:59:59.999Z")
    expect(await ticksBegun(name, HOURS)).toEqual([])
    for (let n = 0; n < 3; n++) await wakeAt(name, "2031-05-05T11:00:00.001Z")
    await evictSchedule(name)
    await wakeAt(name, "2031-05-05T11:00:00.002Z")
    expect(await ticksBegun(name, HOURS)).toEqual(["2031-05-05T11:00:00.000Z"])
    expect((await scheduleOf(name)).counters.started).toBe(1)
    expect(await scheduleAlarm(name)).toBe(Date.parse("2031-05-05T12:00:00.000Z"))
  })

  it("goes by the clock of its time zone, and by seconds where the cron text has them", async () => {
    const berlin = await put({ cron: "30 9 * * *", timeZone: "Europe/Berlin" })
    expect((await scheduleOf(berlin)).nextAtMs).toBe(Date.parse("2031-05-06T07:30:00.000Z"))
    const seconds = await put({ cron: "*/15 * * * * *" })
    expect((await scheduleOf(seconds)).nextAtMs).toBe(Date.parse("2031-05-05T10:00:15.000Z"))
  })
})

describe("overlap: what a tick does while a run has not ended", () => {
  it("skip: it is counted and begins nothing; after the end the next one begins", async () => {
    const name = await put({ workflow: waits, input: [] })
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    await wakeAt(name, "2031-05-05T12:00:00.000Z")
    expect(await scheduleOf(name)).toMatchObject({
      counters: { started: 1, skipped: 1 },
      lastAtMs: Date.parse("2031-05-05T12:00:00.000Z"),
    })
    await runs.signal(`${name}/2031-05-05T11:00:00.000Z`, "go", 1)
    await wakeAt(name, "2031-05-05T13:00:00.000Z")
    expect(await ticksBegun(name, HOURS)).toEqual([
      "2031-05-05T11:00:00.000Z",
      "2031-05-05T13:00:00.000Z",
    ])
  })

  it("buffer: one is kept and begins as soon as the running one is seen to have ended", async () => {
    const name = await put({ workflow: waits, input: [], overlap: "buffer" })
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    await wakeAt(name, "2031-05-05T12:00:00.000Z")
    expect(await scheduleAlarm(name)).toBe(Date.parse("2031-05-05T12:00:01.000Z"))
    await wakeAt(name, "2031-05-05T12:00:01.000Z")
    expect(await scheduleAlarm(name)).toBe(Date.parse("2031-05-05T12:00:03.000Z"))
    await wakeAt(name, "2031-05-05T13:00:00.000Z")
    expect(await scheduleOf(name)).toMatchObject({
      bufferedAtMs: Date.parse("2031-05-05T12:00:00.000Z"),
      counters: { started: 1, skipped: 1 },
    })
    await runs.signal(`${name}/2031-05-05T11:00:00.000Z`, "go", 1)
    await wakeAt(name, "2031-05-05T13:00:30.000Z")
    expect(await runOfTick(name, "2031-05-05T12:00:00.000Z")).toMatchObject({ status: "suspended" })
    expect(await runOfTick(name, "2031-05-05T13:00:00.000Z")).toBeUndefined()
    expect(await scheduleOf(name)).not.toHaveProperty("bufferedAtMs")
    expect(await scheduleAlarm(name)).toBe(Date.parse("2031-05-05T14:00:00.000Z"))
  })

  it("allow: every tick begins its run", async () => {
    const name = await put({ workflow: waits, input: [], overlap: "allow" })
    for (const hour of HOURS.slice(1, 4)) await wakeAt(name, hour)
    expect(await ticksBegun(name, HOURS)).toEqual(HOURS.slice(1, 4))
    expect((await scheduleOf(name)).counters).toMatchObject({ started: 3, skipped: 0 })
  })

  it("a triggered run counts as running, a killed one has ended", async () => {
    const name = await put({ workflow: waits, input: [] })
    const { runId } = await schedules.trigger(name)
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    expect((await scheduleOf(name)).counters).toMatchObject({ started: 1, skipped: 1 })
    await runs.kill(runId, {})
    await wakeAt(name, "2031-05-05T12:00:00.000Z")
    expect((await scheduleOf(name)).counters).toMatchObject({ started: 2, skipped: 1 })
  })
})

describe("check 23: ticks that came while nothing ran", () => {
  it.each([
    ["skip", undefined, [], 5],
    ["skip", 7_200_000, [HOURS[4], HOURS[5]], 3],
    ["one", undefined, [HOURS[5]], 4],
    ["one", 1_000, [], 5],
    ["all", undefined, HOURS.slice(1, 6), 0],
    ["all", 7_200_000, [HOURS[4], HOURS[5]], 3],
  ] as const)("missed %s, up to %s ms late", async (missed, catchUpMs, begun, count) => {
    const name = await put({ missed, catchUpMs, overlap: "allow" })
    await wakeAt(name, "2031-05-05T15:30:00.000Z")
    expect(await ticksBegun(name, HOURS)).toEqual(begun)
    expect(await scheduleOf(name)).toMatchObject({
      counters: { started: begun.length, missed: count },
      nextAtMs: Date.parse("2031-05-05T16:00:00.000Z"),
    })
  })

  it("one: of a second's ticks over a year the newest begins, and what was counted stands", async () => {
    const name = await put({ cron: "* * * * * *" })
    await wakeAt(name, "2032-05-01T00:00:00.500Z")
    expect(await runOfTick(name, "2032-05-01T00:00:00.000Z")).toMatchObject({ status: "completed" })
    expect((await scheduleOf(name)).counters).toEqual({
      started: 1,
      skipped: 0,
      missed: 10_000,
      failed: 0,
    })
  })

  it("all: more than one event takes are seen to in several, in order", async () => {
    const name = await put({ cron: "* * * * *", missed: "all", overlap: "allow" })
    await wakeAt(name, "2031-05-05T12:30:00.000Z")
    const { counters } = await scheduleOf(name)
    expect(counters.started).toBeLessThan(150)
    expect(await scheduleAlarm(name)).toBeLessThanOrEqual(Date.now())
    for (let n = 0; n < 5; n++) await wakeAt(name, "2031-05-05T12:30:00.000Z")
    expect((await scheduleOf(name)).counters).toMatchObject({ started: 150, missed: 0 })
  })
})

describe("a run that is refused", () => {
  it("is recorded, and the next tick begins its own", async () => {
    const name = await put()
    await runs.start(`${name}/2031-05-05T11:00:00.000Z`, { workflow: waits, input: [] })
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    expect(await scheduleOf(name)).toMatchObject({
      counters: { started: 0, failed: 1 },
      lastError: { code: "run_conflict", runId: `${name}/2031-05-05T11:00:00.000Z` },
    })
    registry.hide(greet)
    await wakeAt(name, "2031-05-05T12:00:00.000Z")
    registry.hide(greet, false)
    expect(await scheduleOf(name)).toMatchObject({
      counters: { started: 0, failed: 2 },
      lastError: { code: "workflow_unknown" },
    })
    await wakeAt(name, "2031-05-05T13:00:00.000Z")
    expect(await scheduleOf(name)).toMatchObject({ counters: { started: 1, failed: 2 } })
    expect(await scheduleOf(name)).not.toHaveProperty("lastError")
  })

  it("a trigger says so, too", async () => {
    const name = await put()
    registry.hide(greet)
    expect(await codeOf(schedules.trigger(name))).toBe("workflow_unknown")
    registry.hide(greet, false)
    const { runId } = await schedules.trigger(name)
    expect(await endOf(runId)).toMatchObject({ status: "completed" })
  })
})
