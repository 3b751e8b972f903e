// Gone rows: who was told how a run has ended that is no more: a start of theirs that arrives only now begins nothing.
// Owns: the table gone. Must not touch: when a run goes (erase.ts).
//   G1. A line is kept for as long as a start that was sent before may still arrive, and not longer: a deleted run
//       leaves no trace.

import type { ParentLink } from "../store/stored-run.ts"
import type { Tables } from "../store/tables.ts"
import { START_VALID_MS } from "./messages.ts"

export class GoneRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Whether somebody may still have a start under way to the run that goes now. */
  isNeeded(nowMs: number): boolean {
    const { sql } = this.#tables
    if (!this.#tables.has("listeners")) return false
    if (sql.exec("SELECT 1 FROM listeners LIMIT 1").toArray().length === 0) return false
    const isTold =
      !this.#tables.has("outbox") ||
      sql.exec("SELECT 1 FROM outbox WHERE kind = 'ended' LIMIT 1").toArray().length === 0
    const [run] = sql.exec<{ ended_at: number | null }>("SELECT ended_at FROM run").toArray()
    return !isTold || (run?.ended_at ?? nowMs) + START_VALID_MS > nowMs
  }

  /** Keeps the listeners of the run that goes now. */
  keep(nowMs: number): void {
    this.#tables.ensure("gone")
    this.#tables.sql.exec(
      `INSERT OR REPLACE INTO gone (id, incarnation, generation, path, attempt, until)
       SELECT id, incarnation, generation, path, attempt, ? FROM listeners`,
      nowMs + START_VALID_MS,
    )
  }

  has({ id, incarnation, generation, path, attempt }: ParentLink): boolean {
    if (!this.#tables.has("gone")) return false
    return (
      this.#tables.sql
        .exec(
          "SELECT 1 FROM gone WHERE id = ? AND incarnation = ? AND generation = ? AND path = ? AND attempt = ?",
          id,
          incarnation,
          generation,
          path,
          attempt,
        )
        .toArray().length > 0
    )
  }

  /** Until when the last of them is kept; `undefined` when there is none. */
  untilMs(): number | undefined {
    if (!this.#tables.has("gone")) return undefined
    const { until } = this.#tables.sql
      .exec<{ until: number | null }>("SELECT MAX(until) AS until FROM gone")
      .one()
    return until ?? undefined
  }
}
