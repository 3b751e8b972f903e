// Limits (promise 16): the runs of one key that go on at once are never more than its limit says.

import type { Check } from "./check.ts"
import { isFinal, type RunFields } from "./rows.ts"

interface Slot {
  readonly limiter?: string
  readonly state?: string
  readonly concurrency?: number
  readonly rate?: { readonly starts: number; readonly perMs: number }
  readonly ask?: number
  readonly grantedAtMs?: number
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

/** One for each seed: it remembers when slots were taken, also of runs that are gone. */
export function keptRates(): Check {
  const taken = new Map<string, Map<string, number>>()
  return {
    promise: "promise 16",
    says: "no more runs of a key begin in a window than its rate says",
    commit({ id, rows: { run } }) {
      if (run === undefined || run.slot === null) return undefined
      const { limiter = "", state, rate, ask, grantedAtMs } = JSON.parse(run.slot) as Slot
      if (state !== "granted" || rate === undefined || grantedAtMs === undefined) return undefined
      const all = taken.get(limiter) ?? new Map<string, number>()
      taken.set(limiter, all)
      const key = `${id} ${run.incarnation} ${ask}`
      if (all.has(key)) return undefined
      all.set(key, grantedAtMs)
      const sorted = [...all.values()].sort((left, right) => left - right)
      for (const [at, atMs] of sorted.entries()) {
        const next = sorted[at + rate.starts]
        if (next === undefined || next - atMs >= rate.perMs) continue
        return {
          expected: `at most ${rate.starts} starts in ${rate.perMs} ms of ${limiter}`,
          found: `${rate.starts + 1} in ${next - atMs} ms`,
        }
      }
      return undefined
    },
  }
}

/** Nobody else would get it. */
export const slotsGoBack: Check = {
  promise: "promise 16",
  says: "who has ended or stands still holds no slot",
  commit({ rows: { run } }) {
    if (run === undefined || run.slot === null) return undefined
    if (!isFinal(run.status) && run.status !== "halted") return undefined
    if ((JSON.parse(run.slot) as Slot).state !== "granted") return undefined
    return { expected: `no slot of a run that is ${run.status}`, found: "it holds one" }
  },
}

/** A halted run keeps nobody else from going on, and neither does one that has ended. */
function goesOn(run: RunFields, { state }: Slot): boolean {
  return state === "granted" && !isFinal(run.status) && run.status !== "halted"
}
