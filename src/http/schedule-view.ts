// Schedule view: a schedule as JSON.
// Owns: its fields in an answer. Must not touch: how values look (value-view).

import type { ScheduleRecord } from "../engine/ports/schedules.ts"
import { viewTime } from "./run-view.ts"
import { viewValue, type View } from "./value-view.ts"

export function viewSchedule(schedule: ScheduleRecord, view: View): Record<string, unknown> {
  const { name, spec, paused, lastRun, lastError } = schedule
  const { workflow, version, inputText, tags, timeoutMs, ...timing } = spec
  return {
    name,
    workflow,
    ...(version !== undefined && { version }),
    input: viewValue(inputText, view),
    ...timing,
    tags,
    ...(timeoutMs !== undefined && { timeoutMs }),
    paused: paused !== undefined,
    ...(paused !== undefined && { pausedAt: viewTime(paused.atMs) }),
    ...(paused?.by !== undefined && { pausedBy: paused.by }),
    ...(paused?.reason !== undefined && { pausedReason: paused.reason }),
    createdAt: viewTime(schedule.createdAtMs),
    ...(schedule.nextAtMs !== undefined && {
      nextAt: viewTime(schedule.nextAtMs),
      nextTimes: [schedule.nextAtMs, ...(schedule.laterAtMs ?? [])].map(viewTime),
    }),
    ...(schedule.lastAtMs !== undefined && { lastAt: viewTime(schedule.lastAtMs) }),
    ...(lastRun !== undefined && { lastRun }),
    ...(lastError !== undefined && {
      lastError: {
        code: lastError.code,
        message: lastError.message,
        run: lastError.runId,
        at: viewTime(lastError.atMs),
      },
    }),
    ...(schedule.bufferedAtMs !== undefined && { bufferedAt: viewTime(schedule.bufferedAtMs) }),
    backfilling: schedule.backfilling,
    counters: schedule.counters,
  }
}
