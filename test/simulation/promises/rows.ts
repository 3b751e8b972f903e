// Rows: what a run object has committed, as plain data.
// Owns: the shapes that the checks look at. Must not touch: SQL (run-reader.ts), what a row ought to say (the checks).

import type { JournalRecord } from "../../../src/engine/ports/journal.ts"

export interface RunFields {
  readonly id: string
  readonly incarnation: string
  readonly workflow: string
  readonly version: number
  readonly status: string
  readonly input: string
  readonly generation: number
  readonly epoch: number
  readonly tags: string | null
  readonly createdAtMs: number
  readonly deadlineMs: number | null
  readonly endedAtMs: number | null
  readonly result: string | null
  readonly error: string | null
  readonly halt: string | null
  readonly cancel: string | null
  readonly unconsumedSignals: number | null
  readonly parent: string | null
  readonly startAtMs: number | null
  readonly startedAtMs: number | null
  readonly deleteAtMs: number | null
  /** The slot, as JSON. */
  readonly slot: string | null
  /** Where its journal was copied from, as JSON. */
  readonly forkedFrom: string | null
  /** Of a run that ended in its first stretch. */
  readonly journal: string | null
}

export interface WaitFields {
  readonly id: number
  readonly kind: string
  readonly path: string
  readonly name: string | null
  readonly dueMs: number | null
}

export interface SignalFields {
  readonly id: number
  readonly name: string
}

export interface UpdateFields extends SignalFields {
  readonly status: string
  readonly answer: string | null
}

export interface PromiseFields {
  readonly token: string
  readonly generation: number
  readonly path: string
  readonly state: string | null
  readonly text: string | null
}

export interface ChildFields {
  readonly generation: number
  readonly path: string
  readonly attempt: number
  readonly id: string
  readonly incarnation: string
  readonly close: string
  readonly state: string | null
}

export interface OutboxFields {
  readonly target: string
  readonly id: number
  readonly kind: string
  readonly tries: number
  readonly dueMs: number
}

/** A fold's snapshot: so many of its items are recorded in it, and no longer in the journal. */
export interface FoldFields {
  /** `seq` of the record that opened the fold. */
  readonly id: number
  readonly count: number
}

/** Everything but the journal, which grows and is told by its news. */
export interface Rows {
  readonly run: RunFields | undefined
  readonly folds: readonly FoldFields[]
  readonly waits: readonly WaitFields[]
  readonly inbox: readonly SignalFields[]
  readonly updates: readonly UpdateFields[]
  readonly promises: readonly PromiseFields[]
  readonly children: readonly ChildFields[]
  readonly outbox: readonly OutboxFields[]
  /** When the object's alarm fires; `null` for never. */
  readonly alarmMs: number | null
}

/** One commit of one run object. */
export interface Change {
  readonly atMs: number
  readonly rows: Rows
  /** Records that are new, in order. */
  readonly appended: readonly JournalRecord[]
  /** Records that are gone. */
  readonly forgotten: readonly JournalRecord[]
}

export const NO_ROWS: Rows = {
  run: undefined,
  folds: [],
  waits: [],
  inbox: [],
  updates: [],
  promises: [],
  children: [],
  outbox: [],
  alarmMs: null,
}

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "timed_out"])

export function isFinal(status: string): boolean {
  return FINAL.has(status)
}

/** Whether the record says how its entry ended. */
export function isEnd({ type }: JournalRecord): boolean {
  return FINAL.has(type)
}
