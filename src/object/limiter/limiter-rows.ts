// Limiter rows: who waits at a limiter, who holds a slot of it, and when runs have started.
// Owns: those tables. Must not touch: when a slot is granted (limiter.ts), what runs are told (outbox).
//   R1. A run of one life stands in the queue or among the holders, never in both, and with its latest asking.
//   R2. A holder's start stands among the starts from the grant on, as one under way until the run has told its instant;
//       it is never taken back, since a run that is gone may have begun before.

import type { LimitNumbers } from "../../engine/workflow/flow-limits.ts"
import type { Tables } from "../store/tables.ts"
import type { Acquire, Ask } from "./messages.ts"
import type { LimiterTable } from "./schema.ts"

type AskRow = { run: string; incarnation: string; ask: number }
type HolderRow = AskRow & { heard: number | null; start: number | null }

export class LimiterRows {
  readonly #tables: Tables<LimiterTable>

  constructor(tables: Tables<LimiterTable>) {
    this.#tables = tables
  }

  /** Nobody has asked yet, or all was erased. */
  get isEmpty(): boolean {
    return !this.#tables.has("numbers")
  }

  /** Nobody waits, nobody holds, and no start counts in a window: nothing that stands here says anything. */
  get isIdle(): boolean {
    return ["queue", "holders", "starts"].every(
      (table) => this.#tables.sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0,
    )
  }

  atomically<T>(work: () => T): T {
    return this.#tables.atomically(work)
  }

  /** Puts the run at the end of the queue, unless this asking is known. */
  enqueue({ run, incarnation, ask, numbers, createdAtMs }: Acquire, nowMs: number): void {
    for (const table of ["numbers", "queue", "holders", "starts"] as const) {
      this.#tables.ensure(table)
    }
    this.#bring(numbers, createdAtMs)
    const known = this.#one<AskRow>("queue", run, incarnation) ?? this.#holder(run, incarnation)
    if (known !== undefined && known.ask >= ask) return
    if (known !== undefined) this.remove({ run, incarnation, ask }, nowMs)
    this.#exec("INSERT INTO queue (run, incarnation, ask) VALUES (?, ?, ?)", run, incarnation, ask)
  }

  /** The run wants nothing of this asking or an earlier one any more. */
  remove({ run, incarnation, ask }: Ask, nowMs: number): void {
    this.#exec(
      "DELETE FROM queue WHERE run = ? AND incarnation = ? AND ask <= ?",
      run,
      incarnation,
      ask,
    )
    const holder = this.#holder(run, incarnation)
    if (holder === undefined || holder.ask > ask) return
    this.#began(holder, nowMs)
    this.#exec("DELETE FROM holders WHERE run = ? AND incarnation = ?", run, incarnation)
  }

  /** The run has said that it goes on, and since when. */
  heard({ run, incarnation, ask }: Ask, sinceMs: number, nowMs: number): void {
    const holder = this.#holder(run, incarnation)
    if (holder?.ask !== ask) return
    this.#began(holder, sinceMs)
    this.#exec(
      "UPDATE holders SET heard = ? WHERE run = ? AND incarnation = ?",
      nowMs,
      run,
      incarnation,
    )
  }

  numbers(): LimitNumbers {
    const { concurrency, starts, per } = this.#tables.sql
      .exec<{ concurrency: number | null; starts: number | null; per: number | null }>(
        "SELECT concurrency, starts, per FROM numbers",
      )
      .one()
    return {
      concurrency: concurrency ?? undefined,
      rate: starts === null || per === null ? undefined : { starts, perMs: per },
    }
  }

  /** Who is next. */
  head(): Ask | undefined {
    const [row] = this.#tables.sql
      .exec<AskRow>("SELECT run, incarnation, ask FROM queue ORDER BY id LIMIT 1")
      .toArray()
    return row
  }

  holderCount(): number {
    return this.#tables.sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM holders").one().n
  }

  startsMs(): (number | null)[] {
    return this.#tables.sql
      .exec<{ at: number | null }>("SELECT at FROM starts")
      .toArray()
      .map(({ at }) => at)
  }

  /** From the queue to the holders. */
  grant({ run, incarnation, ask }: Ask, isRated: boolean): void {
    this.#exec("DELETE FROM queue WHERE run = ? AND incarnation = ?", run, incarnation)
    const start = isRated ? this.#newStart() : null
    this.#exec(
      "INSERT INTO holders (run, incarnation, ask, start) VALUES (?, ?, ?, ?)",
      run,
      incarnation,
      ask,
      start,
    )
  }

  /** Those who have not been heard of since then; they are taken as asked from now on. */
  silentSince(ms: number): Ask[] {
    const silent = this.#tables.sql
      .exec<AskRow>("SELECT run, incarnation, ask FROM holders WHERE heard <= ?", ms)
      .toArray()
    if (silent.length > 0) this.#exec("UPDATE holders SET heard = NULL WHERE heard <= ?", ms)
    return silent
  }

  /** Whether a slot was granted to this very asking. */
  isHolder({ run, incarnation, ask }: Ask): boolean {
    return this.#holder(run, incarnation)?.ask === ask
  }

  /** Of the holder that was heard of longest ago. */
  earliestHeardMs(): number | undefined {
    const { heard } = this.#tables.sql
      .exec<{ heard: number | null }>("SELECT MIN(heard) AS heard FROM holders")
      .one()
    return heard ?? undefined
  }

  /** Starts as long ago count in no window any more. */
  forgetStarts(untilMs: number): void {
    this.#exec("DELETE FROM starts WHERE at <= ?", untilMs)
  }

  #bring({ concurrency, rate }: LimitNumbers, createdAtMs: number): void {
    this.#exec(
      `INSERT INTO numbers (one, concurrency, starts, per, brought_at) VALUES (1, ?, ?, ?, ?)
         ON CONFLICT (one) DO UPDATE SET concurrency = excluded.concurrency, starts = excluded.starts,
         per = excluded.per, brought_at = excluded.brought_at WHERE excluded.brought_at >= brought_at`,
      concurrency ?? null,
      rate?.starts ?? null,
      rate?.perMs ?? null,
      createdAtMs,
    )
  }

  /** The instant of a start stands once it is known. */
  #began({ start }: HolderRow, atMs: number): void {
    if (start === null) return
    this.#exec("UPDATE starts SET at = ? WHERE id = ? AND at IS NULL", atMs, start)
  }

  #newStart(): number {
    return this.#tables.sql
      .exec<{ id: number }>("INSERT INTO starts (at) VALUES (NULL) RETURNING id")
      .one().id
  }

  #holder(run: string, incarnation: string): HolderRow | undefined {
    return this.#one<HolderRow>("holders", run, incarnation)
  }

  #one<Row extends AskRow>(
    table: "queue" | "holders",
    run: string,
    incarnation: string,
  ): Row | undefined {
    const [row] = this.#tables.sql
      .exec<Row>(`SELECT * FROM ${table} WHERE run = ? AND incarnation = ?`, run, incarnation)
      .toArray()
    return row
  }

  #exec(statement: string, ...bindings: (string | number | null)[]): void {
    this.#tables.sql.exec(statement, ...bindings)
  }
}
