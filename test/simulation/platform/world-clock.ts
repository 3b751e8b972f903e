// World clock: the time that has passed, and what the clock on the wall says.
// Owns: both. Time moves between events only, as it does deployed: within one it stands still.

/** When every world begins: a Friday evening. */
const EPOCH_MS = Date.UTC(2026, 0, 30, 20, 0, 0)

export class WorldClock {
  #elapsedMs = 0
  #aheadMs = 0

  /** Since the world began; it never jumps. */
  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** What `Date.now()` says. */
  get nowMs(): number {
    return EPOCH_MS + this.#elapsedMs + this.#aheadMs
  }

  advanceTo(elapsedMs: number): void {
    if (elapsedMs > this.#elapsedMs) this.#elapsedMs = elapsedMs
  }

  /** The clock on the wall is put forward, or back. */
  jump(byMs: number): void {
    this.#aheadMs += byMs
  }

  /** When the wall will show that, as it goes now; never before the present. */
  elapsedAt(wallMs: number): number {
    return Math.max(this.#elapsedMs, wallMs - EPOCH_MS - this.#aheadMs)
  }
}
