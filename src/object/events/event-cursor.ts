// Event cursor: where a watcher stands in a run's events, as the text that is an event's id.
// Owns: its form, and whether the journal that stands now is still the one it was made from.
//   C1. It tells the life, the generation and the record, and what that record was: a journal that was taken back has
//       another record at the place, since a later one has a later instant.

import { digestOf } from "../../engine/values/digest.ts"
import { BelayError } from "../../engine/errors.ts"
import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { ResetReason } from "../../engine/ports/run-events.ts"
import type { RunStatus } from "../../engine/ports/runs.ts"
import type { RunRow } from "../store/stored-run.ts"

export interface EventCursor {
  readonly life: string
  readonly generation: number
  /** The last record seen; 0 for none. */
  readonly seq: number
  readonly print: string
  /** The status told last; `undefined` when none was. */
  readonly status: RunStatus | undefined
}

/** What tells a record from another at its place. */
type Place = Pick<JournalRecord, "type" | "path" | "atMs">

const CURSOR = /^([0-9a-z]{1,12})\.(\d{1,9})\.(\d{1,9})\.([0-9a-z]{1,12})\.([a-z_]{0,9})$/

export function beginning(row: RunRow): EventCursor {
  const life = digestOf(row.incarnation).toString(36)
  return { life, generation: row.generation, seq: 0, print: "0", status: undefined }
}

/** @throws invalid_request */
export function parseCursor(text: string): EventCursor {
  const [, life, generation, seq, print, status] = CURSOR.exec(text) ?? []
  if (life === undefined || print === undefined) {
    throw new BelayError(
      "invalid_request",
      `"${text.slice(0, 60)}" is not the id of an event; use the id of the last event you had, or none.`,
    )
  }
  return {
    life,
    generation: Number(generation),
    seq: Number(seq),
    print,
    status: status === "" ? undefined : (status as RunStatus),
  }
}

export function formatCursor(cursor: EventCursor): string {
  const { life, generation, seq, print, status } = cursor
  return [life, generation, seq, print, status ?? ""].join(".")
}

/** The cursor behind this record. */
export function after(cursor: EventCursor, record: Place & { readonly seq: number }): EventCursor {
  return { ...cursor, seq: record.seq, print: printOf(record) }
}

/**
 * Why one cannot go on from there; `undefined` when one can.
 * @param at the record that stands at the cursor's place now.
 */
export function staleness(
  cursor: EventCursor,
  row: RunRow,
  at: Place | undefined,
): ResetReason | undefined {
  if (cursor.life !== beginning(row).life) return "recreated"
  if (cursor.generation !== row.generation) return "continued"
  if (cursor.seq === 0) return undefined
  return at !== undefined && printOf(at) === cursor.print ? undefined : "rewound"
}

function printOf({ type, path, atMs }: Place): string {
  return digestOf(`${type} ${path} ${atMs}`).toString(36)
}
