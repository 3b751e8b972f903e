// Shard tally: how many runs of which kind meet a list's conditions, counted row by row.
// Owns: the bound. Reads, writes nothing.
//   T1. However many meet them, no more are counted than the bound, and those are the newest: the ones that a list shows
//       first. What does not meet them may still have to be read, where several conditions meet.

import type { RunFilter, StatusCount } from "../../engine/ports/run-index.ts"
import type { RunStatus } from "../../engine/ports/run-status.ts"
import { conditionsOf, whereText } from "./shard-conditions.ts"

/** Whoever looks at more wants to know that they are many. */
export const TALLIED_MAX = 10_000

export interface Tally {
  readonly counts: readonly StatusCount[]
  /** There are more than were counted. */
  readonly isCut: boolean
}

/** By these counts are kept along with each change. */
const KEPT: ReadonlySet<string> = new Set(["workflow", "version"] satisfies (keyof RunFilter)[])

/** Whether the kept counts cannot answer it. */
export function needsTally(filter: RunFilter): boolean {
  return Object.entries(filter).some(([name, value]) => !KEPT.has(name) && isGiven(value))
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== ""
}

export function tallyRuns(sql: SqlStorage, filter: RunFilter): Tally {
  const { from, place, conditions, bindings } = conditionsOf(filter)
  const rows = sql.exec<{ workflow: string; version: number; status: RunStatus; count: number }>(
    `SELECT workflow, version, status, COUNT(*) AS count FROM (
       SELECT workflow, version, status FROM ${from} ${whereText(conditions)}
       ORDER BY ${place}.created_at DESC LIMIT ?
     ) GROUP BY 1, 2, 3`,
    ...bindings,
    TALLIED_MAX + 1,
  )
  const [first, ...others] = rows
  if (first === undefined) return { counts: [], isCut: false }
  const total = others.reduce((sum, { count }) => sum + count, first.count)
  if (total <= TALLIED_MAX) return { counts: [first, ...others], isCut: false }
  // The one that shows that there are more is not told: a round number reads as what it is.
  return { counts: [{ ...first, count: first.count - 1 }, ...others], isCut: true }
}
