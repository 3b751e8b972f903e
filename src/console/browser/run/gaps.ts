// Gaps: the stretches in which nobody had the run in memory, as far as its journal shows them.
// Owns: where a gap begins and ends. Must not touch: rows, drawing. Pure.
//   G1. Only a lost attempt or a crash that a person asked for proves a gap: a run that waits may be taken out of memory by
//       the platform, and nobody can tell.
//   G2. A gap begins with the crash that a person asked for, else with the last that was recorded before.
//   G3. A crash in which nothing was in flight ends with the first replay behind it; where that is not known, with the next
//       that was recorded.
//   G4. An attempt that lived through a gap disproves it: then the platform took away only what the other had called.

import type { Segment } from "./segments.ts"

export interface Gap {
  readonly fromMs: number
  /** Absent while it lasts. */
  toMs?: number
  /** A person asked for it. */
  readonly isOnPurpose: boolean
  /** Entries that were there when it began: they are replayed, not run. */
  readonly entries: number
  /** An attempt was in flight. Without one, only a replay tells that the run came back. */
  readonly hadWork: boolean
}

/** The run was taken up from its journal. */
export interface Replay {
  readonly atMs: number
  readonly entries: number
}

/** A replay is known a little later than what the run did first behind it. */
export const SAME_RETURN_MS = 250

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

  /** The run did something that only a run in memory does. */
  sawWork(atMs: number): void {
    const last = this.#gaps.at(-1)
    if (last?.hadWork === false && atMs > last.fromMs) last.toMs ??= atMs
  }

  /** A person takes the run out of memory. @param hadWork whether an attempt is in flight */
  crashed(atMs: number, hadWork: boolean, entries: number): void {
    // Whoever is crashed once more had come back.
    this.sawWork(atMs)
    // Nothing had begun: there is nothing to come back to.
    if (!hadWork && entries === 0) return
    this.#gaps.push({ fromMs: atMs, isOnPurpose: true, entries, hadWork })
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
    this.#gaps.push({ fromMs, toMs: atMs, isOnPurpose: false, entries, hadWork: true })
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

/** The gaps as the run's replays end them. @param replays in the order in which they came */
export function endedBy(replays: readonly Replay[], gaps: readonly Gap[]): readonly Gap[] {
  return gaps.map((gap) => {
    const { fromMs, toMs = Infinity, hadWork } = gap
    if (hadWork) return gap
    const back = replays.find(({ atMs }) => atMs >= fromMs && atMs <= toMs + SAME_RETURN_MS)
    if (back === undefined) return gap
    return { ...gap, toMs: Math.min(back.atMs, toMs), entries: back.entries }
  })
}
