// Limiter: grants the slots of one key, in the order of arrival.
// Owns: when a slot is free, what is told to whom, and the alarm. Must not touch: RPC shapes, what a run does with its slot.
//   L1. A grant, its holder and the message to the run are written together, and nothing is awaited between the count
//       and the grant: there are never more holders than slots (check 57).
//   L2. A slot is free again only when its run has said so, or says when asked that it does not hold it, or is gone.
//   L3. A start counts in the window from the grant on, and from when the run has told it at the instant it began: a
//       window of instants at which runs began has never more than the rate says (check 58).
//   L4. While somebody waits an alarm is set, whatever throws (promise 12).
//   L5. One that was not needed for an hour is taken off the disk: there may be as many as there are tenants.

import type { Rate } from "../../engine/workflow/flow-limits.ts"
import type { AlarmDelivery } from "../alarm-delivery.ts"
import { logFailure } from "../run-log.ts"
import { wakeBackoffMs, type RunAlarm } from "../run-alarm.ts"
import type { Outbox } from "../outbox/outbox.ts"
import type { LimiterRows } from "./limiter-rows.ts"
import type { Acquire, Ask, Heard, Release } from "./messages.ts"
import { opensAtMs } from "./window.ts"

export interface LimiterParts {
  readonly rows: LimiterRows
  readonly outbox: Outbox
  readonly alarm: RunAlarm
  /** Takes all tables off the disk. */
  readonly erase: () => void
  readonly nowMs: () => number
}

/** A holder that was not heard of for so long is asked whether it still holds, if somebody waits for its slot. */
const SILENCE_MS_MAX = 60_000

/** How long one that nobody needs is kept: a busy key is not made anew all the time. */
const IDLE_MS = 3_600_000

/** Grants in one stretch, after which a fresh event goes on. */
const GRANTS_PER_STRETCH_MAX = 100

export class Limiter {
  readonly #parts: LimiterParts
  #failures = 0
  /** When it goes, unless it is needed before; not known in another life of the object. */
  #goesAtMs: number | undefined

  constructor(parts: LimiterParts) {
    this.#parts = parts
  }

  acquire(message: Acquire): void {
    const { rows, nowMs } = this.#parts
    rows.atomically(() => {
      rows.enqueue(message, nowMs())
      // Who asks once more for what it holds has not heard of it.
      if (rows.isHolder(message) && !this.#isTelling(message)) this.#tell(message)
    })
    this.work()
  }

  release(message: Release): void {
    this.#remove(message)
    this.work()
  }

  /** A run has answered. The outbox, whose message this was, goes on with the work. */
  heard(message: Ask, heard: Heard): void {
    const { rows, nowMs } = this.#parts
    if (!heard.isHeld) return this.#remove(message)
    rows.atomically(() => rows.heard(message, heard.sinceMs, nowMs()))
  }

  /** The object's alarm has fired. */
  alarmed(delivery: AlarmDelivery): void {
    this.#parts.alarm.fired(delivery)
    this.#parts.outbox.alarmed()
    const isOver = this.#parts.nowMs() >= (this.#goesAtMs ?? 0)
    this.#work(isOver)
  }

  /** Sees to all that can be seen to now, and to the alarm. Never throws. */
  work(): void {
    this.#work(false)
  }

  #work(isOver: boolean): void {
    const { alarm, erase, outbox, rows, nowMs } = this.#parts
    try {
      const dueMs = rows.isEmpty ? undefined : rows.atomically(() => this.#grant(nowMs()))
      outbox.flush()
      if (isOver && !rows.isEmpty && rows.isIdle && outbox.isEmpty) {
        alarm.setTo(undefined)
        erase()
      } else alarm.setTo(dueMs)
      this.#failures = 0
    } catch (error) {
      const retryInMs = wakeBackoffMs(this.#failures++)
      alarm.afterFailure(nowMs() + retryInMs)
      logFailure("A limiter's work failed; it is tried again.", error, { retryInMs })
    }
  }

  /** Grants what is free. @returns when to look again, beside what the outbox needs */
  #grant(nowMs: number): number | undefined {
    const { rows } = this.#parts
    const { concurrency, rate } = rows.numbers()
    rows.forgetStarts(nowMs - (rate?.perMs ?? 0))
    for (let grants = 0; ; grants++) {
      const next = rows.head()
      if (next === undefined) return this.#idleUntilMs(nowMs, rate)
      if (concurrency !== undefined && rows.holderCount() >= concurrency) {
        return this.#askSilent(nowMs)
      }
      if (rate !== undefined) {
        const opensMs = opensAtMs(rows.startsMs(), rate)
        // One that is under way tells its instant, and then this is looked at again.
        if (opensMs === undefined) return undefined
        if (opensMs > nowMs) return opensMs
      }
      if (grants >= GRANTS_PER_STRETCH_MAX) return nowMs
      rows.grant(next, rate !== undefined)
      this.#tell(next)
    }
  }

  /** Nobody waits. @returns when it is to be looked whether it can go */
  #idleUntilMs(nowMs: number, rate: Rate | undefined): number | undefined {
    const { rows } = this.#parts
    if (rows.isIdle) return (this.#goesAtMs ??= nowMs + IDLE_MS)
    this.#goesAtMs = undefined
    if (rate === undefined || rows.holderCount() > 0) return undefined
    return Math.max(...rows.startsMs().map((atMs) => atMs ?? nowMs)) + rate.perMs
  }

  /** A run may be gone with its storage: then nobody tells. @returns when the next one has been silent for long */
  #askSilent(nowMs: number): number | undefined {
    const { rows } = this.#parts
    for (const silent of rows.silentSince(nowMs - SILENCE_MS_MAX)) this.#tell(silent)
    const heardMs = rows.earliestHeardMs()
    return heardMs === undefined ? undefined : heardMs + SILENCE_MS_MAX
  }

  #tell({ run, incarnation, ask }: Ask): void {
    const message: Ask = { run, incarnation, ask }
    this.#parts.outbox.add("granted", run, message)
  }

  #isTelling({ run, incarnation }: Ask): boolean {
    return this.#parts.outbox.has(
      "granted",
      run,
      (told) => (told as Ask).incarnation === incarnation,
    )
  }

  #remove(message: Ask): void {
    const { rows, nowMs } = this.#parts
    if (!rows.isEmpty) rows.atomically(() => rows.remove(message, nowMs()))
  }
}
