// Statistics: the few figures a series of measurements is told by.

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/**
 * Mean of the middle half: for series whose single values are as coarse as the clock they were taken with, and of which
 * some meet a garbage collection or a slow disk.
 */
export function middleMean(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const cut = Math.floor(sorted.length / 4)
  const middle = sorted.slice(cut, sorted.length - cut)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}
