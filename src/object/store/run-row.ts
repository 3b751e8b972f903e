// Run row: the one row that says what the run is and how it stands.
// Owns: reading and writing that row. Must not touch: the journal, alarms.
//   R1. Every change of status goes through here, and raises the epoch where a person or a generation causes it.
//   R2. Each is counted in the row that is written anyway, so that of two news of a run the newer one is known.
//   R3. The count of rows is kept where the row is written anyway: a kill loses what was counted since.

import type { Halt } from "../../engine/errors.ts"
import type { Outcome } from "../../engine/ports/journal.ts"
import { ROW_BYTES_MAX } from "../../engine/limits.ts"
import type { Replay, RunStatus } from "../../engine/ports/runs.ts"
import type { Slot } from "../limiter/slot.ts"
import { migrate, SCHEMA_VERSION } from "./schema.ts"
import { withReplay } from "./replays.ts"
import { rowFrom, rowsOf, type RunRow, type Stored } from "./stored-run.ts"
import type { Tables } from "./tables.ts"

/** What is fixed when a run ends. */
interface RunEnd {
  readonly endedAtMs: number
  /** `undefined` for never. */
  readonly deleteAtMs: number | undefined
  readonly unconsumedSignals: number
}

/** The long texts of a run share its one row: two inputs, a result or error, a halt, the reason of a cancellation. */
const COLUMN_BYTES_MAX = Math.floor(ROW_BYTES_MAX / 6)

export class RunRows {
  readonly #tables: Tables
  readonly #changed: (row: RunRow, before?: RunStatus) => void
  /** As it was read or written last. */
  #status: RunStatus | undefined
  /** What was counted before this life of the object is counted in. */
  #isCounted = false
  /** Its first machine in this object has come to where the run stood. */
  #isTakenUp = false
  /** A replay that is to be written down. */
  #unwritten: Replay | undefined

  /** @param changed is told of a new run, and of each change of its status, in the stretch that writes it. */
  constructor(tables: Tables, changed: (row: RunRow, before?: RunStatus) => void) {
    this.#tables = tables
    this.#changed = changed
  }

  /** `undefined` when this object holds no run. Writes nothing, unless an older object has to be brought forward. */
  load(): RunRow | undefined {
    if (!this.#tables.has("run")) return undefined
    const { sql } = this.#tables
    const read = () => sql.exec<Stored>("SELECT * FROM run").toArray()
    let [stored] = read()
    if (stored === undefined) return undefined
    const version = Number(stored["schema_version"])
    if (version !== SCHEMA_VERSION) {
      this.#tables.atomically(() => migrate(sql, version))
      ;[stored] = read()
    }
    if (stored === undefined) return undefined
    const row = rowFrom(stored, (text) => this.#tables.load(text))
    if (!this.#isCounted) sql.add(rowsOf(stored))
    this.#isCounted = true
    this.#status = row.status
    return row
  }

  insert(row: RunRow): void {
    this.#tables.ensure("run")
    this.#tables.sql.exec(
      `INSERT INTO run (one, schema_version, id, incarnation, workflow, version, status, input, generation, epoch,
         tags, faults, created_at, deadline_at, parent, start_at, started_at, limits, generation_input,
         forked_from, changes, changed_at, trace, rows_written, rows_read)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      SCHEMA_VERSION,
      row.id,
      row.incarnation,
      row.workflow,
      row.version,
      row.status,
      this.#store(row.inputText),
      row.generation,
      row.epoch,
      Object.keys(row.tags).length === 0 ? null : JSON.stringify(row.tags),
      row.faults.length === 0 ? null : JSON.stringify(row.faults),
      row.createdAtMs,
      row.deadlineMs ?? null,
      row.parent === undefined ? null : JSON.stringify(row.parent),
      row.startAtMs ?? null,
      row.startedAtMs ?? null,
      row.slot === undefined ? null : JSON.stringify(row.slot),
      row.generationInputText === undefined ? null : this.#store(row.generationInputText),
      row.forkedFrom === undefined ? null : JSON.stringify(row.forkedFrom),
      row.changes,
      row.changedAtMs,
      row.trace === undefined ? null : JSON.stringify(row.trace),
      ...this.#counted(0),
    )
    this.#isCounted = true
    this.#status = row.status
    this.#changed(row)
  }

  setStatus(row: RunRow, status: RunStatus): void {
    if (row.status === status) return
    row.status = status
    this.#update(row, "status = ?", status)
  }

  setSlot(row: RunRow, slot: Slot): void {
    this.#tables.sql.exec("UPDATE run SET limits = ?", JSON.stringify(slot))
    row.slot = slot
  }

  /** Its workflow begins. */
  begin(row: RunRow, nowMs: number): void {
    row.status = "running"
    row.startedAtMs = nowMs
    this.#update(row, "status = 'running', started_at = ?", nowMs)
  }

  /** It begins at another instant; its time limit moves along. */
  moveStart(row: RunRow, startAtMs: number): void {
    if (row.deadlineMs !== undefined)
      row.deadlineMs += startAtMs - (row.startAtMs ?? row.createdAtMs)
    row.startAtMs = startAtMs
    this.#tables.sql.exec(
      "UPDATE run SET start_at = ?, deadline_at = ?",
      startAtMs,
      row.deadlineMs ?? null,
    )
  }

  finish(row: RunRow, outcome: Outcome, end: RunEnd): void {
    const { endedAtMs, deleteAtMs, unconsumedSignals } = end
    row.status = outcome.state
    row.endedAtMs = endedAtMs
    row.deleteAtMs = deleteAtMs
    row.unconsumedSignals = unconsumedSignals
    if (row.halt !== undefined) this.#free("halt")
    row.halt = undefined
    if (outcome.state === "completed") row.resultText = outcome.text
    else row.errorText = outcome.text
    const stored = this.#store(outcome.text)
    this.#update(
      row,
      `status = ?, ended_at = ?, result = ?, error = ?, halt = NULL, delete_at = ?,
         unconsumed_signals = ?`,
      outcome.state,
      endedAtMs,
      outcome.state === "completed" ? stored : null,
      outcome.state === "completed" ? null : stored,
      deleteAtMs ?? null,
      unconsumedSignals,
    )
  }

  halt(row: RunRow, halt: Halt): void {
    row.status = "halted"
    row.halt = halt
    const stored = this.#store(JSON.stringify(halt))
    this.#update(row, "status = 'halted', halt = ?", stored)
  }

  /**
   * The run goes on by a person's decision, or because its code is there again.
   * @param cancel the cancellation that still holds; a person's decision ends it.
   */
  reopen(row: RunRow, cancel: string | undefined): void {
    this.#free("result", "error", "halt", "cancel")
    row.status = "running"
    row.halt = undefined
    row.endedAtMs = undefined
    row.deleteAtMs = undefined
    row.resultText = undefined
    row.errorText = undefined
    row.unconsumedSignals = undefined
    row.cancel = cancel
    row.epoch++
    this.#update(
      row,
      `status = 'running', halt = NULL, ended_at = NULL, result = NULL, error = NULL,
         delete_at = NULL, unconsumed_signals = NULL, cancel = ?, epoch = ?`,
      cancel === undefined ? null : this.#store(cancel),
      row.epoch,
    )
  }

  /** The run has not been brought to rest: whoever wakes it must drive it, whatever its rows say it waits for. */
  markUnrested(): void {
    this.#tables.sql.exec("UPDATE run SET status = 'running' WHERE status = 'suspended'")
  }

  /**
   * A machine has been driven. The first one of this object tells of a replay: those behind it only go over what was in
   * memory already, as after a pause.
   * @param entries that it has replayed, `undefined` while there are more
   */
  replayed(row: RunRow, entries: number | undefined): void {
    if (this.#isTakenUp || entries === undefined) return
    this.#isTakenUp = true
    if (entries === 0) return
    this.#unwritten = { atMs: Date.now(), entries }
    row.replays = withReplay(row.replays, this.#unwritten)
  }

  /** Writes that down, where no change of the row has done so. */
  settleReplay(row: RunRow): void {
    if (this.#unwritten !== undefined) this.#write(row, [], [])
  }

  requestCancel(row: RunRow, reason: string): void {
    row.cancel = reason
    row.epoch++
    const stored = this.#store(reason)
    this.#tables.sql.exec("UPDATE run SET cancel = ?, epoch = ?", stored, row.epoch)
  }

  nextGeneration(row: RunRow, inputText: string): void {
    this.#free("generation_input")
    row.generation++
    row.epoch++
    row.generationInputText = inputText
    this.#tables.sql.exec(
      "UPDATE run SET generation = ?, epoch = ?, generation_input = ?",
      row.generation,
      row.epoch,
      this.#store(inputText),
    )
  }

  /** The row with a new status. */
  #update(row: RunRow, assignments: string, ...bindings: SqlStorageValue[]): void {
    row.changes++
    row.changedAtMs = Date.now()
    const columns = [assignments, "changes = ?", "changed_at = ?"]
    this.#write(row, columns, [...bindings, row.changes, row.changedAtMs])
    const before = this.#status
    this.#status = row.status
    this.#changed(row, before)
  }

  /** These columns, and those that are written whenever the row is. */
  #write(row: RunRow, columns: readonly string[], bindings: readonly SqlStorageValue[]): void {
    const replay = this.#unwritten
    // A row that was read anew after a failed wake does not have it.
    if (replay !== undefined && row.replays?.last.at(-1) !== replay) {
      row.replays = withReplay(row.replays, replay)
    }
    const replays = replay === undefined ? [] : [JSON.stringify(row.replays)]
    const all = [
      ...columns,
      ...replays.map(() => "replays = ?"),
      "rows_written = ?",
      "rows_read = ?",
    ]
    this.#tables.sql.exec(
      `UPDATE run SET ${all.join(", ")}`,
      ...bindings,
      ...replays,
      ...this.#counted(1),
    )
    this.#unwritten = undefined
  }

  /** Rows written and read, with what the statement does that writes them down. */
  #counted(read: number): [number, number] {
    const { rows } = this.#tables.sql
    return [rows.written + 1, rows.read + read]
  }

  #store(text: string): string {
    return this.#tables.store(text, COLUMN_BYTES_MAX)
  }

  /** Frees the chunks behind these columns, which are about to be overwritten. */
  #free(...columns: string[]): void {
    if (!this.#tables.has("chunks")) return
    const [row] = this.#tables.sql.exec<Stored>(`SELECT ${columns.join(", ")} FROM run`).toArray()
    for (const column of columns) {
      const stored = row?.[column]
      this.#tables.free(typeof stored === "string" ? stored : null)
    }
  }
}
