// Instruments: what a sweep holds against a run while it goes: who sees its writes and calls, and may kill it there.
// Owns: the interface between a process and whoever watches it. Implemented by crash-plan.ts and witness.ts.

import type { StepContext } from "../engine/workflow/context.ts"
import type { JournalRecord } from "../engine/ports/journal.ts"
import type { MachineLimits } from "../engine/machine/machine-limits.ts"
import type { BodyWatch } from "./body-watch.ts"

/** One attempt of one step, as it began. */
export interface StepCall {
  readonly name: string
  readonly path: string
  readonly attempt: number
  readonly input: readonly unknown[]
}

/**
 * What becomes of the process at a call of a step:
 * - `before`: it dies when the start is committed, and the function is never called
 * - `during`: it dies as soon as the function gives way for the first time
 * - `after`: it dies when the function has ended, before anybody is told
 */
export type CallFate = "before" | "during" | "after"

export type StepFunctionOfTest = (...input: unknown[]) => unknown

export interface WatchedCall extends StepCall {
  readonly run: string
  readonly generation: number
  /** Which life of the process, from 1. */
  readonly life: number
  /** What is called: the mock, where there is one. */
  readonly fn: StepFunctionOfTest
}

export interface Instruments {
  readonly watch?: BodyWatch | undefined
  readonly limits?: MachineLimits | undefined
  /** Names of steps that are known to hang: nobody waits for them. */
  readonly hanging?: Set<string> | undefined
  /** Told before a record is written: whether the process dies instead, or once it is committed. */
  wrote?(run: string, record: JournalRecord): "now" | "committed" | undefined
  /** Told before a function is called that may take its time. */
  fateOf?(call: WatchedCall): CallFate | undefined
  /** What the function is handed in the place of its context. */
  contextOf?(call: WatchedCall, ctx: StepContext): StepContext
}
