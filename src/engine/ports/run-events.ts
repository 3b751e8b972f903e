// Run events: what those who watch a run are told, and where they stand.
// Owns: the shapes. Values cross as the codec's text, as everywhere at the port.
//   E1. One event for each change of an entry: a record that changes nothing people see makes none.
//   E2. An event's id says all that is needed to go on behind it, in another life of the object, too.

import type { Halt } from "../errors.ts"
import type { RecordType } from "./journal.ts"
import type { JournalEntryRecord, RunStatus } from "./runs.ts"

/** What changed an entry: all of an entry's changes in order are the history of its attempts. */
export interface EntryChange {
  readonly type: RecordType
  readonly atMs: number
  /** When the next attempt is due, of one that failed; when it ends at the latest, of one that begins to wait. */
  readonly dueMs?: number
}

/**
 * Why what a watcher holds of the journal is worth nothing any more; what follows begins at its first entry.
 * - `continued`: the run went on as a new generation, with an empty journal
 * - `rewound`: a person took the journal back, to retry from there
 * - `recreated`: the run was deleted, and another was started under its id
 */
export type ResetReason = "continued" | "rewound" | "recreated"

export type RunEvent =
  | {
      readonly type: "entry"
      readonly id: string
      readonly entry: JournalEntryRecord
      /** Its value or error is too long to be told. */
      readonly omitted?: true
      readonly change: EntryChange
    }
  | {
      readonly type: "status"
      readonly id: string
      readonly status: RunStatus
      readonly generation: number
      readonly halt?: Halt
    }
  | {
      readonly type: "reset"
      readonly id: string
      readonly reason: ResetReason
      readonly generation: number
    }
  /** The run has ended and nothing follows; the run itself is asked for by its id. */
  | { readonly type: "end"; readonly id: string }

export interface EventBatch {
  readonly events: readonly RunEvent[]
  readonly status: RunStatus
  /** There is more at once. */
  readonly hasMore: boolean
}

export interface RunEvents {
  /**
   * The events behind the one with this id, from the beginning without one; waits at most `waitMs` for the first.
   * @throws BelayError run_unknown, invalid_request for what is no id
   */
  events(id: string, after: string | undefined, waitMs: number): Promise<EventBatch>
}

/** Somebody wants to watch a run over a socket. */
export interface SocketOrder {
  /** The run. */
  readonly id: string
  /** The id of the last event the watcher had. */
  readonly after: string | undefined
  /** As the codec's text; with stacks. */
  readonly view: { readonly encoded: boolean; readonly privileged: boolean }
  /** Named back to the watcher, who offered it. */
  readonly protocol: string | undefined
}
