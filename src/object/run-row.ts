// Run row: the one row that says what the run is and how it stands.
// Owns: reading and writing that row. Must not touch: the journal, alarms.
//   R1. Every change of status goes through here, and raises the epoch where a person or a generation causes it.

import type { Halt } from "../engine/errors.ts"
import type { Outcome } from "../engine/journal.ts"
import { ROW_BYTES_MAX } from "../engine/limits.ts"
import type { Fault } from "../engine/ports.ts"
import type { RunStatus } from "../engine/runs.ts"
import type { Slot } from "./limiter/slot.ts"
import { migrate, SCHEMA_VERSION } from "./schema.ts"
import type { Tables } from "./tables.ts"

export interface RunRow {
  readonly id: string
  readonly incarnation: string
  readonly workflow: string
  readonly version: number
  status: RunStatus
  readonly inputText: string
  generation: number
  /** Input of the present generation, when it is not the first. */
  generationInputText: string | undefined
  epoch: number
  readonly tags: Readonly<Record<string, string>>
  readonly faults: readonly Fault[]
  readonly createdAtMs: number
  deadlineMs: number | undefined
  endedAtMs: number | undefined
  resultText: string | undefined
  errorText: string | undefined
  halt: Halt | undefined
  /** Why the run is being cancelled, once somebody asked. */
  cancel: string | undefined
  unconsumedSignals: number | undefined
  /** The run that started it as its child. */
  readonly parent: ParentLink | undefined
  /** Not begun before this instant. */
  startAtMs: number | undefined
  /** When its workflow began; `undefined` until then. */
  startedAtMs: number | undefined
  /** When an ended run deletes itself; `undefined` for never. */
  deleteAtMs: number | undefined
  /** Its place at its limiter; `undefined` when its workflow has no limits. */
  slot: Slot | undefined
  /** The run whose journal it began with. */
  readonly forkedFrom: ForkOrigin | undefined
}

/** Which entry of which life of which run a fork was taken at. */
export interface ForkOrigin {
  readonly id: string
  readonly incarnation: string
  readonly path: string
}

/** Which entry of which life of which run started this one. */
export interface ParentLink {
  readonly id: string
  readonly incarnation: string
  readonly generation: number
  readonly path: string
  readonly attempt: number
}

/** What is fixed when a run ends. */
interface RunEnd {
  readonly endedAtMs: number
  /** `undefined` for never. */
  readonly deleteAtMs: number | undefined
  readonly unconsumedSignals: number
}

type Stored = Record<string, SqlStorageValue>

/** The long texts of a run share its one row: two inputs, a result or error, a halt, the reason of a cancellation. */
const COLUMN_BYTES_MAX = Math.floor(ROW_BYTES_MAX / 6)

export class RunRows {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** `undefined` when this object holds no run. Writes nothing, unless an older object has to be brought forward. */
  load(): RunRow | undefined {
    if (!this.#tables.has("run")) return undefined
    const { sql } = this.#tables
    const [stamp] = sql.exec<Stored>("SELECT schema_version FROM run").toArray()
    if (stamp === undefined) return undefined
    const version = Number(stamp["schema_version"])
    if (version !== SCHEMA_VERSION) this.#tables.atomically(() => migrate(sql, version))
    return this.#fromStored(sql.exec<Stored>("SELECT * FROM run").one())
  }

  insert(row: RunRow): void {
    this.#tables.ensure("run")
    this.#tables.ensure("journal")
    this.#tables.sql.exec(
      `INSERT INTO run (one, schema_version, id, incarnation, workflow, version, status, input, generation, epoch,
         tags, faults, created_at, deadline_at, parent, start_at, started_at, limits, generation_input,
         forked_from)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    )
  }

  setStatus(row: RunRow, status: RunStatus): void {
    if (row.status === status) return
    row.status = status
    this.#tables.sql.exec("UPDATE run SET status = ?", status)
  }

  setSlot(row: RunRow, slot: Slot): void {
    this.#tables.sql.exec("UPDATE run SET limits = ?", JSON.stringify(slot))
    row.slot = slot
  }

  /** Its workflow begins. */
  begin(row: RunRow, nowMs: number): void {
    row.status = "running"
    row.startedAtMs = nowMs
    this.#tables.sql.exec("UPDATE run SET status = 'running', started_at = ?", nowMs)
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
    this.#tables.sql.exec(
      `UPDATE run SET status = ?, ended_at = ?, result = ?, error = ?, halt = NULL, delete_at = ?,
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
    this.#tables.sql.exec("UPDATE run SET status = 'halted', halt = ?", stored)
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
    this.#tables.sql.exec(
      `UPDATE run SET status = 'running', halt = NULL, ended_at = NULL, result = NULL, error = NULL,
         delete_at = NULL, unconsumed_signals = NULL, cancel = ?, epoch = ?`,
      cancel === undefined ? null : this.#store(cancel),
      row.epoch,
    )
  }

  /** The run has not been brought to rest: whoever wakes it must drive it, whatever its rows say it waits for. */
  markUnrested(): void {
    this.#tables.sql.exec("UPDATE run SET status = 'running' WHERE status = 'suspended'")
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

  #store(text: string): string {
    return this.#tables.store(text, COLUMN_BYTES_MAX)
  }

  /** Frees the chunks behind these columns, which are about to be overwritten. */
  #free(...columns: string[]): void {
    if (!this.#tables.has("chunks")) return
    const [row] = this.#tables.sql.exec<Stored>(`SELECT ${columns.join(", ")} FROM run`).toArray()
    for (const column of columns) this.#tables.free(textOf(row?.[column]) ?? null)
  }

  #fromStored(row: Stored): RunRow {
    const load = (column: string) => {
      const text = textOf(row[column])
      return text === undefined ? undefined : this.#tables.load(text)
    }
    const required = (column: string) => textOf(row[column]) ?? ""
    const number = (column: string) => (row[column] === null ? undefined : Number(row[column]))
    const json = (column: string): unknown => {
      const text = load(column)
      return text === undefined ? undefined : JSON.parse(text)
    }
    return {
      id: required("id"),
      incarnation: required("incarnation"),
      workflow: required("workflow"),
      version: Number(row["version"]),
      status: required("status") as RunStatus,
      inputText: load("input") ?? "[]",
      generation: Number(row["generation"]),
      generationInputText: load("generation_input"),
      epoch: Number(row["epoch"]),
      tags: (json("tags") ?? {}) as Record<string, string>,
      faults: (json("faults") ?? []) as Fault[],
      createdAtMs: Number(row["created_at"]),
      deadlineMs: number("deadline_at"),
      endedAtMs: number("ended_at"),
      resultText: load("result"),
      errorText: load("error"),
      halt: json("halt") as Halt | undefined,
      cancel: load("cancel"),
      unconsumedSignals: number("unconsumed_signals"),
      parent: json("parent") as ParentLink | undefined,
      startAtMs: number("start_at"),
      startedAtMs: number("started_at"),
      deleteAtMs: number("delete_at"),
      slot: json("limits") as Slot | undefined,
      forkedFrom: json("forked_from") as ForkOrigin | undefined,
    }
  }
}

function textOf(value: SqlStorageValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined
}
