// Flatness: whether the gap between steps stays as it is while a run gets long.
// Owns: the one number a machine full of other work can still be judged by, for the bench and for the guard of the tests.
//   N1. What disturbs a window only makes it longer. So the lowest quarters of early and late windows are compared, and of
//       several measurements the lowest ratio counts: a gap that does grow grows in all of them.

import type { BenchClient } from "./client.ts"
import type { Filling } from "./filling.ts"
import { measureGaps } from "./gaps.ts"
import { lowestMean } from "./statistics.ts"

/** The late gap over the early one. A single window is as coarse as the clock: hence the means. */
export function gapRatio(early: readonly number[], late: readonly number[]): number {
  return lowestMean(late) / lowestMean(early)
}

export interface FlatnessOptions {
  readonly filling: Filling
  readonly early: number
  readonly late: number
  /** A ratio that is good enough: no further measurement is made. */
  readonly enough: number
  readonly measurements: number
}

const ROUNDS = 24

/** The lowest ratio of up to so many measurements. */
export async function lowestGapRatio(
  client: BenchClient,
  { filling, early, late, enough, measurements }: FlatnessOptions,
): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let measured = 0; measured < measurements && lowest > enough; measured++) {
    const rounds = await measureGaps(client, {
      filling,
      positions: [early, late],
      rounds: ROUNDS,
    })
    const [first, second] = [0, 1].map((index) => rounds.map((gaps) => gaps[index] ?? Number.NaN))
    lowest = Math.min(lowest, gapRatio(first ?? [], second ?? []))
  }
  return lowest
}
