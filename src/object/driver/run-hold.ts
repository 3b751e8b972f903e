// Run hold: what is done about a run that is held back: it asks for its slot, and ends when its time is up before it began.
// Owns: the rows and the alarm of that moment. Must not touch: the rule (run-begin.ts), the machine.
//   H1. One that waits for its slot looks now and then whether its limiter still knows of it: should a message or the
//       limiter's store be lost, it asks again (promise 12).

import { encodeThrown } from "../../engine/values/codec.ts"
import { TimeoutError } from "../../engine/errors.ts"
import { withoutStack } from "../../engine/machine/outcomes.ts"
import type { DriverParts } from "./driver-parts.ts"
import { SLOT_AUDIT_MS } from "../limiter/run-slot.ts"
import { hasBegun, heldUntilMs, startHold } from "./run-begin.ts"
import type { RunEnds } from "./run-ends.ts"
import type { RunRow } from "../store/stored-run.ts"

interface Wake {
  readonly nowMs: number
  /** Its alarm is one that was set for its creation. */
  readonly isNew: boolean
  /** It is woken by its alarm. */
  readonly isAlarm: boolean
}

/** @returns whether it is held back, and then everything is seen to */
export function isHeldBack(
  row: RunRow,
  parts: Pick<DriverParts, "alarm" | "changed" | "outbox" | "rows" | "tables">,
  ends: RunEnds,
  { nowMs, isNew, isAlarm }: Wake,
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
  const hasAsked = hold.key !== undefined && tables.slot.ask(row, nowMs)
  if (isAlarm && !hasAsked) tables.slot.askAgain(row, nowMs)
  outbox.flush()
  const auditMs = hold.key === undefined ? Infinity : nowMs + SLOT_AUDIT_MS
  const lookMs = Math.min(heldUntilMs(row) ?? Infinity, auditMs)
  if (hasAsked || isNew || isAlarm) alarm.setTo(lookMs)
  else alarm.atLatest(lookMs)
  if (hasAsked) changed()
  return true
}
