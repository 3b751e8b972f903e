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
      const grown = growthOf(samples)
      if (grown !== undefined) {
        return `the memory of the ${name} grew from ${whole(grown.early)} to ${whole(grown.late)}`
      }
    }
    return undefined
  }

  /** A line a process, in MiB. */
  lines(): string[] {
    return [...this.#samples].map(([name, samples]) => {
      const [first = 0] = samples
      const windows = windowsOf(samples)
      const between =
        windows === undefined ? "" : `, ${whole(windows.early)} early, ${whole(windows.late)} late`
      return `${name} ${whole(first)} at first${between}, ${whole(Math.max(...samples))} at most`
    })
  }
}

/** The two windows, if the late one is too much more than the early one. @param samples in MiB */
export function growthOf(samples: readonly number[]): Windows | undefined {
  const windows = windowsOf(samples)
  if (windows === undefined) return undefined
  const allowed = windows.early * GROWTH_FACTOR_MAX + GROWTH_MEBIBYTES_MAX
  return windows.late > allowed ? windows : undefined
}

interface Windows {
  readonly early: number
  readonly late: number
}

function whole(mebibytes: number): string {
  return `${Math.round(mebibytes)} MiB`
}

/** The least of the second quarter, when all is warm, and of the last one. */
function windowsOf(samples: readonly number[]): Windows | undefined {
  if (samples.length < SAMPLES_MIN) return undefined
  const quarter = Math.floor(samples.length / 4)
  return {
    early: Math.min(...samples.slice(quarter, quarter * 2)),
    late: Math.min(...samples.slice(-quarter)),
  }
}
