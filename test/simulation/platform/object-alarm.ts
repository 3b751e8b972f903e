// Object alarm: the single alarm of an object: what stands on its disk, what is written but not durable, when it fires.
// Owns: at-least-once delivery as the platform has it. Must not touch: the instance (simulated-object.ts enters it).
//   A1. While it is delivered the alarm reads as not set, and goes from the disk when the handler has returned; one
//       that the handler sets takes its place.
//   A2. A handler that throws is tried again after 2, 4, 8 … s, six times, and then the alarm is gone.
//   A3. Whatever undoes the delivery (a crash) lets it fire again.
//   A4. It may be late, a few milliseconds early, or delivered twice; it is never lost.

import type { Stage } from "./stage.ts"

const LATE_MS_MAX = 60_000
const EARLY_MS_MAX = 5
const JITTER_MS_MAX = 3

/** Tries in all, and the first pause between them. */
const TRIES_MAX = 6
const RETRY_MS_MIN = 2_000

/** What the handler is told of a delivery. */
export interface AlarmInfo {
  readonly retryCount: number
  readonly isRetry: boolean
  /** What it was set for. */
  readonly scheduledTime?: number
}

export class ObjectAlarm {
  readonly #stage: Stage
  /** Lets the handler run, in an event of its own. */
  readonly #ring: (spurious?: AlarmInfo) => void
  #committedMs: number | null = null
  /** Written, but not durable. */
  #pendingMs: number | null | undefined
  #isDelivering = false
  #wasSetInside = false
  #tries = 0
  /** The delivery before did not come to its end, for whatever reason. */
  #isRetry = false
  /** What the alarm that is delivered was set for. */
  #deliveredMs: number | null = null
  /** Of the delivery that is planned; any other is out of date. */
  #ticket = 0
  #isPlanned = false

  constructor(stage: Stage, ring: (spurious?: AlarmInfo) => void) {
    this.#stage = stage
    this.#ring = ring
  }

  get committedMs(): number | null {
    return this.#committedMs
  }

  get isPending(): boolean {
    return this.#pendingMs !== undefined
  }

  get isDelivering(): boolean {
    return this.#isDelivering
  }

  // As the object's code sees it.

  get(): number | null {
    if (this.#pendingMs !== undefined) return this.#pendingMs
    return this.#isDelivering && !this.#wasSetInside ? null : this.#committedMs
  }

  /** The very instant that is being delivered is no change: it goes when the handler has returned. */
  set(atMs: number | null): void {
    if (this.#isDelivering && !this.#wasSetInside && atMs === this.#committedMs) return
    this.#pendingMs = atMs
    this.#wasSetInside = true
  }

  /** To go back to with `restore`. */
  get pendingMs(): number | null | undefined {
    return this.#pendingMs
  }

  restore(pendingMs: number | null | undefined): void {
    this.#pendingMs = pendingMs
  }

  // As the platform sees it.

  /** Of the delivery that is due. */
  get info(): AlarmInfo {
    const told = { retryCount: this.#tries, isRetry: this.#isRetry }
    return this.#committedMs === null ? told : { ...told, scheduledTime: this.#committedMs }
  }

  commit(): void {
    if (this.#pendingMs !== undefined) {
      if (this.#pendingMs !== this.#committedMs) {
        this.#isPlanned = false
        this.#isRetry = false
      }
      this.#committedMs = this.#pendingMs
      this.#pendingMs = undefined
    }
    this.#plan()
  }

  /** The instance is gone, with all that was not durable. */
  rollBack(): void {
    this.#pendingMs = undefined
    if (this.#isDelivering) this.#isRetry = this.#committedMs === this.#deliveredMs
    this.#isDelivering = false
    this.#wasSetInside = false
    this.#plan()
  }

  /** The clock on the wall has jumped. */
  replan(): void {
    this.#isPlanned = false
    this.#plan()
  }

  /** What is written but not durable, or set for another time, is not taken off by it. */
  deliveryBegins(isSpurious: boolean): void {
    this.#isDelivering = true
    this.#deliveredMs = this.#committedMs
    this.#wasSetInside = isSpurious || this.#pendingMs !== undefined
  }

  handlerReturned(): void {
    this.#isDelivering = false
    this.#isRetry = false
    this.#tries = 0
    if (this.#wasSetInside || this.#committedMs === null) return
    this.#pendingMs = null
  }

  /** @returns false when the platform gives it up */
  handlerThrew(): boolean {
    this.#isDelivering = false
    if (this.#wasSetInside) {
      this.#tries = 0
      return true
    }
    if (++this.#tries >= TRIES_MAX) {
      this.#tries = 0
      this.#pendingMs = null
      return false
    }
    this.#isRetry = true
    this.#planIn(RETRY_MS_MIN * 2 ** (this.#tries - 1))
    return true
  }

  #plan(): void {
    if (this.#isPlanned || this.#isDelivering || this.#committedMs === null) return
    const { clock, faults, timing } = this.#stage
    let wallMs = this.#committedMs
    let lateMs = timing.upTo(JITTER_MS_MAX)
    if (faults.happens("alarmLate")) lateMs += faults.upTo(LATE_MS_MAX)
    else if (faults.happens("alarmEarly")) wallMs -= 1 + faults.upTo(EARLY_MS_MAX - 1)
    this.#planIn(clock.elapsedAt(wallMs) + lateMs - clock.elapsedMs)
    if (faults.happens("alarmTwice")) this.#planSpurious()
  }

  #planIn(inMs: number): void {
    const { agenda, clock } = this.#stage
    const ticket = ++this.#ticket
    this.#isPlanned = true
    agenda.add({
      dueMs: clock.elapsedMs + inMs,
      isDropped: () => ticket !== this.#ticket || !this.#isPlanned,
      happen: () => {
        this.#isPlanned = false
        this.#ring()
      },
    })
  }

  /** One delivery more, whatever is set by then. */
  #planSpurious(): void {
    const { agenda, clock, faults } = this.#stage
    const scheduledTime = this.#committedMs ?? 0
    agenda.add({
      dueMs: clock.elapsedAt(scheduledTime) + faults.upTo(2_000),
      isDropped: () => this.#isDelivering,
      happen: () => this.#ring({ retryCount: 0, isRetry: false, scheduledTime }),
    })
  }
}
