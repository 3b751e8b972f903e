// What time it is by the clock of those who sign with a key.
// Owns: how far that clock is off, as far as the signed times of the last minute tell.
//   C1. A request takes some time on its way and none at best, so the smallest difference seen is the clocks' own,
//       and what a request is late beyond it, it has spent waiting.
//   C2. At first both clocks are taken to be right: a first request that comes late has waited.
// Deadlines are times of the caller's clock. Measured by this one, a relay that is some seconds ahead would refuse
// everything, although signatures allow it a minute.

/** Half of what is remembered, in ms: what has changed is believed after a minute at the latest. */
const WINDOW_MS = 30_000

export class CallersClock {
  #windowSinceMs: number | undefined
  #offsetMs = Infinity
  #formerOffsetMs = 0

  /** The caller's time now, in ms since 1970, at `nowMs` of ours; a request signed at `timeMs` is taken into account. */
  nowMs(timeMs: number, nowMs: number): number {
    this.#windowSinceMs ??= nowMs
    if (Math.abs(nowMs - this.#windowSinceMs) >= WINDOW_MS) {
      this.#windowSinceMs = nowMs
      this.#formerOffsetMs = this.#offsetMs
      this.#offsetMs = Infinity
    }
    this.#offsetMs = Math.min(this.#offsetMs, nowMs - timeMs)
    return nowMs - Math.min(this.#offsetMs, this.#formerOffsetMs)
  }
}
