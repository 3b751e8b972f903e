// Schedules: the object dies before and after each write and each call of three ticks; none is lost, none comes twice.

import { runDurableObjectAlarm } from "cloudflare:test"
import { expect, it, vi } from "vitest"
import { DIRECTORY_NAME } from "../../src/object/schedule/directory.ts"
import { registry } from "./support/registry.ts"
import { runs } from "./support/runs.ts"
import { schedules, scheduleStub, setClock } from "./support/schedules.ts"
import { watchOf, type CrashPlan } from "./support/watch.ts"

// oxlint-disable-next-line require-yield
const notes = registry.define(function* notes() {
  return 1
})

const TICKS = [
  "2031-05-05T11:00:00.000Z",
  "2031-05-05T12:00:00.000Z",
  "2031-05-05T13:00:00.000Z",
] as const

/** A planned death shows as a refused call; the schedule is then woken by its alarm alone. */
async function survived(asked: Promise<unknown>): Promise<void> {
  try {
    await asked
  } catch (error) {
    const { durableObjectReset, code } = error as { durableObjectReset?: unknown; code?: unknown }
    if (durableObjectReset !== true && code !== "overloaded") throw error
  }
}

/** Wakes it until it rests behind the tick, as its alarms would. */
async function seeTo(name: string, tick: string): Promise<void> {
  setClock(tick)
  for (let wakes = 0; wakes < 10; wakes++) {
    await survived(runDurableObjectAlarm(scheduleStub(name)))
    const schedule = await schedules.get(name)
    if (schedule !== undefined && (schedule.nextAtMs ?? 0) > Date.now()) {
      const run = await runs.get(`${name}/${tick}`)
      if (run !== undefined || schedule.counters.skipped > 0) return
    }
  }
}

const directory = scheduleStub(DIRECTORY_NAME)

async function pass(name: string, plan: CrashPlan | undefined) {
  setClock("2031-05-05T10:30:00.000Z")
  watchOf(name).planCrash(plan)
  const request = { workflow: notes, input: [], cron: "0 * * * *" }
  await survived(schedules.put(name, request))
  await schedules.put(name, request)
  for (const tick of TICKS) await seeTo(name, tick)
  // A start that had to wait for its repetition, and the telling of the directory.
  setClock("2031-05-05T13:30:00.000Z")
  for (let n = 0; n < 3; n++) await survived(runDurableObjectAlarm(scheduleStub(name)))
  const schedule = await schedules.get(name)
  const begun = await Promise.all(TICKS.map((tick) => runs.get(`${name}/${tick}`)))
  return {
    begun: begun.map((run) => run?.status),
    counters: schedule?.counters,
    nextAtMs: schedule?.nextAtMs,
    isListed: JSON.stringify(await directory.list("sweep", 1_000)).includes(`"${name}"`),
  }
}

it("promises 6 and 12, check 23: wherever the object dies, each tick has its run, once", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
  const quiet = "sweep-undisturbed"
  const undisturbed = await pass(quiet, undefined)
  expect(undisturbed).toMatchObject({
    begun: ["completed", "completed", "completed"],
    counters: { started: 3, skipped: 0, missed: 0, failed: 0 },
    isListed: true,
  })
  const { records, calls } = watchOf(quiet)
  expect({ records, calls }).toSatisfy(() => records > 10 && calls >= 4)
  const missed: string[] = []
  for (const [at, count] of [
    ["record", records],
    ["call", calls],
  ] as const) {
    for (let number = 1; number <= count; number++) {
      for (const moment of ["before", "after"] as const) {
        const name = `sweep-${moment}-${at}-${number}`
        const shown = await pass(name, { at, number, moment })
        if (!watchOf(name).hasCrashed) missed.push(name)
        expect({ name, ...shown }).toEqual({ name, ...undisturbed })
      }
    }
  }
  expect(missed).toEqual([])
}, 120_000)
