// Journal: the records a run is made of, in the order they were recorded.
// Owns: the shape of a record and the words for its type. Must not touch: SQL (object/), matching (replay).
//   J1. Records are only appended; their `seq` is the total order in which a replay hands them out.
//   J2. The first record of an entry carries its kind, name and digest; later ones carry the path alone.
//   J3. `inline` says that the record was a consequence of the workflow's own advance and came while it ran;
//       all others are facts from outside, handed out when nothing can run.

export type EntryKind =
  | "step"
  | "timer"
  | "signal"
  | "update"
  | "promise"
  | "child"
  | "race"
  | "all"
  | "any"
  | "publish"
  | "operator"

/** How an entry can end. */
export type OutcomeState = "completed" | "failed" | "cancelled" | "timed_out"

/**
 * - `open`: the entry exists and waits (timer, signal, update, promise, race, …)
 * - `start`: an attempt of a step that may touch the outside begins
 * - `fail`: an attempt failed and another follows at `dueMs`
 * - an outcome state: the entry is settled
 * - `cancel`: the whole run is being unwound; `name` says why
 * - `stop`: a child was told to end
 * - `expire`: the entry's own deadline passed while its parts still have to be unwound
 * - `operator`: a person intervened; `name` says how
 */
export type RecordType =
  "open" | "start" | "fail" | OutcomeState | "cancel" | "stop" | "expire" | "operator"

export interface JournalRecord {
  readonly seq: number
  readonly type: RecordType
  readonly path: string
  readonly atMs: number
  readonly inline: boolean
  readonly kind?: EntryKind | undefined
  readonly name?: string | undefined
  readonly digest?: number | undefined
  readonly attempt?: number | undefined
  /** Encoded value or error. */
  readonly text?: string | undefined
  readonly dueMs?: number | undefined
  /** Id of the inbox message that was consumed. */
  readonly ref?: number | undefined
}

export interface Outcome {
  readonly state: OutcomeState
  /** Encoded value when completed, else the encoded error. */
  readonly text: string
  /** Id of the inbox message that was consumed. */
  readonly ref?: number | undefined
}

const OUTCOME_STATES: ReadonlySet<RecordType> = new Set<RecordType>([
  "completed",
  "failed",
  "cancelled",
  "timed_out",
])

export function isOutcome(record: JournalRecord): record is JournalRecord & { type: OutcomeState } {
  return OUTCOME_STATES.has(record.type)
}

export function outcomeOf(record: JournalRecord & { type: OutcomeState }): Outcome {
  return { state: record.type, text: record.text ?? "null", ref: record.ref }
}
