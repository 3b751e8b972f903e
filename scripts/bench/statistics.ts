// Statistics: the few figures a series of measurements is told by.

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** Mean of the lowest quarter: what a thing takes when little comes between. More of them are less coarse than the least. */
export function lowestMean(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const lowest = sorted.slice(0, Math.ceil(sorted.length / 4))
  return lowest.reduce((sum, value) => sum + value, 0) / lowest.length
}
