// Schedules: what a person does with one: put, pause, resume, trigger, backfill, delete, list (check 23).

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, it } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { BACKFILL_TICKS_MAX } from "../../src/engine/limits.ts"
import type { ScheduleRequest } from "../../src/engine/ports/schedules.ts"
import { DIRECTORY_NAME } from "../../src/object/schedule/directory.ts"
import { registry } from "./support/registry.ts"
import { codeOf, endOf, runs, until } from "./support/runs.ts"
import {
  alarmAtRest,
  newName,
  scheduleAlarm,
  scheduleOf,
  schedules,
  scheduleStub,
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

const REQUEST: ScheduleRequest = { workflow: greet, input: ["Ada"], cron: "0 * * * *" }

async function given(fields: Partial<ScheduleRequest> = {}): Promise<string> {
  const name = newName()
  setClock("2031-05-05T10:00:00.000Z")
  await schedules.put(name, { ...REQUEST, ...fields })
  return name
}

const HOURS = Array.from({ length: 10 }, (_, index) => `2031-05-05T0${index}:00:00.000Z`)

describe("put", () => {
  it("creates once, and the same again changes nothing", async () => {
    const name = newName()
    setClock("2031-05-05T10:00:00.000Z")
    const first = await schedules.put(name, REQUEST)
    expect(first).toMatchObject({ created: true, schedule: { name, counters: { started: 0 } } })
    setClock("2031-05-05T10:30:00.000Z")
    const second = await schedules.put(name, { ...REQUEST, timeZone: "UTC", overlap: "skip" })
    expect(second).toMatchObject({ created: false, schedule: first.schedule })
  })

  it("changes what it says and keeps the rest; the clock begins anew only with another cadence", async () => {
    const name = await given()
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    setClock("2031-05-05T11:10:00.000Z")
    await schedules.put(name, { ...REQUEST, input: ["Grace"] })
    expect(await scheduleOf(name)).toMatchObject({
      counters: { started: 1 },
      nextAtMs: Date.parse("2031-05-05T12:00:00.000Z"),
    })
    const { schedule } = await schedules.put(name, { ...REQUEST, cron: "30 * * * *" })
    expect(schedule.nextAtMs).toBe(Date.parse("2031-05-05T11:30:00.000Z"))
    expect(await alarmAtRest(name)).toBe(Date.parse("2031-05-05T11:30:00.000Z"))
  })

  it.each([
    ["workflow_unknown", { workflow: "nobody" }],
    ["version_unknown", { version: 7 }],
    ["invalid_request", { cron: "every day" }],
    ["invalid_request", { timeZone: "Mars/Olympus" }],
    ["invalid_request", { cron: "0 0 31 2 *" }],
    ["invalid_request", { input: ["x".repeat(1024 * 1024)] }],
  ] as const)("%s changes nothing and addresses no object", async (code, fields) => {
    const name = newName()
    expect(await codeOf(schedules.put(name, { ...REQUEST, ...fields }))).toBe(code)
    expect(await schedules.get(name)).toBeUndefined()
  })

  it("names that are no names are refused", async () => {
    for (const name of ["", ".", "..", "a\u0000", "x".repeat(201)]) {
      expect(await codeOf(schedules.put(name, REQUEST))).toBe("invalid_id")
    }
    expect(await codeOf(schedules.put("ä".repeat(100), REQUEST))).toBeUndefined()
  })
})

describe("check 23: pause and resume", () => {
  it("paused it begins nothing and has no alarm; resumed it goes on from then", async () => {
    const name = await given()
    await alarmAtRest(name)
    const paused = await schedules.pause(name, { by: "ada", reason: "too much" })
    expect(paused.paused).toMatchObject({ by: "ada", reason: "too much", atMs: Date.now() })
    expect(paused).not.toHaveProperty("nextAtMs")
    expect(await scheduleAlarm(name)).toBeNull()
    await wakeAt(name, "2031-05-05T15:30:00.000Z")
    const again = await schedules.pause(name, { by: "grace" })
    expect(again.paused?.by).toBe("ada")
    const resumed = await schedules.resume(name)
    expect(resumed.nextAtMs).toBe(Date.parse("2031-05-05T16:00:00.000Z"))
    expect(resumed.counters).toEqual({ started: 0, skipped: 0, missed: 0, failed: 0 })
    expect((await schedules.resume(name)).nextAtMs).toBe(resumed.nextAtMs)
  })

  it("put may pause and resume, and leaves both alone when it does not say", async () => {
    const name = await given({ paused: true })
    expect((await scheduleOf(name)).paused).toBeDefined()
    await schedules.put(name, { ...REQUEST, cron: "30 * * * *" })
    expect((await scheduleOf(name)).paused).toBeDefined()
    await schedules.put(name, { ...REQUEST, cron: "30 * * * *", paused: false })
    expect((await scheduleOf(name)).nextAtMs).toBe(Date.parse("2031-05-05T10:30:00.000Z"))
  })
})

describe("check 23: trigger", () => {
  it("begins a run of its own at once, paused or not, as often as it is asked", async () => {
    const name = await given({ paused: true })
    const first = await schedules.trigger(name)
    const second = await schedules.trigger(name)
    expect(first.runId).not.toBe(second.runId)
    expect(first.runId.startsWith(`${name}/2031-05-05T10:00:00.000Z/`)).toBe(true)
    for (const { runId } of [first, second]) {
      expect(await endOf(runId)).toMatchObject({ workflow: greet, status: "completed" })
    }
    expect(await scheduleOf(name)).toMatchObject({
      lastRun: { id: second.runId, status: "completed" },
      counters: { started: 2 },
    })
  })
})

describe("check 23: backfill", () => {
  it("begins each tick of the range that has no run, both ends included, once", async () => {
    const name = await given({ overlap: "allow" })
    const range = { fromMs: Date.parse(HOURS[2]!), toMs: Date.parse(HOURS[5]!) }
    expect(await schedules.backfill(name, range)).toEqual({ ticks: 4 })
    await until(
      () => scheduleOf(name),
      ({ counters }) => counters.started === 4,
    )
    expect(await ticksBegun(name, HOURS)).toEqual(HOURS.slice(2, 6))
    await schedules.backfill(name, { ...range, toMs: Date.parse(HOURS[6]!) })
    const after = await until(
      () => scheduleOf(name),
      ({ counters, backfilling }) => counters.started === 5 && backfilling === 0,
    )
    expect(after).toMatchObject({ counters: { started: 5, skipped: 0 }, backfilling: 0 })
  })

  it("buffer begins them one after the other, skip the first alone", async () => {
    const name = await given({ workflow: waits, input: [] })
    const range = { fromMs: Date.parse(HOURS[2]!), toMs: Date.parse(HOURS[4]!) }
    await schedules.backfill(name, { ...range, overlap: "buffer" })
    await until(
      () => scheduleOf(name),
      ({ counters }) => counters.started === 1,
    )
    expect(await ticksBegun(name, HOURS)).toEqual([HOURS[2]])
    await runs.signal(`${name}/${HOURS[2]}`, "go", 1)
    await wakeAt(name, "2031-05-05T10:00:01.000Z")
    expect(await ticksBegun(name, HOURS)).toEqual([HOURS[2], HOURS[3]])
    expect(await scheduleOf(name)).toMatchObject({ backfilling: 1, counters: { skipped: 0 } })

    const skipping = await given({ workflow: waits, input: [] })
    await schedules.backfill(skipping, range)
    const after = await until(
      () => scheduleOf(skipping),
      ({ backfilling }) => backfilling === 0,
    )
    expect(after.counters).toMatchObject({ started: 1, skipped: 2 })
    expect(await ticksBegun(skipping, HOURS)).toEqual([HOURS[2]])
  })

  it("is bounded, and about what has been", async () => {
    const name = await given({ cron: "* * * * *", workflow: waits, input: [], overlap: "buffer" })
    const toMs = Date.parse("2031-05-05T10:00:00.000Z")
    const minutes = (count: number) => toMs - (count - 1) * 60_000
    const asked = [
      { fromMs: minutes(BACKFILL_TICKS_MAX + 1), toMs },
      { fromMs: toMs, toMs: toMs - 1 },
      { fromMs: toMs, toMs: toMs + 60_000 },
    ]
    for (const range of asked) {
      expect(await codeOf(schedules.backfill(name, range))).toBe("invalid_request")
    }
    expect(await schedules.backfill(name, { fromMs: minutes(BACKFILL_TICKS_MAX), toMs })).toEqual({
      ticks: BACKFILL_TICKS_MAX,
    })
    expect(await codeOf(schedules.backfill(name, { fromMs: minutes(10), toMs }))).toBe(
      "limit_reached",
    )
  })
})

describe("delete", () => {
  it("leaves nothing but the runs; the name is free at once", async () => {
    const name = await given({ workflow: waits, input: [], overlap: "allow" })
    await wakeAt(name, "2031-05-05T11:00:00.000Z")
    await schedules.delete(name)
    expect(await schedules.get(name)).toBeUndefined()
    for (const asked of [
      schedules.delete(name),
      schedules.pause(name, {}),
      schedules.resume(name),
      schedules.trigger(name),
      schedules.backfill(name, { fromMs: 0, toMs: 1 }),
    ]) {
      expect(await codeOf(asked)).toBe("schedule_unknown")
    }
    await until(
      () => tablesOf(name),
      (tables) => tables.length === 0,
    )
    expect(await tablesOf(name)).toEqual([])
    expect(await scheduleAlarm(name)).toBeNull()
    expect(await runs.get(`${name}/2031-05-05T11:00:00.000Z`)).toMatchObject({
      status: "suspended",
    })
    expect(await schedules.put(name, REQUEST)).toMatchObject({
      created: true,
      schedule: { counters: { started: 0 } },
    })
  })

  it("put at once behind it is a new one, and it is listed", async () => {
    const name = await given()
    await schedules.delete(name)
    setClock("2031-05-05T10:00:00.001Z")
    expect(await schedules.put(name, REQUEST)).toMatchObject({ created: true })
    await alarmAtRest(name)
    expect(await allNames()).toContain(name)
  })
})

describe("list", () => {
  it("pages in the order of the names, without the deleted, and heals what the directory missed", async () => {
    setClock("2031-05-05T10:00:00.000Z")
    const names = Array.from({ length: 25 }, (_, n) => `list/${String(n).padStart(2, "0")}`)
    for (const name of [...names].reverse()) await schedules.put(name, REQUEST)
    for (const name of names) await alarmAtRest(name)
    await scheduleStub(DIRECTORY_NAME).enlist({ name: "list/ghost", createdAtMs: 1 })
    const first = await schedules.list("list", 10)
    expect(first.schedules.map(({ name }) => name)).toEqual(names.slice(0, 10))
    const second = await schedules.list(first.cursor, 10)
    expect(second.schedules.map(({ name }) => name)).toEqual(names.slice(10, 20))
    await schedules.delete("list/03")
    const all = await until(allNames, (found) => !found.includes("list/03"))
    expect(all.filter((name) => name.startsWith("list/"))).toEqual(
      names.filter((name) => name !== "list/03"),
    )
    const left = await scheduleStub(DIRECTORY_NAME).list("list/g", 1)
    expect(JSON.stringify(left)).not.toContain("ghost")
  })

  it("a cursor that is none of ours is refused", async () => {
    expect(await codeOf(schedules.list("%", 10))).toBe("invalid_request")
  })
})

async function allNames(): Promise<string[]> {
  const names: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await schedules.list(cursor, 7)
    names.push(...page.schedules.map(({ name }) => name))
    if (page.cursor === undefined) return names
    cursor = page.cursor
  }
}

async function tablesOf(name: string): Promise<string[]> {
  return runInDurableObject(scheduleStub(name), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .map((row) => row.name),
  )
}
