// Run control: what a person does to a run that the driver keeps going: cancel, kill, start over.
// Owns: the rows and the alarm of those moments. Must not touch: which status a verb needs (operator-door.ts), how the
// journal is cut (operator-actions.ts).
//   C1. What was asked stands in the rows before the machine hears of it: a crash does not forget it (promise 14).

import type { Machine } from "../engine/machine.ts"
import type { Outcome } from "../engine/journal.ts"
import { LEASE_MS_MIN } from "../engine/limits.ts"
import { cancelledOutcome } from "../engine/outcomes.ts"
import type { DriverParts } from "./driver-parts.ts"
import { hasBegun } from "./run-begin.ts"
import type { RunEnds } from "./run-ends.ts"
import type { RunRow } from "./run-row.ts"
import type { WakeGuard } from "./wake-guard.ts"

/** What the driver has in its hands. */
interface Driving {
  row(): RunRow | undefined
  machine(): Machine | undefined
  ensureMachine(row: RunRow): void
  drive(): void
  wake(): void
  forgetRow(): void
  dropMachine(): void
  sendOut(): void
}

export class RunControl {
  readonly #parts: DriverParts
  readonly #ends: RunEnds
  readonly #guard: WakeGuard
  readonly #driving: Driving

  constructor(parts: DriverParts, ends: RunEnds, guard: WakeGuard, driving: Driving) {
    this.#parts = parts
    this.#ends = ends
    this.#guard = guard
    this.#driving = driving
  }

  /** Asks the run to unwind; one that has not begun has nothing to unwind and ends at once. */
  cancel(reason: string): void {
    this.#guard.run(() => {
      const row = this.#driving.row()
      if (row === undefined) return
      const cancelled = { state: "cancelled" as const, message: reason }
      if (!hasBegun(row)) return this.#end(row, cancelledOutcome(cancelled))
      this.#parts.rows.requestCancel(row, reason)
      const resident = this.#driving.machine()
      if (resident !== undefined) return resident.post({ type: "cancel", reason: cancelled })
      this.#driving.ensureMachine(row)
      this.#driving.drive()
    })
  }

  /** Ends the run without unwinding it. */
  kill(outcome: Outcome): void {
    const row = this.#driving.row()
    if (row === undefined) return
    this.#driving.dropMachine()
    try {
      this.#end(row, outcome, () => {
        this.#parts.tables.family.killChildren(row, "The run that started it was killed.")
      })
    } catch (error) {
      // The rows are as they were: the row in memory is not, and the run goes on by its alarm.
      this.#driving.forgetRow()
      this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
      throw error
    }
  }

  /**
   * Starts over from the journal as an operator's action leaves it.
   * @param cut changes the journal; what it throws leaves everything as it was.
   */
  restart(cut: () => void): void {
    const row = this.#driving.row()
    if (row === undefined) return
    this.#driving.dropMachine()
    this.#parts.atomically(() => {
      cut()
      this.#parts.tables.family.takenUp()
      this.#parts.rows.reopen(row, undefined)
    })
    this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
    this.#driving.wake()
  }

  #end(row: RunRow, outcome: Outcome, before?: () => void): void {
    this.#parts.atomically(() => {
      before?.()
      this.#ends.finish(row, outcome)
    })
    this.#parts.changed()
    this.#driving.sendOut()
  }
}
