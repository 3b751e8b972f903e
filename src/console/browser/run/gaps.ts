// Gaps: the stretches in which nobody had the run in memory, as far as its journal shows them.
// Owns: where a gap begins and ends. Must not touch: rows, drawing. Pure.
//   G1. Only a lost attempt proves a gap: a run that waits may be taken out of memory, and nobody can tell.
//   G2. A gap begins with the crash that a person asked for, else with the last that was recorded before.
//   G3. An attempt that lived through a gap disproves it: then the platform took away only what the other had called.

import type { Segment } from "./segments.ts"

export interface Gap {
  readonly fromMs: number
  /** Absent while it lasts. */
  toMs?: number
  /** A person asked for it. */
  readonly isOnPurpose: boolean
  /** Entries that were there when it began: they are replayed, not run. */
  readonly entries: number
}

export class Gaps {
  #gaps: Gap[] = []
  #lastMs = -Infinity

  get all(): readonly Gap[] {
    return this.#gaps
  }

  /** Something was recorded: there was life. */
  sawLife(atMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, atMs)
  }

  /** A person takes the run out of memory. @param hasWork whether an attempt is in flight */
  crashed(atMs: number, hasWork: boolean, entries: number): void {
    if (hasWork) this.#gaps.push({ fromMs: atMs, isOnPurpose: true, entries })
  }

  /** An attempt was lost, and its next one begins now: the run is back. Gives when the lost one's life had ended. */
  lost(attempt: Segment, atMs: number, entries: number): number {
    const last = this.#gaps.at(-1)
    // What began before a gap and is made again after it was lost in it, whatever else came back before.
    if (last !== undefined && last.fromMs >= attempt.fromMs) {
      last.toMs ??= atMs
      return last.fromMs
    }
    const fromMs = Math.max(Math.min(this.#lastMs, atMs), attempt.fromMs)
    this.#gaps.push({ fromMs, toMs: atMs, isOnPurpose: false, entries })
    return fromMs
  }

  /** An attempt has ended with an outcome. */
  ended(attempt: Segment): void {
    const { fromMs, toMs } = attempt
    if (toMs === undefined || fromMs === toMs) return
    this.#gaps = this.#gaps.filter(
      (gap) => gap.isOnPurpose || fromMs >= (gap.toMs ?? Infinity) || toMs <= gap.fromMs,
    )
  }

  /** The run is over, or stands still: nothing comes back. */
  closed(atMs: number): void {
    const last = this.#gaps.at(-1)
    if (last !== undefined) last.toMs ??= atMs
  }
}
