// Whether one more call may be handed to the ledger.
// Owns: the number, events and bytes of the calls in flight, the limits, and the draining state.
//   A1. A call counts until the ledger settles it, not until its caller was answered: a ledger that never
//       answers holds at most these many in memory, however often it is asked.
//   A2. A refused call was certainly not submitted.
// Events and bytes are checked before a request is added to them: they may be exceeded by one request's worth.
import { type Answer, notNow } from "../answer.ts"
import type { Deadlines } from "./deadlines.ts"
import type { Pulse } from "../health/pulse.ts"

export interface InFlightLimits {
  /** Calls handed to the ledger and not settled. */
  readonly callsMax: number
  /** Their events, ids and records asked for; each takes some hundred bytes. */
  readonly eventsMax: number
  /** Their bodies. */
  readonly bytesMax: number
  /** Callers that wait for them; several may wait for the same call. */
  readonly callersMax: number
}

export const IN_FLIGHT_LIMITS: InFlightLimits = {
  callsMax: 1_024,
  eventsMax: 100_000,
  bytesMax: 64 * 1024 * 1024,
  callersMax: 4_096,
}

/** What a call in flight takes up. */
export interface Place {
  readonly events: number
  readonly bytes: number
  /** Monotonic, in ms. */
  readonly sinceMs: number
}

export class Admission {
  readonly #limits: InFlightLimits
  readonly #pulse: Pulse
  readonly #waiting: Deadlines
  /** In the order of their start: the first is the oldest. */
  readonly #places = new Set<Place>()
  #events = 0
  #bytes = 0
  #draining = false

  constructor(pulse: Pulse, waiting: Deadlines, limits: InFlightLimits = IN_FLIGHT_LIMITS) {
    this.#pulse = pulse
    this.#waiting = waiting
    this.#limits = limits
  }

  /** How many callers wait; one call may have several, or none any more. */
  get callers(): number {
    return this.#waiting.size
  }

  get calls(): number {
    return this.#places.size
  }

  get events(): number {
    return this.#events
  }

  get bytes(): number {
    return this.#bytes
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Age of the oldest call in flight, in ms; 0 when there is none. */
  oldestMs(nowMs: number): number {
    const [oldest] = this.#places
    return oldest === undefined ? 0 : nowMs - oldest.sinceMs
  }

  /** From now on every call is refused. */
  drain(): void {
    this.#draining = true
  }

  /** Why nothing at all may start now; `undefined` when it may. */
  refusal(nowMs: number): Answer | undefined {
    if (this.#draining) {
      return notNow(503, "draining", "This relay is shutting down; ask another one, or again.")
    }
    if (this.#pulse.isStalled(nowMs)) {
      const silentMs = Math.round(this.#pulse.silentMs(nowMs))
      return notNow(
        503,
        "stalled",
        `The ledger has answered nothing for ${silentMs} ms; nothing new is sent to it until it does.`,
      )
    }
    if (this.callers >= this.#limits.callersMax) {
      return notNow(429, "overloaded", `${this.callers} callers are waiting for the ledger.`)
    }
    return undefined
  }

  /** Why the ledger may not be given another call; `undefined` when it may. */
  overload(): Answer | undefined {
    const { callsMax, eventsMax, bytesMax } = this.#limits
    if (this.#places.size >= callsMax) return overloaded(this.#places.size, "calls")
    if (this.#events >= eventsMax) return overloaded(this.#events, "events")
    if (this.#bytes >= bytesMax) return overloaded(this.#bytes, "bytes of events")
    return undefined
  }

  /** Counts a call until it leaves. */
  enter(place: Place): void {
    this.#places.add(place)
    this.#events += place.events
    this.#bytes += place.bytes
  }

  leave(place: Place): void {
    if (!this.#places.delete(place)) return
    this.#events -= place.events
    this.#bytes -= place.bytes
  }
}

function overloaded(count: number, what: string): Answer {
  return notNow(429, "overloaded", `${count} ${what} are waiting for the ledger.`)
}
