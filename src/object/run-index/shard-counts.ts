// Shard counts: how many runs of which kind one shard answers for, and when they began and ended.
// Owns: the numbers, in memory: counted once from the rows when first asked, then kept along with each change.

import type { RunCard, RunFilter, StatusCount } from "../../engine/ports/run-index.ts"
import type { RunStatus } from "../../engine/ports/run-status.ts"
import type { CountedMinute } from "./messages.ts"
import type { Tally } from "./shard-tally.ts"

const MINUTE_MS = 60_000

/** How many minutes are told. */
export const MINUTES_SHOWN = 60

type Minutes = Map<number, number>

type Counted = {
  workflow: string
  version: number
  status: RunStatus
  started: number
  ended: number | null
  count: number
}

export class ShardCounts {
  readonly #sql: SqlStorage
  readonly #counts = new Map<string, StatusCount>()
  readonly #started: Minutes = new Map()
  readonly #ended: Minutes = new Map()
  #isCounted = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** One card has taken another's place. */
  changed(before: RunCard | undefined, now: RunCard | undefined): void {
    if (!this.#isCounted) return
    if (before !== undefined) this.#add(before, -1)
    if (now !== undefined) this.#add(now, 1)
  }

  /** The rows may be others than those that were counted. */
  forget(): void {
    this.#isCounted = false
  }

  /** All of these kinds, however many. */
  all({ workflow, version }: Pick<RunFilter, "workflow" | "version">): Tally {
    this.#count()
    const counts = [...this.#counts.values()].filter(
      (each) =>
        each.count > 0 &&
        (workflow === undefined || each.workflow === workflow) &&
        (version === undefined || each.version === version),
    )
    return { counts, isCut: false }
  }

  /** Runs that began, and runs that ended, in each of the last sixty. */
  minutes(nowMs: number): {
    readonly started: readonly CountedMinute[]
    readonly ended: readonly CountedMinute[]
  } {
    this.#count()
    const first = Math.floor(nowMs / MINUTE_MS) - MINUTES_SHOWN + 1
    return { started: since(this.#started, first), ended: since(this.#ended, first) }
  }

  #count(): void {
    if (this.#isCounted) return
    this.#isCounted = true
    this.#counts.clear()
    this.#started.clear()
    this.#ended.clear()
    const rows = this.#sql.exec<Counted>(
      `SELECT workflow, version, status, created_at / ${MINUTE_MS} AS started, ended_at / ${MINUTE_MS} AS ended,
         COUNT(*) AS count FROM runs GROUP BY 1, 2, 3, 4, 5`,
    )
    for (const { workflow, version, status, started, ended, count } of rows) {
      this.#addCount({ workflow, version, status }, count)
      addTo(this.#started, started, count)
      if (ended !== null) addTo(this.#ended, ended, count)
    }
  }

  #add(card: RunCard, count: number): void {
    this.#addCount(card, count)
    addTo(this.#started, Math.floor(card.createdAtMs / MINUTE_MS), count)
    if (card.endedAtMs !== undefined) {
      addTo(this.#ended, Math.floor(card.endedAtMs / MINUTE_MS), count)
    }
  }

  #addCount(
    { workflow, version, status }: { workflow: string; version: number; status: RunStatus },
    count: number,
  ): void {
    const key = JSON.stringify([workflow, version, status])
    const known = this.#counts.get(key)?.count ?? 0
    this.#counts.set(key, { workflow, version, status, count: known + count })
  }
}

function addTo(minutes: Minutes, minute: number, count: number): void {
  minutes.set(minute, (minutes.get(minute) ?? 0) + count)
}

function since(minutes: Minutes, first: number): CountedMinute[] {
  // Minutes that nobody asks for any more would pile up.
  for (const [minute, count] of minutes) if (minute < first || count === 0) minutes.delete(minute)
  return [...minutes].map(([minute, count]) => ({ minute, count }))
}
