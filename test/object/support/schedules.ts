// Schedules: the tests' own schedules, under a clock that the test sets.
// Owns: the tools. Must not touch: what a test expects.
//   K1. The clock stands in a year to come, so that no alarm is delivered but by the test.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { onTestFinished, vi } from "vitest"
import type { RunRecord } from "../../../src/engine/ports/runs.ts"
import type { ScheduleRecord } from "../../../src/engine/ports/schedules.ts"
import { createSchedules } from "../../../src/object/schedule/schedules-client.ts"
import { registry } from "./registry.ts"
import { runs, until } from "./runs.ts"

export function scheduleStub(name: string) {
  return env.TEST_SCHEDULES.get(env.TEST_SCHEDULES.idFromName(name))
}

export const schedules = createSchedules({ registry, runs, door: scheduleStub })

let nameCount = 0

export function newName(): string {
  return `schedule-${++nameCount}`
}

/** From now on it is this instant; the real clock is back after the test. */
export function setClock(iso: string): void {
  if (!vi.isFakeTimers()) {
    vi.useFakeTimers({ toFake: ["Date"] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
  }
  vi.setSystemTime(new Date(iso))
}

/** The alarm as the schedule has set it; `null` for none. */
export async function scheduleAlarm(name: string): Promise<number | null> {
  return runInDurableObject(scheduleStub(name), (_, { storage }) => storage.getAlarm())
}

/** The same once a new schedule has told the directory of itself: before that the alarm stands behind the telling. */
export async function alarmAtRest(name: string): Promise<number | null> {
  await until(
    () =>
      runInDurableObject(scheduleStub(name), (_, { storage }) =>
        storage.sql.exec("SELECT tell_at FROM schedule").one(),
      ),
    ({ tell_at }) => tell_at === null,
  )
  return scheduleAlarm(name)
}

/** It is this instant, and the alarm is delivered, whether it is due or not. */
export async function wakeAt(name: string, iso: string): Promise<void> {
  setClock(iso)
  await runDurableObjectAlarm(scheduleStub(name))
}

export async function scheduleOf(name: string): Promise<ScheduleRecord> {
  const schedule = await schedules.get(name)
  if (schedule === undefined) throw new Error(`There is no schedule ${name}.`)
  return schedule
}

/** Which of these ticks of the schedule have a run. */
export async function ticksBegun(name: string, ticks: readonly string[]): Promise<string[]> {
  const found = await Promise.all(ticks.map((tick) => runs.get(`${name}/${tick}`)))
  return ticks.filter((_, index) => found[index] !== undefined)
}

export async function runOfTick(name: string, tick: string): Promise<RunRecord | undefined> {
  return runs.get(`${name}/${tick}`)
}

/** The object's memory is gone. */
export async function evictSchedule(name: string): Promise<void> {
  await evictDurableObject(scheduleStub(name))
}
