// Manual clock: time for tests: it stands still until a test moves it.

import type { Clock } from "../../src/engine/ports/ports.ts"

/** 2026-01-01T00:00:00.000Z, so that times in failures are easy to read. */
const START_MS = Date.UTC(2026, 0, 1)

export class ManualClock implements Clock {
  #nowMs = START_MS

  nowMs(): number {
    return this.#nowMs
  }

  advance(byMs: number): void {
    if (!(byMs >= 0)) throw new RangeError(`Time goes forward only, got ${byMs} ms.`)
    this.#nowMs += byMs
  }

  /** Never goes back: an instant that has passed changes nothing. */
  advanceTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, atMs)
  }
}
