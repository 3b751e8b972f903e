// Schedule due: when a schedule must be looked at again.
// Owns: the target of its alarm, and the pauses before something is asked once more. Must not touch: what is done then.

import { LEASE_MS_MAX, LEASE_MS_MIN, SCHEDULE_STARTS_MAX } from "../../engine/limits.ts"
import type { ScheduleRow } from "./schedule-row.ts"
import type { ScheduleRows } from "./schedule-rows.ts"

/** The earliest instant at which there is something to do; `undefined` when there is nothing. */
export function earliestDueMs(row: ScheduleRow, rows: ScheduleRows): number | undefined {
  const dues = [row.tellAtMs]
  if (!row.isRemoved) {
    const starts = rows.starts()
    const hasRoom = hasRoomForStart(starts.count)
    const polledMs = row.pollAtMs ?? Date.now()
    dues.push(starts.dueMs)
    if (row.paused === undefined && hasRoom) {
      dues.push(row.nextAtMs)
      if (row.bufferedAtMs !== undefined) dues.push(polledMs)
    }
    if (hasRoom && rows.backfilling() > 0) dues.push(polledMs)
  }
  const earliestMs = Math.min(...dues.map((dueMs) => dueMs ?? Infinity))
  return earliestMs === Infinity ? undefined : earliestMs
}

/** While too many starts cannot be made, none is decided. */
export function hasRoomForStart(count: number): boolean {
  return count < SCHEDULE_STARTS_MAX
}

export function isDue(dueMs: number | undefined, nowMs: number): dueMs is number {
  return dueMs !== undefined && dueMs <= nowMs
}

/** Asks the running one again after 1 s, doubling to 30 s. */
export function pollLater(row: ScheduleRow): void {
  row.pollMs = Math.min((row.pollMs ?? LEASE_MS_MIN / 2) * 2, LEASE_MS_MAX)
  row.pollAtMs = Date.now() + row.pollMs
}

export function stopPolling(row: ScheduleRow): void {
  row.pollMs = undefined
  row.pollAtMs = undefined
}

/** Before somebody who did not answer is asked again. */
export function pauseMs(tries: number): number {
  return Math.min(LEASE_MS_MIN * 2 ** tries, LEASE_MS_MAX)
}
