// Overdue: which of the ticks that are due is the one to see to, and how many before it are given up as missed.
// Owns: the policy for ticks that came while nothing ran. Pure. Must not touch: overlap.

import type { ScheduleSpec } from "../../engine/ports/schedules.ts"
import type { Cadence } from "./cadence.ts"

/** Missed ticks that are counted one by one; of more, what was counted stands. */
const COUNTED_MAX = 10_000

export interface Overdue {
  /** The next tick to see to; it may lie in the future. `undefined` when none comes any more. */
  readonly tickMs: number | undefined
  readonly missed: number
}

/** @param dueMs the first tick that has not been seen to; not after `nowMs` */
export function overdue(
  cadence: Cadence,
  dueMs: number,
  nowMs: number,
  { missed: policy, catchUpMs }: Pick<ScheduleSpec, "missed" | "catchUpMs">,
): Overdue {
  const oldestMs = Math.max(dueMs, nowMs - catchUpMs)
  const oldest = cadence.nextAfter(oldestMs - 1)
  const tickMs =
    policy === "one" && oldest !== undefined && oldest <= nowMs
      ? newestTick(cadence, oldest, nowMs)
      : oldest
  return { tickMs, missed: countTicks(cadence, dueMs, tickMs ?? Infinity) }
}

/** The newest of the ticks from `tickMs`, one itself, to `nowMs`. */
function newestTick(cadence: Cadence, tickMs: number, nowMs: number): number {
  let newest = tickMs
  // Back from now in doubling steps until there is one: however many there are, few are looked at.
  for (let backMs = 1_000; nowMs - backMs > tickMs; backMs *= 2) {
    const found = cadence.nextAfter(nowMs - backMs)
    if (found === undefined || found > nowMs) continue
    newest = found
    break
  }
  for (;;) {
    const next = cadence.nextAfter(newest)
    if (next === undefined || next > nowMs) return newest
    newest = next
  }
}

/** Ticks from `fromMs`, one itself, up to and without `toMs`. */
function countTicks(cadence: Cadence, fromMs: number, toMs: number): number {
  let count = 0
  let tickMs: number | undefined = fromMs
  while (tickMs !== undefined && tickMs < toMs && count < COUNTED_MAX) {
    count++
    tickMs = cadence.nextAfter(tickMs)
  }
  return count
}
