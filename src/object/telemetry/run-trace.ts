// Run trace: what a run's row keeps of its trace: where the caller's trace came from, and how far it is exported.
// Owns: the shape, and what it is where nothing is kept yet. Must not touch: rows (run-row.ts), spans.
//   R1. Nothing stands there until there is something to keep: a run that is not traced has none.

import type { TraceContext } from "../../engine/ports/trace-context.ts"
import type { HaltCode } from "../../engine/errors.ts"

/** A time at which the run stood still until a person looked. */
export interface HaltMark {
  readonly atMs: number
  readonly code: HaltCode
  readonly message: string
}

export interface RunTrace {
  /** What the start came with. */
  readonly caller?: TraceContext | undefined
  /** The last record of the present generation whose spans a collector has. */
  readonly seq: number
  /** Times that a person took the present generation's journal back. */
  readonly round: number
  /** The last record of the round before: what was open there was closed there. */
  readonly roundSeq: number
  /** When the present generation or round began; the run's own beginning unless given. */
  readonly sinceMs?: number | undefined
  /** The span of the generation or round before this one. */
  readonly before?: string | undefined
  /** Of the present round, the newest. */
  readonly halts?: readonly HaltMark[] | undefined
  /** The collector has the span of the run itself, as it ended. */
  readonly isClosed?: true | undefined
}

export const UNTOLD: RunTrace = { seq: 0, round: 0, roundSeq: 0 }

export function callersTrace(caller: TraceContext | undefined): RunTrace | undefined {
  return caller === undefined ? undefined : { ...UNTOLD, caller }
}
