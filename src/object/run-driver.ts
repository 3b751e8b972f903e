// Run driver: keeps one run going inside its object: wakes it, drives it in slices, and records how it stands.
// Owns: the resident machine, the alarm's target, the run's status. Must not touch: RPC shapes, HTTP.
//   V1. One machine at a time; it is built by replay on wake and stays while the object does.
//   V2. No door waits for a step: a drive ends when the run is blocked, and the end of an attempt starts the next.
//   V3. Whatever throws in here costs the machine, not the run: an alarm is set and the next wake replays.

import type { Halt } from "../engine/errors.ts"
import type { Outcome } from "../engine/journal.ts"
import { LEASE_MS_MIN, SLICES_PER_EVENT_MAX } from "../engine/limits.ts"
import type { DriveResult, Machine } from "../engine/machine.ts"
import type { MachineEvent } from "../engine/core.ts"
import type { Host } from "../engine/ports.ts"
import { isFinal } from "../engine/runs.ts"
import type { DriverParts } from "./driver-parts.ts"
import { wakeBackoffMs } from "./run-alarm.ts"
import { isForMissingCode, RunEnds } from "./run-ends.ts"
import { logFailure, logLine, type LogFields } from "./run-log.ts"
import { earliestDueMs, isAtRest } from "./run-rest.ts"
import type { RunRow } from "./run-row.ts"

export class RunDriver implements Host {
  readonly #parts: DriverParts
  readonly #ends: RunEnds
  #row: RunRow | undefined
  #machine: Machine | undefined
  #slices = 0
  #isTurnPending = false
  #failures = 0

  constructor(parts: DriverParts) {
    this.#parts = parts
    this.#ends = new RunEnds(parts.tables, parts.rows, parts.alarm)
  }

  /** The run, read once; `undefined` while there is none. */
  get row(): RunRow | undefined {
    this.#row ??= this.#parts.rows.load()
    return this.#row
  }

  // Doors: each is one stretch.

  /** Records a new run and drives its first slice. The alarm comes first: one that is unset again costs nothing. */
  create(row: RunRow): void {
    this.#parts.alarm.setTo(row.createdAtMs + LEASE_MS_MIN)
    this.#parts.rows.insert(row)
    this.#row = row
    this.#slices = 0
    this.#guarded(() => {
      this.#machine = this.#parts.machines.build(row, this, true)
      this.#drive(true)
    })
  }

  /** Goes on with whatever can go on: by an alarm, a message, or anybody who looks. */
  wake(): void {
    this.#wake(false)
  }

  /** @param isAlarm it is believed whatever the rows say: a wake that failed may have set it. */
  #wake(isAlarm: boolean): void {
    this.#guarded(() => {
      const row = this.row
      if (row === undefined || isFinal(row.status) || row.status === "paused") return
      if (row.status === "halted" && !this.#isCodeBack(row)) return
      // A wake that failed may have left the rows of a run at rest that is not.
      const mayRest = this.#machine === undefined && !isAlarm && this.#failures === 0
      const { waits } = this.#parts.tables
      if (mayRest && isAtRest(row, waits, Date.now())) {
        return this.#parts.alarm.atLatest(earliestDueMs(row, waits))
      }
      this.#ensureMachine(row)
      this.#drive(false)
    })
  }

  /** The object's alarm has fired. */
  alarmed(): void {
    this.#parts.alarm.fired()
    this.beginEvent()
    this.#wake(true)
  }

  /** A fresh event has a fresh budget of slices. */
  beginEvent(): void {
    this.#slices = 0
  }

  /** Tells the run a fact that stands in the store already, waking it if it may wait for it. */
  tell(event: MachineEvent): void {
    this.#guarded(() => {
      const row = this.row
      if (
        row === undefined ||
        isFinal(row.status) ||
        row.status === "halted" ||
        row.status === "paused"
      )
        return
      // A machine that is built now finds the fact in the store by itself.
      const wasResident = this.#machine !== undefined
      this.#ensureMachine(row)
      if (wasResident) this.#machine?.post(event)
      else this.#drive(true)
    })
  }

  /** Asks the run to unwind; recorded, so that a crash does not forget it (promise 14). */
  cancel(reason: string): void {
    this.#guarded(() => {
      const row = this.row
      if (row === undefined) return
      this.#parts.rows.requestCancel(row, reason)
      const wasResident = this.#machine !== undefined
      this.#ensureMachine(row)
      const machine = this.#machine
      if (machine === undefined) return
      if (wasResident)
        machine.post({ type: "cancel", reason: { state: "cancelled", message: reason } })
      else this.#drive(true)
    })
  }

  get isResident(): boolean {
    return this.#machine !== undefined
  }

  /** Ends the run without unwinding it. */
  kill(outcome: Outcome): void {
    const row = this.row
    if (row === undefined) return
    this.#dropMachine()
    try {
      this.#parts.atomically(() => this.#ends.finish(row, outcome))
    } catch (error) {
      // The rows are as they were: the row in memory is not, and the run goes on by its alarm.
      this.#row = undefined
      this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
      throw error
    }
    this.#parts.changed()
  }

  /**
   * Starts over from the journal as an operator's action leaves it.
   * @param cut changes the journal; what it throws leaves everything as it was.
   */
  restart(cut: () => void): void {
    const row = this.row
    if (row === undefined) return
    this.#dropMachine()
    this.#parts.atomically(() => {
      cut()
      this.#parts.rows.reopen(row, undefined)
    })
    this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
    this.wake()
  }

  // Driving.

  #drive(isDirty: boolean): void {
    const machine = this.#machine
    const row = this.row
    if (machine === undefined || row === undefined) return
    this.#conclude(row, machine, machine.drive(isDirty))
    this.#parts.changed()
  }

  #conclude(row: RunRow, machine: Machine, result: DriveResult): void {
    switch (result.type) {
      case "blocked":
        this.#failures = 0
        return this.#rest(row, machine)
      case "yield":
        return this.#takeTurn(row, machine)
      case "ended":
        this.#dropMachine()
        return this.#ends.finish(row, result.outcome)
      case "halted":
        this.#dropMachine()
        return this.#halt(row, result.halt)
      case "continued":
        return this.#continueAsNew(row, result.inputText)
    }
  }

  #rest(row: RunRow, machine: Machine): void {
    const isBusy = machine.inFlight > 0
    this.#parts.rows.setStatus(row, isBusy ? "running" : "suspended")
    if (isBusy) this.#parts.alarm.guard(Date.now(), machine.nextDueMs, machine.oldestAttempt)
    else this.#parts.alarm.setTo(machine.nextDueMs)
  }

  /** The slice is over: the event loop has its turn, which commits; after many, a fresh event goes on. */
  #takeTurn(row: RunRow, machine: Machine): void {
    this.#parts.rows.setStatus(row, "running")
    if (++this.#slices >= SLICES_PER_EVENT_MAX) return this.#parts.alarm.setTo(Date.now())
    this.#parts.alarm.guard(Date.now(), machine.nextDueMs, machine.oldestAttempt)
    if (this.#isTurnPending) return
    this.#isTurnPending = true
    // Not a timer of the run: only a way to let the event loop turn. The alarm stands behind it.
    setTimeout(() => {
      this.#isTurnPending = false
      if (this.#machine !== undefined) this.#guarded(() => this.#drive(false))
    }, 0)
  }

  /** The journal goes and the generation rises in one, or the steps of the old one would run again. */
  #continueAsNew(row: RunRow, inputText: string): void {
    const { atomically, machines, rows, tables } = this.#parts
    this.#dropMachine()
    atomically(() => {
      tables.journal.clear()
      tables.waits.clear()
      rows.nextGeneration(row, inputText)
    })
    const machine = machines.build(row, this, true)
    this.#machine = machine
    this.#takeTurn(row, machine)
    // The generation before may have ended without having heard of it.
    this.#tellCancel(row, machine)
  }

  #halt(row: RunRow, halt: Halt): void {
    this.#ends.halt(row, halt)
    this.#parts.changed()
  }

  // The machine.

  #ensureMachine(row: RunRow): void {
    if (this.#machine !== undefined) return
    const missing = this.#parts.machines.missingCode(row)
    if (missing !== undefined) return this.#halt(row, missing)
    this.#machine = this.#parts.machines.build(row, this, false)
    this.#tellCancel(row, this.#machine)
  }

  #tellCancel(row: RunRow, machine: Machine): void {
    if (row.cancel === undefined) return
    machine.post({ type: "cancel", reason: { state: "cancelled", message: row.cancel } })
  }

  #dropMachine(): void {
    this.#machine?.close()
    this.#machine = undefined
  }

  #isCodeBack(row: RunRow): boolean {
    if (!isForMissingCode(row.halt)) return false
    if (this.#parts.machines.missingCode(row) !== undefined) {
      this.#ends.probeLater()
      return false
    }
    this.#parts.rows.reopen(row, row.cancel)
    return true
  }

  /** A throw in our own code must not leave the run without an alarm, however often it happens (promise 12). */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      const retryInMs = wakeBackoffMs(this.#failures++)
      this.#parts.alarm.setTo(Date.now() + retryInMs)
      const run = this.#row?.id
      logFailure("A wake of the run failed; it is tried again.", error, { run, retryInMs })
      // The row in memory may be ahead of the one on disk.
      this.#row = undefined
      this.#despite(() => this.#dropMachine())
      // Where even this is refused, the alarm alone leads back, and this object's memory of the failure.
      this.#despite(() => this.#parts.rows.markUnrested())
      this.#parts.changed()
    }
  }

  #despite(work: () => void): void {
    try {
      work()
    } catch (error) {
      logFailure("After a failed wake something else failed, too.", error, {})
    }
  }

  // Host: what the machine asks.

  dependency(name: string): unknown {
    return this.#parts.dependency(name)
  }

  crash(): void {
    this.#parts.crash()
  }

  log(level: "warn" | "error", message: string, fields: LogFields): void {
    logLine(level, message, fields)
  }
}
