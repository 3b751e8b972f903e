// Schedule: the rules a schedule that makes up for every missed tick is audited by. Pure.
//   T1. Every tick from its first to its newest has begun one run, which has ended; none was left out or refused.
//   T2. Every run has left its effects once, and none was left by nobody.

import { endFindings, type RunsSeen } from "./run-seen.ts"

export interface ScheduleBooks {
  readonly name: string
  readonly tickMs: number
  readonly createdAtMs: number
  /** The newest tick; NaN when there was none. */
  readonly lastAtMs: number
  readonly counters: Readonly<Record<string, unknown>>
  /** By their ids. */
  readonly runs: RunsSeen
  readonly effectsPerRun: number
  /** Of the effects of all its runs. */
  readonly effectKeys: readonly string[]
}

/** The ids of the runs that its ticks must have begun. */
export function tickIds({
  name,
  tickMs,
  createdAtMs,
  lastAtMs,
}: Omit<ScheduleBooks, "runs">): string[] {
  const ids: string[] = []
  const firstMs = (Math.floor(createdAtMs / tickMs) + 1) * tickMs
  for (let atMs = firstMs; atMs <= lastAtMs; atMs += tickMs) {
    ids.push(`${name}/${new Date(atMs).toISOString()}`)
  }
  return ids
}

export function auditSchedule(books: ScheduleBooks): string[] {
  const { counters, runs, effectKeys, effectsPerRun } = books
  const ids = tickIds(books)
  const findings = ids.flatMap((id) => endFindings(id, runs.get(id)))
  const found = ["started", "skipped", "missed", "failed"].map((name) => Number(counters[name]))
  const expected = [ids.length, 0, 0, 0]
  if (found.join() !== expected.join()) {
    findings.push(`the schedule counts ${JSON.stringify(counters)} for ${ids.length} ticks`)
  }
  const distinct = new Set(effectKeys).size
  if (distinct !== effectKeys.length || distinct !== ids.length * effectsPerRun) {
    findings.push(
      `the schedule's ${ids.length} runs left ${effectKeys.length} effects under ${distinct} keys`,
    )
  }
  return findings
}
