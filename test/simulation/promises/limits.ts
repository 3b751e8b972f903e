// Limits (promise 16): the runs of one key that go on at once are never more than its limit says.

import type { Check } from "./check.ts"
import { isFinal, type RunFields } from "./rows.ts"

interface Slot {
  readonly limiter?: string
  readonly state?: string
  readonly concurrency?: number
}

/** One for each seed. */
export function keptLimits(): Check {
  const goingOn = new Map<string, Set<string>>()
  return {
    promise: "promise 16",
    says: "no more runs of a key go on than its limit says",
    gone({ id }) {
      for (const runs of goingOn.values()) runs.delete(id)
      return undefined
    },
    commit({ id, rows: { run } }) {
      if (run === undefined || run.slot === null) return undefined
      const { limiter = "", concurrency = Infinity, ...slot } = JSON.parse(run.slot) as Slot
      const runs = goingOn.get(limiter) ?? new Set<string>()
      goingOn.set(limiter, runs)
      if (!goesOn(run, slot)) {
        runs.delete(id)
        return undefined
      }
      runs.add(id)
      if (runs.size <= concurrency) return undefined
      return { expected: `at most ${concurrency} runs of ${limiter}`, found: [...runs].join(", ") }
    },
  }
}

/** A halted run keeps nobody else from going on, and neither does one that has ended. */
function goesOn(run: RunFields, { state }: Slot): boolean {
  return state === "granted" && !isFinal(run.status) && run.status !== "halted"
}
