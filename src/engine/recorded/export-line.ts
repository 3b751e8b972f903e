// Export line: the lines of an exported run: what one JSON line of the file may be.
// Owns: the shapes and the number of the format. Must not touch: how lines are made (object/) or read (recorded-run.ts).
//   X1. The first line is the run, the last one `end`. A file without its `end` was cut and is not to be believed.
//   X2. Values stand as the codec's text, each in a line of its own, so that no line holds two of them.
//   X3. Whoever reads knows the types below and the fields below, and refuses others: a new one is a new format.

import type { JournalRecord } from "../ports/journal.ts"
import type { Fault } from "../ports/ports.ts"
import type { RunStatus } from "../ports/run-status.ts"

export const EXPORT_FORMAT = 1

/** The run as it was when the first page was read; its texts follow as `value` lines. */
export interface RunLine {
  readonly type: "run"
  readonly format: number
  /** Promise tokens and stacks are left out: whoever asked may not see them. */
  readonly masked?: boolean | undefined
  readonly exportedAtMs: number
  readonly id: string
  readonly incarnation: string
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  readonly generation: number
  readonly epoch: number
  /** The last record of the file; 0 when the journal is empty. */
  readonly lastSeq: number
  readonly createdAtMs: number
  readonly startAtMs?: number | undefined
  readonly startedAtMs?: number | undefined
  readonly deadlineMs?: number | undefined
  readonly endedAtMs?: number | undefined
  readonly deleteAtMs?: number | undefined
  readonly unconsumedSignals?: number | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly faults: readonly Fault[]
  readonly parent?: unknown
}

/** One of the run's own texts. `halt` is why it stands still, as JSON; `cancel` why it unwinds. */
export interface ValueLine {
  readonly type: "value"
  readonly name: "input" | "generationInput" | "result" | "error" | "halt" | "cancel"
  readonly text: string
}

/** A record of the journal of the present generation, in the order of `seq`; what is missing is in a `fold`. */
interface RecordLine {
  readonly type: "record"
  readonly record: JournalRecord
}

/** A row of what stands beside the journal; told to people, and for bringing a run elsewhere. */
export type RowLine =
  | {
      readonly type: "wait"
      readonly id: number
      readonly kind: string
      readonly path: string
      readonly name?: string | undefined
      readonly dueMs?: number | undefined
    }
  | { readonly type: "state"; readonly name: string; readonly text: string }
  | { readonly type: "signal"; readonly id: number; readonly name: string; readonly text: string }
  | {
      readonly type: "update"
      readonly id: number
      readonly name: string
      readonly status: string
      readonly text: string
    }
  /** The accumulator of a fold after `count` items; records of these, up to `lastSeq`, are not in the journal. */
  | {
      readonly type: "fold"
      readonly id: number
      readonly count: number
      readonly lastSeq: number
      readonly text: string
    }
  /** What an update was answered. */
  | { readonly type: "answer"; readonly id: number; readonly text: string }
  | {
      readonly type: "promise"
      readonly generation: number
      readonly path: string
      /** Left out where masked. */
      readonly token?: string | undefined
      readonly state?: string | undefined
      readonly text?: string | undefined
    }
  | {
      readonly type: "child"
      readonly generation: number
      readonly path: string
      readonly attempt: number
      readonly id: string
      readonly incarnation: string
      readonly workflow: string
      /** What becomes of it when its parent ends. */
      readonly close: string
      readonly status?: string | undefined
      readonly state?: string | undefined
      readonly text?: string | undefined
    }

/** What an object hands out. The end is added by whoever has counted what went out. */
export type ExportLine = RunLine | ValueLine | RowLine | RecordLine

export type ClosingLine =
  | { readonly type: "end"; readonly records: number }
  /** The file stops here and is worth nothing: why. */
  | { readonly type: "error"; readonly message: string }

/** Where a reading of a run stands between two pages. Only ever given back to where it came from. */
export interface ExportCursor {
  readonly incarnation: string
  readonly generation: number
  readonly lastSeq: number
  /** The last record as it was at the first page: still there unless the journal was cut back. */
  readonly last: Pick<JournalRecord, "type" | "path" | "atMs"> | undefined
  /** The newest record behind a snapshot of a fold: another snapshot has made others forgotten. */
  readonly foldedSeq: number
  readonly section: number
  readonly after: number
}

export type ExportPage =
  | {
      readonly lines: readonly ExportLine[]
      /** Absent on the last page. */
      readonly next?: ExportCursor
    }
  /** The run is no longer the one whose export was begun: why. */
  | { readonly cut: string }
