// Window: when a rate lets one more start in.
// Owns: the arithmetic of an exact sliding window. Pure.
//   W1. In any window of `perMs` there are at most `starts` instants: one more fits only when the n-th latest is as long
//       ago as the window is long.

import type { Rate } from "../../engine/workflow/flow-limits.ts"

/**
 * @param startsMs instants of starts, in any order; `null` for one that is under way: later than every other
 * @returns the instant from which one more fits; `undefined` while that hangs on one that is under way
 */
export function opensAtMs(
  startsMs: readonly (number | null)[],
  { starts, perMs }: Rate,
): number | undefined {
  const latest = startsMs.map((atMs) => atMs ?? Infinity).sort((one, other) => other - one)
  const nthMs = latest[starts - 1] ?? -Infinity
  return nthMs === Infinity ? undefined : nthMs + perMs
}
