// Run alarm: the object's single alarm: the earliest instant at which somebody must look.
// Owns: the alarm and the watchdog's lease. Must not touch: what is done when it fires.
//   L1. While work is owed an alarm is set (promise 12). It is moved only when it must be another.
//   L2. While an attempt is in flight the watchdog is left to fire and then renewed, with a lease that doubles from
//       1 s to 30 s as long as the same attempt is the oldest: a step costs no alarm, a long one costs few.
//   L3. An alarm that the store refuses resets the object: what was to be written with it is not, nobody is told that it
//       was, and an alarm that was being delivered is delivered again. Nothing in memory takes it for set.
//   L4. An alarm that comes before its time, because the clock was set back meanwhile, is not set again for the very same
//       instant: the platform sees no change in that, and forgets it as delivered.

import { LEASE_MS_MAX, LEASE_MS_MIN } from "../engine/limits.ts"
import type { AlarmDelivery } from "./alarm-delivery.ts"
import { logFailure } from "./run-log.ts"

export class RunAlarm {
  readonly #storage: DurableObjectStorage
  /** When the outbox wants to be looked after, beside whatever the run itself waits for. */
  readonly #outboxDueMs: () => number | undefined
  readonly #abort: (reason: string) => void
  /** Each is billed as a row written. */
  readonly #set: () => void
  /** `undefined` while it is not known: just after the object was made, or while one is delivered once more. */
  #atMs: number | null | undefined
  /** What the alarm that was delivered last had been set for. */
  #deliveredMs: number | undefined
  #leaseMs = LEASE_MS_MIN
  #leasedAttempt: number | undefined

  constructor(
    storage: DurableObjectStorage,
    outboxDueMs: () => number | undefined,
    abort: (reason: string) => void,
    set: () => void = () => undefined,
  ) {
    this.#storage = storage
    this.#abort = abort
    this.#set = set
    this.#outboxDueMs = outboxDueMs
  }

  /** The platform has taken it off: it is being delivered. */
  fired({ setForMs, isBacked }: AlarmDelivery): void {
    if (isBacked) this.#set()
    this.#atMs = isBacked ? undefined : null
    this.#deliveredMs = setForMs
  }

  /** Whoever cleared the store may have cleared it as well: what is set is not known any more. */
  forgotten(): void {
    this.#atMs = undefined
    this.#leasedAttempt = undefined
  }

  /** Exactly at this instant, or not at all, but for the outbox. */
  setTo(ownMs: number | undefined): void {
    const atMs = this.#withOutbox(ownMs)
    if (atMs !== undefined) return this.afterFailure(atMs)
    if (this.#atMs === null) return
    this.#atMs = null
    this.#watch(this.#storage.deleteAlarm())
  }

  /** Exactly at this instant, asking the store for nothing: it has just failed. */
  afterFailure(wantedMs: number): void {
    const atMs = wantedMs === this.#deliveredMs ? wantedMs + 1 : wantedMs
    if (this.#atMs === atMs) return
    this.#atMs = atMs
    this.#set()
    this.#watch(this.#storage.setAlarm(atMs))
  }

  /**
   * Not later than this instant. What is set for an earlier one stays: it may have been set by a wake that failed in a
   * former life of the object. So it is asked for once, when it is not known.
   */
  atLatest(ownMs: number | undefined): void {
    const atMs = this.#withOutbox(ownMs)
    if (atMs === undefined) return
    if (this.#atMs === undefined) {
      this.#watch(this.#storage.getAlarm().then((setMs) => this.#learnt(setMs, atMs)))
    } else if (this.#atMs === null || this.#atMs > atMs) this.setTo(atMs)
  }

  #learnt(setMs: number | null, latestMs: number): void {
    // Somebody else has set it meanwhile.
    if (this.#atMs !== undefined) return
    this.#atMs = setMs
    this.atLatest(latestMs)
  }

  /** Something is in flight: fire at `dueMs` or when the lease ends, whichever is first. */
  guard(nowMs: number, ownMs: number | undefined, oldestAttempt: number | undefined): void {
    const dueMs = this.#withOutbox(ownMs)
    if (this.#atMs === null || this.#atMs === undefined) {
      const isSame = oldestAttempt !== undefined && oldestAttempt === this.#leasedAttempt
      this.#leaseMs = isSame ? Math.min(this.#leaseMs * 2, LEASE_MS_MAX) : LEASE_MS_MIN
      this.#leasedAttempt = oldestAttempt
      return this.setTo(Math.min(nowMs + this.#leaseMs, dueMs ?? Infinity))
    }
    const latestMs = Math.min(nowMs + LEASE_MS_MAX, dueMs ?? Infinity)
    if (this.#atMs > latestMs) this.setTo(Math.min(nowMs + LEASE_MS_MIN, latestMs))
  }

  #withOutbox(atMs: number | undefined): number | undefined {
    const least = Math.min(atMs ?? Infinity, this.#outboxDueMs() ?? Infinity)
    return least === Infinity ? undefined : least
  }

  #watch(written: Promise<void>): void {
    written.catch((error: unknown) => {
      logFailure("The alarm could not be set; the object is reset.", error, {})
      try {
        this.#abort("The alarm could not be set.")
      } catch {
        // Thrown by the platform to whoever resets an object, also where it was reset already.
      }
    })
  }
}

/** First and longest pause after a wake that threw in our own code. */
const WAKE_BACKOFF_MS_MIN = 100
const WAKE_BACKOFF_MS_MAX = 5_000

/** How long to pause after so many failed wakes before this one. */
export function wakeBackoffMs(failures: number): number {
  return Math.min(WAKE_BACKOFF_MS_MIN * 2 ** failures, WAKE_BACKOFF_MS_MAX)
}
