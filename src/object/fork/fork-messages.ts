// Fork messages: what crosses between a run, its fork, and whoever carries the one to the other.
// Owns: the shapes.

import type { JournalRecord } from "../../engine/ports/journal.ts"
import type { Snapshot } from "../../engine/ports/ports.ts"
import type { OperatorAction } from "../../engine/ports/runs.ts"
import type { ForkOrigin } from "../store/stored-run.ts"

/** Where a fork is taken, and on which version it goes on. */
export interface ForkOrder {
  readonly from: string
  readonly version?: number | undefined
}

/** What the copy has of the run itself. */
export interface ForkHead {
  readonly origin: ForkOrigin
  readonly workflow: string
  readonly version: number
  readonly generation: number
  readonly tags: Readonly<Record<string, string>>
  /** The copy has as much time as the run had. */
  readonly timeoutMs?: number | undefined
}

/** One row of the copy, or a long part of one. */
export type ForkLine =
  | { readonly type: "input" | "generationInput"; readonly text: string }
  | { readonly type: "record"; readonly record: JournalRecord }
  | { readonly type: "state"; readonly name: string; readonly text: string }
  | ({ readonly type: "fold" } & Pick<Snapshot, "id" | "count" | "lastSeq" | "text">)

/** Where the next page begins, and what must still be so then. */
export interface ForkCursor {
  readonly incarnation: string
  readonly generation: number
  readonly cut: { readonly seq: number; readonly path: string; readonly atMs: number }
  readonly foldedSeq: number
  readonly section: number
  readonly after: number
}

export interface ForkPage {
  readonly lines: readonly ForkLine[]
  /** On the first page. */
  readonly head?: ForkHead
  readonly next?: ForkCursor
  /** The run was taken back or went into another generation meanwhile: the fork has to be taken anew. */
  readonly hasMoved?: true
}

/** Lines on their way into the object of the copy. */
export interface StagedPage {
  /** Names one carrying of one fork. */
  readonly fork: string
  readonly firstLine: number
  readonly lines: readonly ForkLine[]
}

/** All lines are there: the copy begins. */
export interface ForkBegin {
  readonly fork: string
  readonly lines: number
  readonly head: ForkHead
  readonly version?: number | undefined
  /** What the copy gets if this request creates it. */
  readonly incarnation: string
  readonly action: OperatorAction
}

/** For the journal of the run it was taken from. */
export interface ForkNote {
  readonly origin: ForkOrigin
  readonly to: { readonly id: string; readonly incarnation: string }
  readonly action: OperatorAction
}
