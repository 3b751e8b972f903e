// Draw: times that are drawn at random: how long until the next arrival, how long a service takes.
// Owns: the distributions. Every one is drawn from the seeded numbers it is given.

import type { Random } from "../../support/seeded-random.ts"

/** Gives the next time, in ms. */
export type DrawMs = () => number

export function constant(ms: number): DrawMs {
  return () => ms
}

/** Memoryless: arrivals that know nothing of each other come so far apart. */
export function exponential(random: Random, meanMs: number): DrawMs {
  return () => -Math.log(1 - random()) * meanMs
}

/**
 * As it was measured: between two neighbouring quantiles every value is as likely. The shape is kept, the mean is set.
 * @param quantiles at even distances of their shares, the least first
 */
export function measured(random: Random, quantiles: readonly number[], meanMs: number): DrawMs {
  const gaps = quantiles.length - 1
  const at = (index: number) => quantiles[index] ?? 0
  const sum = quantiles
    .slice(0, -1)
    .reduce((total, _, index) => total + at(index) + at(index + 1), 0)
  const scale = meanMs / (sum / 2 / gaps)
  return () => {
    const place = random() * gaps
    const below = Math.floor(place)
    return scale * (at(below) + (place - below) * (at(below + 1) - at(below)))
  }
}
