// Run rest: what a run waits for, told by its rows alone, so that a run with nothing to do is not replayed to see it.
// Owns: the rule. Reads rows, writes nothing.

import { heldUntilMs, shownHold } from "./run-begin.ts"
import type { RunRow } from "../store/stored-run.ts"
import type { RunTables } from "../store/sqlite-run-store.ts"
import type { WaitRows } from "../store/wait-rows.ts"

/** The next instant at which something falls due; `undefined` when nothing will by itself. */
export function earliestDueMs(row: RunRow, waits: WaitRows): number | undefined {
  if (shownHold(row) !== undefined) return heldUntilMs(row)
  const least = Math.min(waits.earliestDueMs() ?? Infinity, row.deadlineMs ?? Infinity)
  return least === Infinity ? undefined : least
}

/** Whether the run has nothing to do: nothing is due, nothing has arrived, nobody has cancelled it. */
export function isAtRest(
  row: RunRow,
  { waits, family }: Pick<RunTables, "waits" | "family">,
  nowMs: number,
): boolean {
  return (
    row.status === "suspended" &&
    row.cancel === undefined &&
    (earliestDueMs(row, waits) ?? Infinity) > nowMs &&
    !waits.hasArrival(row.generation) &&
    !family.children.hasArrival()
  )
}

/** When an ended run has to delete itself: where an index sweeps, it is told to. */
export function deletionMs({ deleteAtMs }: RunRow, isSwept: boolean): number | undefined {
  return isSwept ? undefined : deleteAtMs
}

/** Whether the run has ended and was kept as long as it had to be. */
export function isExpired({ deleteAtMs }: RunRow, nowMs: number): boolean {
  return deleteAtMs !== undefined && deleteAtMs <= nowMs
}
