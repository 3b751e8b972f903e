// Memory watch: whether processes grow without end while they are fuzzed.
// Owns: the samples and the rule. A runtime grows while it warms up and breathes afterwards, so the least of a late
// window is held against the least of an early one: what was let go does not count, what is kept does.

import { residentMebibytes } from "../support/resident-memory.ts"

/** The late window may hold this much more than the early one. */
const GROWTH_FACTOR_MAX = 1.5
const GROWTH_MEBIBYTES_MAX = 192

/** Fewer samples than this say nothing. */
const SAMPLES_MIN = 12

export class MemoryWatch {
  readonly #samples = new Map<string, number[]>()

  sample(pids: Readonly<Record<string, number>>): void {
    for (const [name, pid] of Object.entries(pids)) {
      const samples = this.#samples.get(name) ?? []
      samples.push(residentMebibytes(pid))
      this.#samples.set(name, samples)
    }
  }

  /** Which process grew too much; `undefined` when none did, or too little was seen. */
  growth(): string | undefined {
    for (const [name, samples] of this.#samples) {
      const windows = windowsOf(samples)
      if (windows === undefined) continue
      const { early, late } = windows
      if (late > early * GROWTH_FACTOR_MAX + GROWTH_MEBIBYTES_MAX) {
        return `the memory of the ${name} grew from ${Math.round(early)} to ${Math.round(late)} MiB`
      }
    }
    return undefined
  }

  /** A line a process: first, early, late and greatest, in MiB. */
  lines(): string[] {
    return [...this.#samples].map(([name, samples]) => {
      const { early, late } = windowsOf(samples) ?? { early: Number.NaN, late: Number.NaN }
      const [first = 0] = samples
      const numbers = [first, early, late, Math.max(...samples)].map((each) => Math.round(each))
      return `${name}: ${numbers[0]} at first, ${numbers[1]} early, ${numbers[2]} late, ${numbers[3]} at most (MiB)`
    })
  }
}

/** The least of the second quarter, when all is warm, and of the last one. */
function windowsOf(samples: readonly number[]): { early: number; late: number } | undefined {
  if (samples.length < SAMPLES_MIN) return undefined
  const quarter = Math.floor(samples.length / 4)
  return {
    early: Math.min(...samples.slice(quarter, quarter * 2)),
    late: Math.min(...samples.slice(-quarter)),
  }
}
