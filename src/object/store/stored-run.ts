// Stored run: the shape of the run's one row in memory, and how it comes from the table.
// Owns: that shape, and the columns' names and types on the way in. Must not touch: the table.

import type { Halt } from "../../engine/errors.ts"
import type { Fault } from "../../engine/ports/ports.ts"
import type { RowCounts, RunReplays, RunStatus } from "../../engine/ports/runs.ts"
import type { Slot } from "../limiter/slot.ts"
import type { RunTrace } from "../telemetry/run-trace.ts"

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
  /** How often the status has changed in this life. */
  changes: number
  /** When it last did. */
  changedAtMs: number
  /** `undefined` while nothing is to be kept of its trace. */
  trace: RunTrace | undefined
  /** When it was taken up from its journal. */
  replays: RunReplays | undefined
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

export type Stored = Record<string, SqlStorageValue>

/** @param load gives the text behind what stands in a column. */
export function rowFrom(row: Stored, load: (stored: string) => string): RunRow {
  const loaded = (column: string) => {
    const text = textOf(row[column])
    return text === undefined ? undefined : load(text)
  }
  const required = (column: string) => textOf(row[column]) ?? ""
  const number = (column: string) => (row[column] === null ? undefined : Number(row[column]))
  const json = (column: string): unknown => {
    const text = loaded(column)
    return text === undefined ? undefined : JSON.parse(text)
  }
  return {
    id: required("id"),
    incarnation: required("incarnation"),
    workflow: required("workflow"),
    version: Number(row["version"]),
    status: required("status") as RunStatus,
    inputText: loaded("input") ?? "[]",
    generation: Number(row["generation"]),
    generationInputText: loaded("generation_input"),
    epoch: Number(row["epoch"]),
    tags: (json("tags") ?? {}) as Record<string, string>,
    faults: (json("faults") ?? []) as Fault[],
    createdAtMs: Number(row["created_at"]),
    deadlineMs: number("deadline_at"),
    endedAtMs: number("ended_at"),
    resultText: loaded("result"),
    errorText: loaded("error"),
    halt: json("halt") as Halt | undefined,
    cancel: loaded("cancel"),
    unconsumedSignals: number("unconsumed_signals"),
    parent: json("parent") as ParentLink | undefined,
    startAtMs: number("start_at"),
    startedAtMs: number("started_at"),
    deleteAtMs: number("delete_at"),
    slot: json("limits") as Slot | undefined,
    forkedFrom: json("forked_from") as ForkOrigin | undefined,
    changes: Number(row["changes"]),
    changedAtMs: number("changed_at") ?? Number(row["created_at"]),
    trace: json("trace") as RunTrace | undefined,
    replays: json("replays") as RunReplays | undefined,
  }
}

/** What was counted when the row was written last. */
export function rowsOf(row: Stored): RowCounts {
  return { written: Number(row["rows_written"]), read: Number(row["rows_read"]) }
}

function textOf(value: SqlStorageValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined
}
