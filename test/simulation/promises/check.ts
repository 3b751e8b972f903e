// Check: one promise, watched: what it is told, and what it says when the promise is broken.
// Owns: the contract of every check in this folder. A check keeps no time and asks nobody: it judges what it is told.

import type { JournalRecord } from "../../../src/engine/ports/journal.ts"
import type { Change, Rows } from "./rows.ts"
import type { AttemptNote, RunView } from "./run-view.ts"
import type { Answered } from "./answers.ts"

/** A broken promise in parts; whoever gathers it adds the promise and the run. */
export interface Finding {
  readonly path?: string | undefined
  readonly expected: string
  readonly found: string
}

/** What the outside was told when a call reached it. */
export interface Effect extends AttemptNote {
  /** Whether the function was known to touch the outside, so that its start had to be recorded before it was called. */
  readonly isAsync: boolean
}

/** The end of a seed: faults have stopped and time has run on until nothing moved. */
export interface Quiet {
  readonly atMs: number
  /** The latest rows of each object that has a run. */
  readonly runs: ReadonlyMap<string, RunView>
}

export interface Check {
  /** As the texts number it: "promise 7", "resonate C6". */
  readonly promise: string
  /** What is promised, in a few words. */
  readonly says: string
  /** A record was committed. The view knows all before it; `rows` are those after the commit. */
  record?(run: RunView, record: JournalRecord, change: Change): Finding | undefined
  /** Everything of a commit has been told. `run.before` and `run.rows` are the rows before and after. */
  commit?(run: RunView, change: Change): Finding | undefined
  /** Asked before the commit is taken into the view, with what was called and seen in its stretch. */
  stretch?(run: RunView, change: Change): Finding | undefined
  /** The object was reset: what was not committed is gone. */
  reset?(run: RunView): Finding | undefined
  /** A life of the run is over: its rows are gone, or another life has taken their place. */
  gone?(run: RunView, rows: Rows, atMs: number): Finding | undefined
  /** A step function is called; nothing of its stretch is committed yet. */
  called?(run: RunView, note: AttemptNote): Finding | undefined
  /** A call has arrived outside. */
  arrived?(run: RunView, effect: Effect): Finding | undefined
  /** Somebody outside has got an answer. */
  answered?(run: RunView, answer: Answered): Finding | undefined
  /** Something threw out of an object's door or alarm that is no answer. */
  escaped?(run: RunView, what: string): Finding | undefined
  quiet?(quiet: Quiet): { readonly run: string; readonly finding: Finding } | undefined
}
