// Schedule door: what is asked of one schedule from outside: put, look, delete, pause, resume, trigger, backfill.
// Owns: what each verb changes. Must not touch: how ticks are seen to, RPC shapes.
//   S1. Each door writes in one stretch, which the output gate makes durable before the answer leaves.
//   S2. Asking for a schedule that is not there writes nothing.
//   S3. A repeated call changes nothing more: an incarnation, a run id, a tick come from the caller.

import { BelayError } from "../../engine/errors.ts"
import { BACKFILL_TICKS_MAX, LEASE_MS_MAX } from "../../engine/limits.ts"
import { canonicalJson } from "../../engine/values/plain-json.ts"
import type { OperatorAction } from "../../engine/ports/runs.ts"
import type { Backfill, ScheduleRecord, ScheduleSpec } from "../../engine/ports/schedules.ts"
import type { Cadence } from "./cadence.ts"
import type { ScheduleDriver } from "./schedule-driver.ts"
import { newScheduleRow, type ScheduleRow } from "./schedule-row.ts"
import type { ScheduleRows } from "./schedule-rows.ts"

/** A schedule to be put, as it crosses to its object. */
export interface PutMessage {
  readonly spec: ScheduleSpec
  readonly paused?: boolean | undefined
  readonly action: OperatorAction
  /** The incarnation the schedule gets if this request creates it. */
  readonly incarnation: string
}

export interface PutAnswer {
  readonly created: boolean
  readonly schedule: ScheduleRecord
}

export class ScheduleDoor {
  readonly #rows: ScheduleRows
  readonly #driver: ScheduleDriver

  constructor(rows: ScheduleRows, driver: ScheduleDriver) {
    this.#rows = rows
    this.#driver = driver
  }

  put(name: string, message: PutMessage): PutAnswer {
    const row = this.#rows.atomically(() => {
      const present = this.#present()
      return present === undefined ? this.#create(name, message) : this.#update(present, message)
    })
    this.#driver.arm()
    // The directory is told at once; if that fails, the alarm behind it tells it.
    void this.#driver.work()
    return { created: row.incarnation === message.incarnation, schedule: this.#record(row) }
  }

  get(): ScheduleRecord | undefined {
    const row = this.#present()
    if (row === undefined) return undefined
    this.#driver.look(row)
    return this.#record(row)
  }

  /** Its runs stay; what it had still to begin is forgotten. @throws schedule_unknown */
  remove(name: string): null {
    this.#change(name, (row) => {
      this.#rows.clear()
      row.isRemoved = true
      row.tellAtMs = Date.now()
      row.tellTries = 0
    })
    void this.#driver.work()
    return null
  }

  /** @throws schedule_unknown */
  pause(name: string, action: OperatorAction): ScheduleRecord {
    return this.#change(name, (row) => {
      this.#setPaused(row, true, action)
      return this.#record(row)
    })
  }

  /** What came while it was paused is not made up for. @throws schedule_unknown */
  resume(name: string): ScheduleRecord {
    return this.#change(name, (row) => {
      this.#setPaused(row, false, {})
      return this.#record(row)
    })
  }

  /** @throws schedule_unknown, and what the start throws */
  async trigger(name: string, runId: string): Promise<null> {
    // The start is made here and now; the alarm makes it should this object die over it.
    const dueMs = Date.now() + LEASE_MS_MAX
    const specId = this.#change(name, (row) => {
      this.#driver.addStart(runId, row, "trigger", dueMs)
      return row.specId
    })
    const begun = await this.#driver.deliver({ runId, specId, origin: "trigger", tries: 0, dueMs })
    this.#driver.arm()
    if (begun.type === "refused") throw begun.error
    return null
  }

  /** @throws schedule_unknown, invalid_request, limit_reached */
  backfill(name: string, { fromMs, toMs, overlap }: Backfill): { readonly ticks: number } {
    const ticks = this.#change(name, (row) => {
      const spec = this.#rows.spec(row.specId)
      const found = this.#ticksOf(spec, fromMs, toMs)
      if (this.#rows.backfilling() + found.length > BACKFILL_TICKS_MAX) {
        throw new BelayError(
          "limit_reached",
          `Schedule "${name}" has ${this.#rows.backfilling()} ticks still to backfill and room for ${BACKFILL_TICKS_MAX}; wait until it has seen to some.`,
        )
      }
      for (const tickMs of found) this.#rows.addBackfill(tickMs, overlap ?? spec.overlap)
      return found.length
    })
    void this.#driver.work()
    return { ticks }
  }

  #ticksOf(spec: ScheduleSpec, fromMs: number, toMs: number): number[] {
    const cadence = this.#driver.cadenceOf(spec)
    const ticks: number[] = []
    let tickMs = cadence.nextAfter(fromMs - 1)
    while (tickMs !== undefined && tickMs <= toMs) {
      if (ticks.length === BACKFILL_TICKS_MAX) {
        throw new BelayError(
          "invalid_request",
          `The range has more than ${BACKFILL_TICKS_MAX} ticks; backfill it in parts.`,
        )
      }
      ticks.push(tickMs)
      tickMs = cadence.nextAfter(tickMs)
    }
    return ticks
  }

  #create(name: string, { spec, paused, action, incarnation }: PutMessage): ScheduleRow {
    this.#rows.begin()
    const row = newScheduleRow(name, incarnation, this.#rows.insertSpec(spec), Date.now())
    this.#setPaused(row, false, {})
    if (paused === true) this.#setPaused(row, true, action)
    this.#rows.save(row)
    return row
  }

  #update(row: ScheduleRow, { spec, paused, action }: PutMessage): ScheduleRow {
    const present = this.#rows.spec(row.specId)
    const isSame = textOf(present) === textOf(spec)
    const isPausedSame = paused === undefined || paused === (row.paused !== undefined)
    if (isSame && isPausedSame) return row
    if (!isSame) row.specId = this.#rows.insertSpec(spec)
    const isOtherTime = present.cron !== spec.cron || present.timeZone !== spec.timeZone
    if (isOtherTime && row.paused === undefined) this.#schedule(row)
    if (!isPausedSame) this.#setPaused(row, paused, action)
    this.#rows.save(row)
    return row
  }

  #setPaused(row: ScheduleRow, isPaused: boolean, action: OperatorAction): void {
    if (isPaused) {
      row.paused ??= { ...action, atMs: Date.now() }
      row.nextAtMs = undefined
    } else if (row.nextAtMs === undefined) {
      row.paused = undefined
      this.#schedule(row)
    }
  }

  /** From now on, by its present cron text. */
  #schedule(row: ScheduleRow): void {
    row.nextAtMs = this.#driver.cadenceOf(this.#rows.spec(row.specId)).nextAfter(Date.now())
  }

  #present(): ScheduleRow | undefined {
    const row = this.#rows.load()
    return row?.isRemoved === true ? undefined : row
  }

  /** @throws schedule_unknown, having written nothing */
  #change<T>(name: string, work: (row: ScheduleRow) => T): T {
    const result = this.#rows.atomically(() => {
      const row = this.#present()
      if (row === undefined) throw scheduleUnknown(name)
      const changed = work(row)
      this.#rows.save(row)
      return changed
    })
    this.#driver.arm()
    return result
  }

  #record(row: ScheduleRow): ScheduleRecord {
    const { name, createdAtMs, paused, nextAtMs, lastAtMs, lastRunId, lastError } = row
    const spec = this.#rows.spec(row.specId)
    return {
      name,
      spec,
      createdAtMs,
      backfilling: this.#rows.backfilling(),
      counters: {
        started: row.started,
        skipped: row.skipped,
        missed: row.missed,
        failed: row.failed,
      },
      ...(paused !== undefined && { paused }),
      ...(nextAtMs !== undefined && {
        nextAtMs,
        laterAtMs: ticksAfter(this.#driver.cadenceOf(spec), nextAtMs),
      }),
      ...(lastAtMs !== undefined && { lastAtMs }),
      ...(lastRunId !== undefined && { lastRun: { id: lastRunId } }),
      ...(lastError !== undefined && { lastError }),
      ...(row.bufferedAtMs !== undefined && { bufferedAtMs: row.bufferedAtMs }),
    }
  }
}

/** Told behind the next one. */
const LATER_TICKS = 4

function ticksAfter(cadence: Cadence, atMs: number): number[] {
  const ticks: number[] = []
  for (let tickMs: number | undefined = atMs; ticks.length < LATER_TICKS;) {
    tickMs = cadence.nextAfter(tickMs)
    if (tickMs === undefined) break
    ticks.push(tickMs)
  }
  return ticks
}

function scheduleUnknown(name: string): BelayError {
  return new BelayError(
    "schedule_unknown",
    `There is no schedule "${name.slice(0, 100)}"; make it with PUT /v1/schedules/${encodeURIComponent(name).slice(0, 300)}.`,
  )
}

/** One text for all specs that say the same, whatever the order of their keys. */
function textOf(spec: ScheduleSpec): string {
  return canonicalJson(JSON.parse(JSON.stringify(spec)))
}
