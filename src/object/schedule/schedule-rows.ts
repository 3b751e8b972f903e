// Schedule rows: everything of one schedule on disk: its row, its specs, its starts, its open runs, its backfill.
// Owns: the statements. Must not touch: when a tick is due and what becomes of it (schedule-driver.ts).
//   R1. `atomically` writes what belongs together or nothing.
//   R2. A start stands here from the stretch that decides it until the run has acknowledged it.

import { SCHEDULE_OPEN_RUNS_MAX } from "../../engine/limits.ts"
import type { OverlapPolicy, ScheduleSpec } from "../../engine/ports/schedules.ts"
import { SCHEDULE_TABLES } from "./schema.ts"
import { readScheduleRow, writeScheduleRow, type ScheduleRow } from "./schedule-row.ts"

export interface PendingStart {
  readonly runId: string
  readonly specId: number
  readonly origin: "tick" | "trigger" | "backfill"
  readonly tries: number
  readonly dueMs: number
}

type StartRow = { run: string; spec: number; origin: string; tries: number; due: number }

export class ScheduleRows {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  #hasTables: boolean | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
  }

  atomically<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work)
    } catch (error) {
      this.#hasTables = undefined
      throw error
    }
  }

  /** How the schedule stands on disk, a removed one too. Writes nothing. */
  load(): ScheduleRow | undefined {
    this.#hasTables ??=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schedule'").toArray().length > 0
    return this.#hasTables ? readScheduleRow(this.#sql) : undefined
  }

  save(row: ScheduleRow): void {
    writeScheduleRow(this.#sql, row)
  }

  /** Makes the tables, or empties them: a name that is free again begins anew. */
  begin(): void {
    if (this.load() === undefined) {
      if (this.#hasTables !== true) this.#sql.exec(SCHEDULE_TABLES)
      this.#hasTables = true
    } else this.clear()
  }

  /** Nothing is left but the row. */
  clear(): void {
    for (const table of ["specs", "starts", "open", "backfill"]) {
      this.#sql.exec(`DELETE FROM ${table}`)
    }
  }

  /** Nothing is left at all. */
  async deleteAll(): Promise<void> {
    this.#hasTables = undefined
    await this.#storage.deleteAll()
  }

  // Specs.

  /** Keeps it, and forgets those that nothing refers to any more. */
  insertSpec(spec: ScheduleSpec): number {
    const { inputText, ...rest } = spec
    this.#sql.exec("DELETE FROM specs WHERE id NOT IN (SELECT spec FROM starts)")
    return this.#sql
      .exec<{ id: number }>(
        "INSERT INTO specs (input, text) VALUES (?, ?) RETURNING id",
        inputText,
        JSON.stringify(rest),
      )
      .one().id
  }

  spec(id: number): ScheduleSpec {
    const { input, text } = this.#sql
      .exec<{ input: string; text: string }>("SELECT input, text FROM specs WHERE id = ?", id)
      .one()
    return { ...(JSON.parse(text) as Omit<ScheduleSpec, "inputText">), inputText: input }
  }

  // Starts.

  addStart(start: PendingStart): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO starts (run, spec, origin, tries, due) VALUES (?, ?, ?, ?, ?)",
      start.runId,
      start.specId,
      start.origin,
      start.tries,
      start.dueMs,
    )
  }

  /** The oldest that is due. */
  dueStart(nowMs: number): PendingStart | undefined {
    const [found] = this.#sql
      .exec<StartRow>("SELECT * FROM starts WHERE due <= ? ORDER BY id LIMIT 1", nowMs)
      .toArray()
    return (
      found && {
        runId: found.run,
        specId: found.spec,
        origin: found.origin as PendingStart["origin"],
        tries: found.tries,
        dueMs: found.due,
      }
    )
  }

  starts(): { readonly count: number; readonly dueMs: number | undefined } {
    const { count, due } = this.#sql
      .exec<{ count: number; due: number | null }>(
        "SELECT COUNT(*) AS count, MIN(due) AS due FROM starts",
      )
      .one()
    return { count, dueMs: due ?? undefined }
  }

  delayStart(runId: string, tries: number, dueMs: number): void {
    this.#sql.exec("UPDATE starts SET tries = ?, due = ? WHERE run = ?", tries, dueMs, runId)
  }

  /** False when it had been taken off before. */
  takeStart(runId: string): boolean {
    return this.#sql.exec("DELETE FROM starts WHERE run = ?", runId).rowsWritten > 0
  }

  // Runs that are not known to have ended.

  addOpen(runId: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO open (run) VALUES (?)", runId)
    this.#sql.exec(
      "DELETE FROM open WHERE id <= (SELECT MAX(id) FROM open) - ?",
      SCHEDULE_OPEN_RUNS_MAX,
    )
  }

  /** Newest first. */
  open(): string[] {
    return this.#sql
      .exec<{ run: string }>("SELECT run FROM open ORDER BY id DESC")
      .toArray()
      .map(({ run }) => run)
  }

  closeRun(runId: string): void {
    this.#sql.exec("DELETE FROM open WHERE run = ?", runId)
  }

  // Ticks to be backfilled.

  addBackfill(atMs: number, overlap: OverlapPolicy): void {
    this.#sql.exec("INSERT OR REPLACE INTO backfill VALUES (?, ?)", atMs, overlap)
  }

  oldestBackfill(): { readonly atMs: number; readonly overlap: OverlapPolicy } | undefined {
    const [found] = this.#sql
      .exec<{ at: number; overlap: string }>("SELECT * FROM backfill ORDER BY at LIMIT 1")
      .toArray()
    return found && { atMs: found.at, overlap: found.overlap as OverlapPolicy }
  }

  takeBackfill(atMs: number): void {
    this.#sql.exec("DELETE FROM backfill WHERE at = ?", atMs)
  }

  backfilling(): number {
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM backfill").one().count
  }
}
