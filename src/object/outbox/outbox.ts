// Outbox: tells what must be told, at least once, until it is acknowledged.
// Owns: what is being sent now, the order per target, the pauses after a failure, and when to look again.
// Must not touch: how one message reaches its receiver (a courier does), what it means.
//   P1. A message is sent at once after the stretch that wrote it; the alarm is only behind it, for when that fails.
//   P2. Nobody waits for a sending: no door and no drive.
//   P3. A target has at most one message under way (O2).
//   P4. Whenever the alarm fires, what is remembered of the rows is forgotten: a stretch may have been undone.
//   P5. Many messages leave in turns of the event loop and at a pace: neither requests nor memory suffer by them.

import { LEASE_MS_MAX, LEASE_MS_MIN, OUTBOX_IN_FLIGHT_MAX } from "../../engine/limits.ts"
import { logFailure } from "../run-log.ts"
import type { Courier } from "./couriers.ts"
import { OutboxPace } from "./outbox-pace.ts"
import type { OutboxKind, OutboxMessage, OutboxRows } from "./outbox-rows.ts"

/** Messages sent in one turn of the event loop. Without turns nothing else gets in between as long as there are more. */
const TURN_MESSAGES_MAX = 16

/** How long one sending may take; what hangs longer is sent again. */
const SENDING_MS_MAX = 30_000

const BACKOFF_MS_MIN = 500
const BACKOFF_MS_MAX = 30_000

/** A receiver outside may be away for long, and its message has its end: a hundred tries a day do. */
const OUTSIDE_BACKOFF_MS_MAX = 15 * 60 * 1000

const TO_OUTSIDE: ReadonlySet<OutboxKind> = new Set<OutboxKind>(["alert", "trace", "spans"])

/** How long a target rests when the store refused to note what became of a sending: its message would be sent again at once. */
const REFUSED_PAUSE_MS = 1_000

export interface OutboxParts {
  readonly rows: OutboxRows
  readonly courier: Courier
  /** Something has happened: whoever owns the alarm flushes again and sets it. */
  readonly changed: () => void
  readonly nowMs: () => number
}

export class Outbox {
  readonly #parts: OutboxParts
  readonly #inFlight = new Set<string>()
  readonly #pace = new OutboxPace()
  /** The next turn is planned. */
  #isTurnPending = false
  /** Not known before the rows were asked once. */
  #earliestDueMs: number | null | undefined
  /** While something is under way: when the next that has failed is due again. */
  #retryMs = Infinity
  /** While something is under way: when to look whether it still is. */
  #leaseUntilMs = 0
  #leaseMs = LEASE_MS_MIN

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** Writes a message into the present stretch; `flush` sends it. */
  add(kind: OutboxKind, target: string, payload: unknown): void {
    const dueMs = this.#parts.nowMs() + LEASE_MS_MIN
    this.#parts.rows.add(kind, target, JSON.stringify(payload), dueMs)
    this.#earliestDueMs = undefined
  }

  /** Takes back what was not acknowledged; a sending that is under way may still arrive. */
  withdraw(kind: OutboxKind, target: string, isMeant: (payload: unknown) => boolean): void {
    for (const message of this.#parts.rows.waiting(kind, target)) {
      if (!isMeant(JSON.parse(message.payload))) continue
      this.#parts.rows.remove(message)
      this.#earliestDueMs = undefined
    }
  }

  /** Whether such a message is not acknowledged yet. */
  has(kind: OutboxKind, target: string, isMeant: (payload: unknown) => boolean): boolean {
    return this.#parts.rows
      .waiting(kind, target)
      .some(({ payload }) => isMeant(JSON.parse(payload)))
  }

  /** Messages of one kind to one target that are not acknowledged yet. */
  count(kind: OutboxKind, target: string): number {
    return this.#parts.rows.count(kind, target)
  }

  get isEmpty(): boolean {
    return this.dueMs === undefined && this.#parts.rows.isEmpty()
  }

  /** When somebody must look after it; `undefined` when there is nothing to send. */
  get dueMs(): number | undefined {
    if (this.#isBusy) return Math.min(this.#leaseUntilMs, this.#retryMs)
    this.#earliestDueMs ??= this.#parts.rows.earliestDueMs() ?? null
    return this.#earliestDueMs ?? undefined
  }

  /** The alarm has fired: what is under way gets a longer lease. */
  alarmed(): void {
    const nowMs = this.#parts.nowMs()
    this.#earliestDueMs = undefined
    if (!this.#isBusy || this.#leaseUntilMs > nowMs) return
    this.#leaseMs = Math.min(this.#leaseMs * 2, LEASE_MS_MAX)
    this.#leaseUntilMs = nowMs + this.#leaseMs
  }

  /** Sends what is due, or was never tried. Returns at once. */
  flush(): void {
    const nowMs = this.#parts.nowMs()
    if (this.#retryMs <= nowMs) this.#retryMs = this.#parts.rows.earliestRetryMs(nowMs) ?? Infinity
    if (this.#isTurnPending || this.#inFlight.size >= OUTBOX_IN_FLIGHT_MAX) return
    if (this.dueMs === undefined) return
    let sent = 0
    for (const message of this.#parts.rows.heads(nowMs)) {
      if (this.#inFlight.has(message.target)) continue
      if (sent++ >= TURN_MESSAGES_MAX) return this.#takeTurn(0, nowMs)
      if (!this.#pace.take(nowMs)) return this.#takeTurn(this.#pace.waitMs, nowMs)
      this.#send(message, nowMs)
      if (this.#inFlight.size >= OUTBOX_IN_FLIGHT_MAX) return
    }
  }

  get #isBusy(): boolean {
    return this.#inFlight.size > 0 || this.#isTurnPending
  }

  #takeLease(nowMs: number): void {
    if (this.#isBusy) return
    this.#leaseMs = LEASE_MS_MIN
    this.#leaseUntilMs = nowMs + LEASE_MS_MIN
  }

  /** Goes on after a pause, in which others have their turn. Not a timer of the run: the alarm stands behind it. */
  #takeTurn(pauseMs: number, nowMs: number): void {
    this.#takeLease(nowMs)
    this.#isTurnPending = true
    setTimeout(() => {
      this.#isTurnPending = false
      this.#earliestDueMs = undefined
      this.#parts.changed()
    }, pauseMs)
  }

  #send(message: OutboxMessage, nowMs: number): void {
    this.#takeLease(nowMs)
    this.#inFlight.add(message.target)
    void this.#deliver(message).then(
      () => this.#ended(message, undefined),
      (error: unknown) => this.#ended(message, error ?? new Error("unknown")),
    )
  }

  async #deliver(message: OutboxMessage): Promise<void> {
    const payload = this.#parts.rows.payloadOf(message)
    if (payload === undefined) return
    const { promise: tooLong, reject } = Promise.withResolvers<never>()
    // The sender's patience with one call, not a timer of the run: the rows and the alarm stand behind it.
    const timer = setTimeout(
      () => reject(new Error(`It took longer than ${SENDING_MS_MAX} ms.`)),
      SENDING_MS_MAX,
    )
    try {
      await Promise.race([this.#parts.courier(message, JSON.parse(payload)), tooLong])
    } finally {
      clearTimeout(timer)
    }
  }

  #ended(message: OutboxMessage, failure: unknown): void {
    try {
      if (failure === undefined) this.#parts.rows.remove(message)
      else this.#postpone(message, failure)
    } catch (error) {
      // The row stands as it was, and the alarm behind it.
      logFailure("The outbox could not be written.", error, { target: message.target })
      setTimeout(() => this.#release(message), REFUSED_PAUSE_MS)
      return
    }
    this.#release(message)
  }

  #release({ target }: OutboxMessage): void {
    this.#inFlight.delete(target)
    this.#earliestDueMs = undefined
    this.#parts.changed()
  }

  #postpone(message: OutboxMessage, failure: unknown): void {
    const { kind, target, tries } = message
    const longestMs = TO_OUTSIDE.has(kind) ? OUTSIDE_BACKOFF_MS_MAX : BACKOFF_MS_MAX
    const pauseMs = Math.min(BACKOFF_MS_MIN * 2 ** tries, longestMs)
    const dueMs = this.#parts.nowMs() + pauseMs
    this.#parts.rows.postpone(message, dueMs)
    this.#retryMs = Math.min(this.#retryMs, dueMs)
    if (tries > 0) {
      logFailure("A message could not be delivered and is sent again.", failure, {
        kind,
        target,
        tries: tries + 1,
        pauseMs,
      })
    }
  }
}
