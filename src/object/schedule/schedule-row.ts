// Schedule row: the one row that says how a schedule stands.
// Owns: its fields and the statements that read and write it. Must not touch: starts, open runs, backfills.

import type { OperatorAction } from "../../engine/ports/runs.ts"
import type { ScheduleError } from "../../engine/ports/schedules.ts"
import { NewerTablesError } from "../store/schema.ts"
import { SCHEDULE_SCHEMA_VERSION } from "./schema.ts"

/** How a schedule stands; changed in memory and saved in the same stretch. */
export interface ScheduleRow {
  readonly name: string
  /** One life of the name, from its creation to its DELETE. */
  readonly incarnation: string
  readonly createdAtMs: number
  specId: number
  paused: (OperatorAction & { readonly atMs: number }) | undefined
  /** The first tick that has not been seen to. */
  nextAtMs: number | undefined
  lastAtMs: number | undefined
  lastRunId: string | undefined
  lastError: ScheduleError | undefined
  /** The tick that waits for the end of the running one. */
  bufferedAtMs: number | undefined
  /** When the running one is asked again, and after which pause. */
  pollAtMs: number | undefined
  pollMs: number | undefined
  started: number
  skipped: number
  missed: number
  failed: number
  /** Deleted; the row stays until the directory knows. */
  isRemoved: boolean
  /** When the directory is told next; `undefined` when it knows. */
  tellAtMs: number | undefined
  tellTries: number
}

type Stored = {
  schema_version: number
  name: string
  incarnation: string
  spec: number
  paused: string | null
  created_at: number
  next_at: number | null
  last_at: number | null
  last_run: string | null
  last_error: string | null
  buffered_at: number | null
  poll_at: number | null
  poll_ms: number | null
  started: number
  skipped: number
  missed: number
  failed: number
  is_removed: number
  tell_at: number | null
  tell_tries: number
}

export function newScheduleRow(
  name: string,
  incarnation: string,
  specId: number,
  nowMs: number,
): ScheduleRow {
  return {
    name,
    incarnation,
    specId,
    paused: undefined,
    createdAtMs: nowMs,
    nextAtMs: undefined,
    lastAtMs: undefined,
    lastRunId: undefined,
    lastError: undefined,
    bufferedAtMs: undefined,
    pollAtMs: undefined,
    pollMs: undefined,
    started: 0,
    skipped: 0,
    missed: 0,
    failed: 0,
    isRemoved: false,
    tellAtMs: nowMs,
    tellTries: 0,
  }
}

/** @throws NewerTablesError */
export function readScheduleRow(sql: SqlStorage): ScheduleRow | undefined {
  const [stored] = sql.exec<Stored>("SELECT * FROM schedule").toArray()
  if (stored === undefined) return undefined
  if (stored.schema_version > SCHEDULE_SCHEMA_VERSION) {
    throw new NewerTablesError(stored.schema_version, SCHEDULE_SCHEMA_VERSION)
  }
  return {
    name: stored.name,
    incarnation: stored.incarnation,
    createdAtMs: stored.created_at,
    specId: stored.spec,
    paused: parsed(stored.paused),
    nextAtMs: stored.next_at ?? undefined,
    lastAtMs: stored.last_at ?? undefined,
    lastRunId: stored.last_run ?? undefined,
    lastError: parsed(stored.last_error),
    bufferedAtMs: stored.buffered_at ?? undefined,
    pollAtMs: stored.poll_at ?? undefined,
    pollMs: stored.poll_ms ?? undefined,
    started: stored.started,
    skipped: stored.skipped,
    missed: stored.missed,
    failed: stored.failed,
    isRemoved: stored.is_removed === 1,
    tellAtMs: stored.tell_at ?? undefined,
    tellTries: stored.tell_tries,
  }
}

/** Written as a whole, or not at all. */
export function writeScheduleRow(sql: SqlStorage, row: ScheduleRow): void {
  sql.exec(
    `INSERT OR REPLACE INTO schedule VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    SCHEDULE_SCHEMA_VERSION,
    row.name,
    row.incarnation,
    row.specId,
    textOf(row.paused),
    row.createdAtMs,
    row.nextAtMs ?? null,
    row.lastAtMs ?? null,
    row.lastRunId ?? null,
    textOf(row.lastError),
    row.bufferedAtMs ?? null,
    row.pollAtMs ?? null,
    row.pollMs ?? null,
    row.started,
    row.skipped,
    row.missed,
    row.failed,
    row.isRemoved ? 1 : 0,
    row.tellAtMs ?? null,
    row.tellTries,
  )
}

function textOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function parsed<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T)
}
