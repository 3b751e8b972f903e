// Schedule driver: keeps one schedule going inside its object: sees to its ticks, makes its starts, tells the directory.
// Owns: the order of the work, the alarm's target. Must not touch: RPC shapes, what a run does.
//   V1. A tick is seen to in one stretch: the start is decided, counted, and the next tick is set. A crash before it has
//       changed nothing, a crash after it leaves the start on disk, and it is made under the same run id until the run
//       has it.
//   V2. One piece of work at a time. After every wait the row is read anew: somebody may have paused, changed or
//       deleted the schedule.
//   V3. While something is owed an alarm is set, whatever throws (promise 12).

import { LEASE_MS_MIN } from "../../engine/limits.ts"
import type { ScheduleSpec } from "../../engine/ports/schedules.ts"
import type { AlarmDelivery } from "../alarm-delivery.ts"
import { wakeBackoffMs, type RunAlarm } from "../run-alarm.ts"
import { logFailure } from "../run-log.ts"
import { NEWER_TABLES_PROBE_MS, NewerTablesError } from "../store/schema.ts"
import { readCadence, type Cadence } from "./cadence.ts"
import { overdue } from "./overdue.ts"
import {
  earliestDueMs,
  hasRoomForStart,
  isDue,
  pauseMs,
  pollLater,
  stopPolling,
} from "./schedule-due.ts"
import { tickRunId } from "./run-ids.ts"
import type { Begun, RunStarter } from "./run-starter.ts"
import type { ScheduleRow } from "./schedule-row.ts"
import type { PendingStart, ScheduleRows } from "./schedule-rows.ts"

export interface ScheduleParts {
  readonly rows: ScheduleRows
  readonly alarm: RunAlarm
  readonly starter: RunStarter
  /** Tells the directory that the schedule is there, or is no more. */
  readonly tell: (row: ScheduleRow) => Promise<void>
}

/** Pieces of work in one event, after which a fresh one goes on: the platform bounds what one event may ask of others. */
const WORK_PER_WAKE_MAX = 100

export class ScheduleDriver {
  readonly #parts: ScheduleParts
  #working: Promise<void> | undefined
  #failures = 0
  /** Counts what was begun, to see whether something was while somebody waited. */
  #beginnings = 0
  #cadence: { readonly of: string; readonly cadence: Cadence } | undefined

  constructor(parts: ScheduleParts) {
    this.#parts = parts
  }

  /** The object's alarm has fired. */
  alarmed(delivery: AlarmDelivery): void {
    this.#parts.alarm.fired(delivery)
  }

  /** Sees to all that is due. Never throws. */
  work(): Promise<void> {
    this.#working ??= this.#workThrough().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  /** To be called after every change: the alarm is what the rows ask for. */
  arm(): void {
    // Whoever is at work sets it at the end, and has set one behind itself.
    if (this.#working === undefined) this.#setAlarm()
  }

  /** The alarm is there, should the platform have lost it. */
  look(row: ScheduleRow): void {
    if (this.#working === undefined)
      this.#parts.alarm.atLatest(earliestDueMs(row, this.#parts.rows))
  }

  cadenceOf({ cron, timeZone }: Pick<ScheduleSpec, "cron" | "timeZone">): Cadence {
    const of = `${timeZone} ${cron}`
    if (this.#cadence?.of !== of) this.#cadence = { of, cadence: readCadence(cron, timeZone) }
    return this.#cadence.cadence
  }

  /** Changes the row of this life of the schedule, and what belongs to it; `undefined` when it is over. */
  change<T>(incarnation: string, work: (row: ScheduleRow) => T): T | undefined {
    const { rows } = this.#parts
    return rows.atomically(() => {
      const row = rows.load()
      if (row?.incarnation !== incarnation || row.isRemoved) return undefined
      const result = work(row)
      rows.save(row)
      return result
    })
  }

  addStart(runId: string, row: ScheduleRow, origin: PendingStart["origin"], dueMs: number): void {
    this.#beginnings++
    this.#parts.rows.addStart({ runId, specId: row.specId, origin, tries: 0, dueMs })
  }

  /** Makes a start that was decided. */
  async deliver(start: PendingStart): Promise<Begun> {
    const { rows, starter } = this.#parts
    const row = rows.load()
    if (row === undefined || row.isRemoved) return { type: "unanswered" }
    const begun = await starter.begin(start.runId, rows.spec(start.specId))
    this.change(row.incarnation, (fresh) => this.#acknowledge(fresh, start, begun))
    return begun
  }

  async #workThrough(): Promise<void> {
    try {
      if (this.#parts.rows.load() === undefined) return
      this.#parts.alarm.setTo(Date.now() + LEASE_MS_MIN)
      for (let count = 0; count < WORK_PER_WAKE_MAX; count++) {
        if (!(await this.#next())) break
      }
      this.#failures = 0
      this.#setAlarm()
    } catch (error) {
      const isTooOld = error instanceof NewerTablesError
      const retryInMs = isTooOld ? NEWER_TABLES_PROBE_MS : wakeBackoffMs(this.#failures++)
      this.#parts.alarm.setTo(Date.now() + retryInMs)
      logFailure("A wake of the schedule failed; it is tried again.", error, { retryInMs })
    }
  }

  /** One piece of work; false when nothing is due. */
  async #next(): Promise<boolean> {
    const { rows } = this.#parts
    const row = rows.load()
    if (row === undefined) return false
    const nowMs = Date.now()
    if (isDue(row.tellAtMs, nowMs)) return this.#tell(row)
    if (row.isRemoved) return false
    const start = rows.dueStart(nowMs)
    if (start !== undefined) {
      await this.deliver(start)
      return true
    }
    const isPolling = row.pollAtMs !== undefined && row.pollAtMs > nowMs
    const hasRoom = hasRoomForStart(rows.starts().count)
    if (row.paused === undefined && hasRoom) {
      if (row.bufferedAtMs !== undefined && !isPolling) return this.#promote(row, row.bufferedAtMs)
      if (isDue(row.nextAtMs, nowMs)) return this.#tick(row, row.nextAtMs, nowMs)
    }
    if (isPolling || !hasRoom) return false
    return this.#backfill(row)
  }

  async #tick(row: ScheduleRow, dueMs: number, nowMs: number): Promise<boolean> {
    const { rows } = this.#parts
    const spec = rows.spec(row.specId)
    const cadence = this.cadenceOf(spec)
    const { tickMs, missed } = overdue(cadence, dueMs, nowMs, spec)
    if (missed > 0 || tickMs === undefined) {
      this.change(row.incarnation, (fresh) => {
        fresh.missed += missed
        fresh.nextAtMs = tickMs
      })
      return true
    }
    const isFree = spec.overlap === "allow" || (await this.#isFree())
    this.change(row.incarnation, (fresh) => {
      if (fresh.nextAtMs !== tickMs || fresh.specId !== row.specId || fresh.paused) return
      fresh.lastAtMs = tickMs
      fresh.nextAtMs = cadence.nextAfter(tickMs)
      if (isFree) this.addStart(tickRunId(row.name, tickMs), fresh, "tick", nowMs)
      else if (spec.overlap === "buffer" && fresh.bufferedAtMs === undefined) {
        fresh.bufferedAtMs = tickMs
        pollLater(fresh)
      } else fresh.skipped++
    })
    return true
  }

  /** Begins the tick that was kept, if the running one has ended. */
  async #promote(row: ScheduleRow, tickMs: number): Promise<boolean> {
    const isFree = await this.#isFree()
    this.change(row.incarnation, (fresh) => {
      if (fresh.bufferedAtMs !== tickMs || fresh.paused) return
      if (!isFree) return pollLater(fresh)
      stopPolling(fresh)
      fresh.bufferedAtMs = undefined
      this.addStart(tickRunId(row.name, tickMs), fresh, "tick", Date.now())
    })
    return true
  }

  async #backfill(row: ScheduleRow): Promise<boolean> {
    const { rows } = this.#parts
    const oldest = rows.oldestBackfill()
    if (oldest === undefined) return false
    const { atMs, overlap } = oldest
    const isFree = overlap === "allow" || (await this.#isFree())
    this.change(row.incarnation, (fresh) => {
      if (!isFree && overlap === "buffer") return pollLater(fresh)
      stopPolling(fresh)
      rows.takeBackfill(atMs)
      if (isFree) this.addStart(tickRunId(row.name, atMs), fresh, "backfill", Date.now())
      else fresh.skipped++
    })
    return true
  }

  /** Whether every run has ended, and none was begun meanwhile. */
  async #isFree(): Promise<boolean> {
    const { rows, starter } = this.#parts
    const before = this.#beginnings
    if (rows.starts().count > 0) return false
    for (const runId of rows.open()) {
      if (!(await starter.hasEnded(runId))) return false
      rows.closeRun(runId)
    }
    return before === this.#beginnings
  }

  #acknowledge(row: ScheduleRow, start: PendingStart, begun: Begun): void {
    const { rows } = this.#parts
    const nowMs = Date.now()
    if (begun.type === "unanswered") {
      return rows.delayStart(start.runId, start.tries + 1, nowMs + pauseMs(start.tries))
    }
    if (!rows.takeStart(start.runId)) return
    if (begun.type === "refused") {
      const { code, message } = begun.error
      row.failed++
      row.lastError = { code, message, runId: start.runId, atMs: nowMs }
      return
    }
    // A backfill came upon a run that had been there all the time.
    if (start.origin === "backfill" && !begun.created) return
    row.started++
    row.lastRunId = start.runId
    row.lastError = undefined
    if (!begun.isEnded) rows.addOpen(start.runId)
  }

  async #tell(row: ScheduleRow): Promise<boolean> {
    const { rows, alarm, tell } = this.#parts
    const isTold = await tell(row).then(
      () => true,
      (error: unknown) => {
        logFailure("The directory of schedules did not answer.", error, { schedule: row.name })
        return false
      },
    )
    const fresh = rows.load()
    if (fresh?.incarnation !== row.incarnation || fresh.isRemoved !== row.isRemoved) return true
    if (isTold && fresh.isRemoved) {
      alarm.setTo(undefined)
      await rows.deleteAll()
      return true
    }
    fresh.tellAtMs = isTold ? undefined : Date.now() + pauseMs(fresh.tellTries)
    fresh.tellTries = isTold ? 0 : fresh.tellTries + 1
    rows.save(fresh)
    return true
  }

  #setAlarm(): void {
    const { rows, alarm } = this.#parts
    const row = rows.load()
    alarm.setTo(row && earliestDueMs(row, rows))
  }
}
