// Histogram: how many values lie where, in steps of two hundredths, so that percentiles of millions need no memory.
// Owns: the buckets. A percentile is at most one step too high.

const STEP = Math.log(1.02)

/** Everything below is one bucket: no time that matters is shorter, in ms. */
const LEAST = 0.001

export class Histogram {
  readonly #counts: number[] = []
  #count = 0
  #sum = 0
  #most = 0

  add(value: number): void {
    const bucket = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / STEP)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
    this.#sum += value
    this.#most = Math.max(this.#most, value)
  }

  get count(): number {
    return this.#count
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  get most(): number {
    return this.#most
  }

  percentile(share: number): number {
    const wanted = share * this.#count
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count ?? 0
      if (seen >= wanted && seen > 0) return Math.min(LEAST * Math.exp(bucket * STEP), this.#most)
    }
    return this.#most
  }
}
