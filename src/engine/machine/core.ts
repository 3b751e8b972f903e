// Core: what the parts of the machine (fibers, entries, steps, messages, composites) may ask of the whole.
// Owns: the interface and the facts a machine can be told. Implemented by machine.ts alone.

import type { Attempt, AttemptEnd, RunIdentity } from "../steps/attempt.ts"
import type { Halt } from "../errors.ts"
import type { JournalRecord, Outcome } from "../ports/journal.ts"
import type { MachineLimits } from "./machine-limits.ts"
import type { Log, RecordFields } from "./log.ts"
import type { Operation } from "../workflow/operation.ts"
import type { Fault, Ports } from "../ports/ports.ts"
import type { StretchStore } from "./stretch-store.ts"
import type { Cancelled, CancelReason, Entry, Fiber, Resume } from "./tree.ts"
import type { Waits } from "./waits.ts"

/** What a machine knows of its run. */
export interface MachineRun extends RunIdentity {
  readonly inputText: string
  /** Absolute; past it the run unwinds and ends `timed_out`. */
  readonly deadlineMs: number | undefined
  readonly faults: readonly Fault[]
  /** No record stands in the journal yet. */
  readonly isFresh: boolean
}

/** A fact from outside, taken up one by one when nothing can run. */
export type MachineEvent =
  | ({
      readonly type: "attempt"
      readonly entry: Entry
      readonly attempt: Attempt
    } & AttemptEnd)
  | { readonly type: "attemptTimeout"; readonly entry: Entry; readonly attempt: Attempt }
  | { readonly type: "due"; readonly waitId: number }
  | { readonly type: "message"; readonly kind: "signal" | "update"; readonly name: string }
  | { readonly type: "promise"; readonly path: string }
  /** A child has told its end, or has to be started anew. */
  | { readonly type: "child"; readonly path: string }
  | { readonly type: "cancel"; readonly reason: CancelReason }

/** Entries of the engine's own making: added first, then performed or taken from the journal. */
export interface EntryMap {
  find(path: string): Entry | undefined
  add(entry: Entry): void
  meet(entry: Entry): void
}

/** The ports, with the store as the present stretch sees it. */
export interface CorePorts extends Ports {
  readonly store: StretchStore
}

export interface Core {
  readonly ports: CorePorts
  readonly run: MachineRun
  readonly log: Log
  readonly waits: Waits
  readonly limits: MachineLimits
  /** The run has ended or halted: nothing may be touched any more. */
  readonly isStopped: boolean
  /** What can wait is performed later: the slice is over and the event loop has its turn first, or the run is paused. */
  readonly defersWork: boolean

  /** Makes an entry of an operation at a path and performs it as far as it goes at once. */
  create(fiber: Fiber, operation: Operation<unknown>, path: string): Entry
  /** The same without performing it: the caller has its outcome at hand. */
  adopt(fiber: Fiber, operation: Operation<unknown>, path: string): Entry
  /** Attempts at this path before an operator asked for another go; 0 otherwise. */
  attemptsBefore(path: string): number
  /** Appends a record of this entry; the first one carries what the entry is. Live only. */
  record(entry: Entry, fields: Omit<RecordFields, "path">): JournalRecord
  /**
   * Settles the entry: appends the outcome, or takes it from the journal while replaying. Then tells who waits.
   * @param beside writes what stands or falls with the record; live only
   */
  settle(entry: Entry, outcome: Outcome, attempt?: number, beside?: () => void): void
  /** Cancels an entry and all below it, leaves first. */
  cancel(entry: Entry, reason: CancelReason): Cancelled
  /** What `yield*` of a settled entry gives or throws. */
  resumeOf(entry: Entry): Resume

  spawn(entry: Entry): void
  resume(fiber: Fiber, resume: Resume): void
  /** Something that the fiber had begun has ended; perhaps the fiber has, too. */
  joined(fiber: Fiber): void
  /** The workflow itself has ended. */
  finish(outcome: Outcome, continueWith: string | undefined): void

  post(event: MachineEvent): void
  halt(halt: Halt): void
}
