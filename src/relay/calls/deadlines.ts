// Who waits, and until when: one timer for all of them.
// Owns: the waiters of one relay. A timer for each would cost more than the wait of a call that is answered at once.
//   D1. Who waits is ended at its deadline or up to 10 ms before; later only when the process itself is late.
//   D2. Nothing runs while nobody waits.

/** How often the deadlines are looked at, in ms. */
const LOOK_INTERVAL_MS = 10

export interface Waiter {
  /** Monotonic, in ms. */
  readonly deadlineMs: number
  /** Its time is over; it leaves by itself. */
  expire(): void
}

export class Deadlines {
  readonly #waiters = new Set<Waiter>()
  #willLook = false

  /** How many wait. */
  get size(): number {
    return this.#waiters.size
  }

  enter(waiter: Waiter): void {
    this.#waiters.add(waiter)
    this.#lookLater()
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
  }

  /** Ends the wait of all. */
  expireAll(): void {
    for (const waiter of this.#waiters) waiter.expire()
  }

  #lookLater(): void {
    if (this.#willLook) return
    this.#willLook = true
    setTimeout(() => {
      this.#willLook = false
      this.#look()
    }, LOOK_INTERVAL_MS)
  }

  #look(): void {
    const nextLookMs = performance.now() + LOOK_INTERVAL_MS
    for (const waiter of this.#waiters) {
      if (waiter.deadlineMs <= nextLookMs) waiter.expire()
    }
    if (this.#waiters.size > 0) this.#lookLater()
  }
}
