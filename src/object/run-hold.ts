// Run hold: what is done about a run that is held back: it asks for its slot, and ends when its time is up before it began.
// Owns: the rows and the alarm of that moment. Must not touch: the rule (run-begin.ts), the machine.

import { encodeThrown } from "../engine/codec.ts"
import { TimeoutError } from "../engine/errors.ts"
import { withoutStack } from "../engine/outcomes.ts"
import type { DriverParts } from "./driver-parts.ts"
import { hasBegun, heldUntilMs, startHold } from "./run-begin.ts"
import type { RunEnds } from "./run-ends.ts"
import type { RunRow } from "./run-row.ts"

/**
 * @param isNew its alarm is one that was set for its creation
 * @returns whether it is held back, and then everything is seen to
 */
export function isHeldBack(
  row: RunRow,
  parts: Pick<DriverParts, "alarm" | "changed" | "outbox" | "rows" | "tables">,
  ends: RunEnds,
  { nowMs, isNew }: { readonly nowMs: number; readonly isNew: boolean },
): boolean {
  const hold = startHold(row, nowMs)
  if (hold === undefined) return false
  const { alarm, changed, outbox, rows, tables } = parts
  if (!hasBegun(row) && (row.deadlineMs ?? Infinity) <= nowMs) {
    const error = withoutStack(new TimeoutError("The run timed out before it could begin."))
    ends.finish(row, { state: "timed_out", text: encodeThrown(error) })
    outbox.flush()
    changed()
    return true
  }
  rows.setStatus(row, "suspended")
  const hasAsked = hold.key !== undefined && tables.slot.ask(row)
  outbox.flush()
  if (hasAsked || isNew) alarm.setTo(heldUntilMs(row))
  else alarm.atLatest(heldUntilMs(row))
  if (hasAsked) changed()
  return true
}
