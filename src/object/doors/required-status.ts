// Required status: what a run must be for what is asked of it.
// Owns: the refusals and their words. Must not touch: which verb needs what (the doors).

import { BelayError } from "../../engine/errors.ts"
import { isFinal, type RunStatus } from "../../engine/ports/runs.ts"
import type { RunRow } from "../store/stored-run.ts"

/** @throws run_ended */
export function requireOpen(row: RunRow): void {
  if (!isFinal(row.status)) return
  throw new BelayError(
    "run_ended",
    `Run "${row.id}" has ended (${row.status}) and takes no messages.`,
    { status: row.status },
  )
}

/** @throws wrong_status */
export function requireStatus(row: RunRow, allowed: readonly RunStatus[], what: string): void {
  if (allowed.includes(row.status)) return
  throw new BelayError(
    "wrong_status",
    `Run "${row.id}" is ${row.status}; ${what} needs one that is ${allowed.join(" or ")}.`,
    { status: row.status },
  )
}
