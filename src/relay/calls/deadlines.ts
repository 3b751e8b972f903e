// Who waits, and until when: one timer for all of them.
// Owns: the waiters of one relay. A timer for each would cost more than the wait of a call that is answered at once.
//   D1. Nobody is ended before its deadline, and whoever waits is ended within 10 ms of it unless the process is late.
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
    const nowMs = performance.now()
    for (const waiter of this.#waiters) {
      if (waiter.deadlineMs <= nowMs) waiter.expire()
    }
    if (this.#waiters.size > 0) this.#lookLater()
  }
}
