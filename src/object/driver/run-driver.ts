// Run driver: keeps one run going inside its object: wakes it, drives it in slices, and records how it stands.
// Owns: the resident machine, the alarm's target, the run's status. Must not touch: RPC shapes, HTTP.
//   V1. One machine at a time; it is built by replay on wake and stays while the object does.
//   V2. No door waits for a step: a drive ends when the run is blocked, and the end of an attempt starts the next.
//   V3. Whatever throws in here costs the machine, not the run: an alarm is set and the next wake replays.

import type { Halt } from "../../engine/errors.ts"
import { LEASE_MS_MIN, SLICES_PER_EVENT_MAX } from "../../engine/limits.ts"
import type { DriveResult, Machine } from "../../engine/machine/machine.ts"
import type { MachineEvent } from "../../engine/machine/core.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import type { AlarmDelivery } from "../alarm-delivery.ts"
import type { DriverParts } from "./driver-parts.ts"
import { machineHost, type RunHost } from "./machine-host.ts"
import { hasBegun, mayRun } from "./run-begin.ts"
import { RunControl } from "./run-control.ts"
import { RunEnds } from "./run-ends.ts"
import { isHeldBack } from "./run-hold.ts"
import { rearm } from "./rearm.ts"
import { earliestDueMs, isAtRest, isExpired } from "./run-rest.ts"
import type { RunRow } from "../store/stored-run.ts"
import { WakeGuard } from "./wake-guard.ts"

export class RunDriver {
  /** What a person may do with it. */
  readonly control: RunControl
  readonly #parts: DriverParts
  readonly #ends: RunEnds
  readonly #host: RunHost
  readonly #guard: WakeGuard
  #row: RunRow | undefined
  #machine: Machine | undefined
  #slices = 0
  #isTurnPending = false
  #goesOn = false
  #isClosed = false

  constructor(parts: DriverParts) {
    this.#parts = parts
    this.#ends = new RunEnds(parts)
    this.#host = machineHost(parts, () => this.wake())
    const forgetRow = () => void (this.#row = undefined)
    const dropMachine = () => this.#dropMachine()
    this.#guard = new WakeGuard(parts, { run: () => this.#row?.id, forgetRow, dropMachine })
    this.control = new RunControl(parts, this.#ends, this.#guard, {
      row: () => this.row,
      machine: () => this.#machine,
      ensureMachine: (row) => this.#ensureMachine(row),
      drive: () => this.#drive(true),
      wake: () => this.wake(),
      forgetRow,
      dropMachine,
      sendOut: () => this.sendOut(),
    })
  }

  /** The run, read once; `undefined` while there is none. */
  get row(): RunRow | undefined {
    if (this.#isClosed) return undefined
    this.#row ??= this.#parts.rows.load()
    return this.#row
  }

  // Doors: each is one stretch.

  /**
   * Records a new run and drives its first slice. Its alarm is set by what the slice comes to, a throw included: before
   * that nothing is committed, and a run that ends in it never needs one.
   * @param deliver stores the messages of the start: they are there before the workflow begins, or the run is not.
   * @param isAnnounced the index is told by whoever starts it.
   */
  create(row: RunRow, deliver: (() => void) | undefined, isAnnounced: boolean): void {
    const { atomically, machines, news, rows } = this.#parts
    news.begin(isAnnounced)
    const write = () => (rows.insert(row), deliver?.())
    if (deliver === undefined) write()
    else atomically(write)
    this.#row = row
    this.#slices = 0
    this.#guard.run(() => {
      if (!hasBegun(row)) return this.#begin(row, { isNew: true })
      this.#machine = machines.build(row, this.#host, true)
      this.#drive(true)
    })
    news.begun()
  }

  /** Goes on with whatever can go on: by an alarm, a message, or anybody who looks. */
  wake(): void {
    this.#wake(false)
  }

  /**
   * @param isAlarm it is believed whatever the rows say: a wake that failed may have set it
   * @returns whether it went well
   */
  #wake(isAlarm: boolean): boolean {
    return this.#guard.run(() => {
      const row = this.row
      if (row === undefined) return
      if (isExpired(row, Date.now())) return this.#parts.expired()
      if (isFinal(row.status)) return
      // All that may happen is that an attempt in flight has ended.
      if (row.status === "paused") return this.#drive(false)
      if (row.status === "halted" && !this.#ends.isCodeBack(row)) return
      if (!mayRun(row)) return this.#begin(row, { isAlarm })
      // A wake that failed may have left the rows of a run at rest that is not.
      const mayRest = this.#machine === undefined && !isAlarm && !this.#guard.hasFailed
      const { tables } = this.#parts
      if (mayRest && isAtRest(row, tables, Date.now())) {
        this.#parts.outbox.flush()
        return this.#parts.alarm.atLatest(earliestDueMs(row, tables.waits))
      }
      this.#ensureMachine(row)
      this.#drive(false)
    })
  }

  /** The object's alarm has fired. */
  alarmed(delivery: AlarmDelivery): void {
    this.#parts.alarm.fired(delivery)
    this.beginEvent()
    const isWell = this.#wake(true)
    this.#parts.outbox.alarmed()
    // A wake that failed has set its own alarm, which leaves the store some time.
    if (isWell && this.#guard.run(() => this.#parts.news.alarmed())) this.sendOut()
  }

  /** The run is gone: whatever still reaches this driver finds nothing and does nothing. */
  close(): void {
    this.#dropMachine()
    this.#row = undefined
    this.#isClosed = true
  }

  /** Sends what the outbox holds, and sets the alarm by what is left; also when the run itself has nothing to do. */
  sendOut(): void {
    if (this.#isClosed) return
    this.#guard.run(() => {
      this.#parts.outbox.flush()
      if (this.row === undefined) this.#parts.alarm.setTo(this.#parts.gone())
      else rearm(this.#parts, this.row, this.#machine, this.#goesOn)
    })
  }

  /** A fresh event has a fresh budget of slices. */
  beginEvent(): void {
    this.#slices = 0
  }

  /** Tells the run a fact that stands in the store already; whoever has sent it is answered by what it comes to. */
  tell(event: MachineEvent): void {
    this.#guard.run(() => {
      const row = this.row
      if (row === undefined || !mayRun(row) || isFinal(row.status) || row.status === "halted")
        return
      if (row.status === "paused") return this.#machine?.post(event)
      // A machine that is built now finds the fact in the store by itself.
      const wasResident = this.#machine !== undefined
      this.#ensureMachine(row)
      if (!wasResident) return this.#drive(true)
      this.#machine?.post(event)
      this.wake()
    })
  }

  get resident(): Machine | undefined {
    return this.#machine
  }

  /** The run's first drive, when nothing holds it back any more. */
  #begin(row: RunRow, { isNew = false, isAlarm = false }): void {
    const { alarm, machines, rows, tables } = this.#parts
    const nowMs = Date.now()
    if (isHeldBack(row, this.#parts, this.#ends, { nowMs, isNew, isAlarm })) return
    const missing = machines.missingCode(row)
    if (missing !== undefined) return this.#halt(row, missing)
    alarm.setTo(nowMs + LEASE_MS_MIN)
    rows.begin(row, nowMs)
    // What operators did before stands in the journal already.
    this.#machine = machines.build(row, this.#host, tables.journal.lastSeq() === 0)
    this.#drive(true)
  }

  #drive(isDirty: boolean): void {
    const machine = this.#machine
    const row = this.row
    if (machine === undefined || row === undefined) return
    this.#goesOn = false
    this.#host.driven()
    const result = machine.drive(isDirty)
    this.#parts.rows.replayed(row, machine.log.replayedEntries)
    if (row.status === "paused") this.#stayPaused(row, machine, result)
    else this.#conclude(row, machine, result)
    this.#parts.rows.settleReplay(row)
    this.#parts.changed()
    this.#parts.outbox.flush()
  }

  /** What the workflow has come to stands in the journal, and is come to again on resume; what it tells others leaves. */
  #stayPaused(row: RunRow, machine: Machine, { type }: DriveResult): void {
    rearm(this.#parts, row, machine)
    if (type === "yield") return this.#turnSoon()
    if (type !== "blocked" || machine.inFlight === 0) this.#dropMachine()
  }

  #conclude(row: RunRow, machine: Machine, result: DriveResult): void {
    const { type } = result
    if (type === "blocked" || type === "yield") {
      const halt = this.#parts.room.haltAfterDrive(type === "yield")
      if (halt !== undefined) return this.#stop(row, halt)
    }
    switch (result.type) {
      case "blocked":
        this.#guard.succeeded()
        return this.#rest(row, machine)
      case "yield":
        return this.#takeTurn(row, machine)
      case "ended":
        this.#dropMachine()
        return this.#ends.finish(row, result.outcome)
      case "halted":
        return this.#stop(row, result.halt)
      case "continued":
        return this.#continueAsNew(row, result.inputText)
    }
  }

  #stop(row: RunRow, halt: Halt): void {
    this.#dropMachine()
    this.#halt(row, halt)
  }

  #rest(row: RunRow, machine: Machine): void {
    this.#parts.rows.setStatus(row, machine.inFlight > 0 ? "running" : "suspended")
    rearm(this.#parts, row, machine)
  }

  /** The slice is over: the event loop has its turn, which commits; after many, a fresh event goes on. */
  #takeTurn(row: RunRow, machine: Machine): void {
    this.#parts.rows.setStatus(row, "running")
    this.#goesOn = true
    if (++this.#slices >= SLICES_PER_EVENT_MAX) return this.#parts.alarm.setTo(Date.now())
    this.#parts.alarm.guard(Date.now(), machine.nextDueMs, machine.oldestAttempt)
    this.#turnSoon()
  }

  #turnSoon(): void {
    if (this.#isTurnPending) return
    this.#isTurnPending = true
    // Not a timer of the run: only a way to let the event loop turn. The alarm stands behind it.
    setTimeout(() => {
      this.#isTurnPending = false
      if (this.#machine !== undefined) this.#guard.run(() => this.#drive(false))
    }, 0)
  }

  /** The journal goes and the generation rises in one, or the steps of the old one would run again. */
  #continueAsNew(row: RunRow, inputText: string): void {
    const { atomically, machines, rows, tables } = this.#parts
    this.#dropMachine()
    atomically(() => {
      this.#parts.telemetry()?.generationEnds(row, Date.now())
      tables.journal.clear()
      tables.folds.clear()
      tables.waits.clear()
      tables.family.children.clear()
      rows.nextGeneration(row, inputText)
    })
    const machine = (this.#machine = machines.build(row, this.#host, true))
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
    const halt = this.#parts.machines.missingCode(row) ?? this.#parts.room.halt
    if (halt !== undefined) return this.#halt(row, halt)
    this.#machine = this.#parts.machines.build(row, this.#host, false)
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
}
