// Run control: what a person does to a run that the driver keeps going: cancel, kill, pause, resume, start over.
// Owns: the rows and the alarm of those moments. Must not touch: which status a verb needs (operator-door.ts), how the
// journal is cut (operator-actions.ts).
//   C1. Every one of them is noted in the journal: who, and why.
//   C2. What was asked stands in the rows before the machine hears of it: a crash does not forget it (promise 14).
//   C3. What could not be written is thrown to whoever asked; what comes after it is tried again by an alarm.

import type { Machine } from "../../engine/machine/machine.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { LEASE_MS_MIN } from "../../engine/limits.ts"
import { operatorText, type OperatorNote } from "../../engine/machine/operator-record.ts"
import { cancelledOutcome } from "../../engine/machine/outcomes.ts"
import type { OperatorAction } from "../../engine/ports/runs.ts"
import type { DriverParts } from "./driver-parts.ts"
import { hasBegun, mayRun } from "./run-begin.ts"
import type { RunEnds } from "./run-ends.ts"
import { earliestDueMs } from "./run-rest.ts"
import type { RunRow } from "../store/stored-run.ts"
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

type NoteAbout = Pick<OperatorNote, "startAt" | "to">

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
  cancel(action: OperatorAction): void {
    const row = this.#driving.row()
    if (row === undefined) return
    const message = action.reason ?? "The run was cancelled."
    const cancelled = { state: "cancelled" as const, message }
    if (!hasBegun(row)) {
      const note = () => this.#note("cancel", action)
      return this.#surely(() => this.#end(row, cancelledOutcome(cancelled), note))
    }
    this.#write(() => {
      if (row.status === "paused") this.#letGo(row)
      this.#parts.rows.requestCancel(row, message)
      this.#note("cancel", action)
    })
    // It waits for its code, and unwinds once that is there.
    if (row.status === "halted") return
    // One that waits for its slot again unwinds when it has it.
    if (!mayRun(row)) return this.#driving.wake()
    this.#guard.run(() => {
      const resident = this.#driving.machine()
      if (resident !== undefined) {
        resident.post({ type: "cancel", reason: cancelled })
        return this.#driving.wake()
      }
      this.#driving.ensureMachine(row)
      this.#driving.drive()
    })
  }

  /** Ends the run without unwinding it. */
  kill(outcome: Outcome, action: OperatorAction): void {
    const row = this.#driving.row()
    if (row === undefined) return
    this.#driving.dropMachine()
    try {
      this.#end(row, outcome, () => {
        this.#note("kill", action)
        this.#parts.tables.family.killChildren(row, "The run that started it was killed.")
      })
    } catch (error) {
      // The rows are as they were: the row in memory is not, and the run goes on by its alarm.
      this.#driving.forgetRow()
      this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
      throw error
    }
  }

  /** Nothing new begins; what is in flight may end, and that is all that is owed. */
  pause(action: OperatorAction): void {
    this.#write(() => {
      const row = this.#driving.row()
      if (row === undefined) return
      if (this.#driving.machine()?.inFlight === 0) this.#driving.dropMachine()
      this.#driving.machine()?.pause()
      this.#note("pause", action)
      this.#parts.rows.setStatus(row, "paused")
      this.#parts.alarm.setTo(undefined)
    })
    this.#parts.changed()
  }

  /** Goes on, and with what fell due meanwhile. */
  resume(action: OperatorAction): void {
    this.#write(() => {
      const row = this.#driving.row()
      if (row === undefined) return
      this.#letGo(row)
      this.#note("resume", action)
    })
    if (this.#driving.machine() === undefined) this.#driving.wake()
    else this.#guard.run(() => this.#driving.drive())
  }

  /** Begins a run at another instant than it was to. */
  moveStart(startAtMs: number, action: OperatorAction): void {
    this.#write(() => {
      const row = this.#driving.row()
      if (row === undefined) return
      this.#note("resume", action, { startAt: new Date(startAtMs).toISOString() })
      this.#parts.rows.moveStart(row, startAtMs)
      // It is asked for again at that instant, behind those who want to begin before.
      if (startAtMs > Date.now()) this.#parts.tables.slot.release(row)
      if (row.status === "paused") this.#letGo(row)
      this.#parts.alarm.setTo(startAtMs)
    })
    this.#driving.wake()
  }

  /** The object is about to be taken away. It comes back by its alarm, and soon, also where the run only waits. */
  crashing(action: OperatorAction): void {
    this.#write(() => {
      const row = this.#driving.row()
      if (row === undefined) return
      this.#note("crash", action)
      if (row.status !== "suspended" || !mayRun(row)) return
      const dueMs = earliestDueMs(row, this.#parts.tables.waits) ?? Infinity
      this.#parts.alarm.setTo(Math.min(dueMs, Date.now() + LEASE_MS_MIN))
    })
    this.#parts.changed()
  }

  /** Notes what was done elsewhere and changes nothing here. */
  noted(name: string, action: OperatorAction, about: NoteAbout = {}): void {
    this.#write(() => this.#note(name, action, about))
    this.#parts.changed()
  }

  /** A run whose journal was made elsewhere goes on from there. */
  adopt(row: RunRow, fill: () => void): void {
    this.#parts.news.begin(false)
    this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
    this.#parts.atomically(() => {
      this.#parts.rows.insert(row)
      fill()
    })
    this.#driving.wake()
  }

  /** Rows that say what was asked: all of them, or none. @throws Error when the store refuses them */
  #write(work: () => void): void {
    this.#surely(() => this.#parts.atomically(work))
  }

  /** @throws Error when it fails: whoever asked is not told that it was done, and asks again. */
  #surely(work: () => void): void {
    if (!this.#guard.run(work)) throw new Error("What was asked of the run could not be written.")
  }

  #letGo(row: RunRow): void {
    this.#parts.rows.setStatus(row, "running")
    this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
    this.#driving.machine()?.unpause()
  }

  /**
   * Starts over from the journal as an operator's action leaves it.
   * @param cut changes the journal; what it throws leaves everything as it was.
   */
  restart(cut: () => void): void {
    const row = this.#driving.row()
    if (row === undefined) return
    this.#driving.dropMachine()
    try {
      this.#parts.atomically(() => {
        const telemetry = this.#parts.telemetry()
        telemetry?.roundEnds(row, Date.now())
        cut()
        telemetry?.roundBegins(row)
        this.#parts.tables.family.takenUp()
        this.#parts.rows.reopen(row, undefined)
      })
    } catch (error) {
      // The rows are as they were: the row in memory may not be.
      this.#driving.forgetRow()
      throw error
    }
    this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
    this.#driving.wake()
  }

  #end(row: RunRow, outcome: Outcome, note: () => void): void {
    this.#parts.atomically(() => {
      note()
      this.#ends.finish(row, outcome)
    })
    this.#parts.changed()
    this.#driving.sendOut()
  }

  /** Who did it and why, behind whatever the machine has written. */
  #note(name: string, { by, reason }: OperatorAction, about: NoteAbout = {}): void {
    const text = operatorText({
      ...(by === undefined ? {} : { by }),
      ...(reason === undefined ? {} : { reason }),
      ...about,
    })
    if (this.#driving.machine()?.note(name, text) === true) return
    // One that is still replaying has nothing in flight: the next one finds the note where it belongs.
    this.#driving.dropMachine()
    const { journal } = this.#parts.tables
    journal.append([
      {
        seq: journal.nextSeq(),
        type: "operator",
        kind: "operator",
        path: "",
        name,
        text,
        atMs: Date.now(),
        inline: false,
      },
    ])
  }
}
