// Fake schedules: the port without objects behind it, so that a test of http sees http alone.
// Owns: a schedule that exists whatever its name, and the list of what was asked.

import { encode } from "../../../src/engine/values/codec.ts"
import type { ScheduleRecord, Schedules } from "../../../src/engine/ports/schedules.ts"
import { CREATED_AT_MS } from "./fake-runs.ts"

export function scheduleRecord(fields: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return {
    name: "s1",
    spec: {
      workflow: "greet",
      inputText: encode(["Ada"]),
      cron: "0 3 * * *",
      timeZone: "Europe/Berlin",
      overlap: "skip",
      missed: "one",
      catchUpMs: 60_000,
      tags: {},
    },
    createdAtMs: CREATED_AT_MS,
    backfilling: 0,
    counters: { started: 1, skipped: 2, missed: 3, failed: 4 },
    ...fields,
  }
}

export interface ScheduleCall {
  readonly method: keyof Schedules
  readonly args: readonly unknown[]
}

/** A port that answers with the happy case unless `overrides` says otherwise, and lists its calls. */
export function fakeSchedules(
  overrides: Partial<Schedules> = {},
  calls: ScheduleCall[] = [],
): Schedules {
  const schedules: Schedules = {
    put: async (name) => ({ created: true, schedule: scheduleRecord({ name }) }),
    get: async (name) => scheduleRecord({ name }),
    list: async () => ({ schedules: [scheduleRecord()] }),
    delete: async () => undefined,
    pause: async (name) => scheduleRecord({ name }),
    resume: async (name) => scheduleRecord({ name }),
    trigger: async (name) => ({ runId: `${name}/now` }),
    backfill: async () => ({ ticks: 3 }),
    ...overrides,
  }
  return new Proxy(schedules, {
    get(target, method: keyof Schedules) {
      const answer = target[method] as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        calls.push({ method, args })
        return answer(...args)
      }
    },
  })
}
