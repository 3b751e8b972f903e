// Rearm: the alarm that a run's state asks for, whoever changed it: the run, its machine, or its outbox.
// Owns: the rule (promise 12). Must not touch: the alarm's own bookkeeping (run-alarm.ts adds the outbox).

import type { Machine } from "../../engine/machine/machine.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import type { DriverParts } from "./driver-parts.ts"
import { isForMissingCode } from "./run-ends.ts"
import { deletionMs, earliestDueMs } from "./run-rest.ts"
import type { RunRow } from "../store/stored-run.ts"

/**
 * @param machine the resident one; without it the rows say when something falls due.
 * @param goesOn its drive has given way in the middle: whatever is to go on with it keeps its alarm.
 */
export function rearm(
  { alarm, news, tables }: Pick<DriverParts, "alarm" | "news" | "tables">,
  row: RunRow,
  machine: Machine | undefined,
  goesOn = false,
): void {
  news.takeOver()
  if (row.status === "paused") return alarm.setTo(undefined)
  if (isFinal(row.status)) return alarm.setTo(deletionMs(row, news.isSwept))
  if (row.status === "halted") {
    // One whose code is missing looks for it by an alarm that is set already.
    return isForMissingCode(row.halt) ? alarm.atLatest(undefined) : alarm.setTo(undefined)
  }
  if (machine === undefined) return alarm.atLatest(earliestDueMs(row, tables.waits))
  const { inFlight, nextDueMs, oldestAttempt } = machine
  if (inFlight > 0 || goesOn) alarm.guard(Date.now(), nextDueMs, oldestAttempt)
  else alarm.setTo(nextDueMs)
}
