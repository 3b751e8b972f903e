// Runs: what can be asked of runs from outside, whoever answers. The port between the doors (http/, systems/) and
// the objects that hold the runs.
// Owns: the shapes that cross it. Values cross as the codec's text, so nothing is lost on the way.
//   U1. Every method throws BelayError with a code of the closed list, and nothing else on purpose.

import type { HaltCode } from "../errors.ts"
import type { ExportCursor, ExportPage } from "../recorded/export-line.ts"
import type { EntryKind, OutcomeState } from "./journal.ts"
import type { Fault } from "./ports.ts"
import type { RunStatus } from "./run-status.ts"
import type { TraceContext } from "./trace-context.ts"

export { isFinal, type RunStatus } from "./run-status.ts"

export interface WaitingFor {
  readonly kind: "timer" | "retry" | "signal" | "update" | "promise" | "child" | "start"
  readonly path: string
  readonly name?: string
  readonly untilMs?: number
  /** Of a child: its run id. */
  readonly id?: string
  /** Of a child: `halted` while a person must look at it. */
  readonly status?: string
  /** Of a promise; for role `operate` only. */
  readonly token?: string
}

/** Rows of the run's own object. */
export interface RowCounts {
  readonly written: number
  readonly read: number
}

/** The run was taken up from its journal by an object that did not have it: after a kill, a deploy, an eviction, or as a fork. */
export interface Replay {
  readonly atMs: number
  /** Entries that stood in the journal: what had an outcome did not run again. */
  readonly entries: number
}

export interface RunReplays {
  readonly count: number
  /** The last of them, oldest first. */
  readonly last: readonly Replay[]
}

export interface RunRecord {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  /** Encoded list of arguments of the first generation. */
  readonly inputText: string
  /** Encoded result, when completed. */
  readonly resultText?: string
  /** Encoded error, when failed, cancelled or timed out. */
  readonly errorText?: string
  /** Why it stands still, when halted. */
  readonly halt?: { readonly code: HaltCode; readonly message: string; readonly details?: unknown }
  readonly createdAtMs: number
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly tags: Readonly<Record<string, string>>
  /** The run that started it as its child, and the entry there. */
  readonly parent?: { readonly id: string; readonly path: string }
  readonly generation: number
  readonly incarnation: string
  readonly waitingFor: readonly WaitingFor[]
  /**
   * Rows that its object has written and read for it, alarms among the written ones: what the platform bills. After a
   * kill or an eviction, what was counted since its status changed last is missing.
   */
  readonly rows: RowCounts
  /** `undefined` for a run that never left its object's memory. */
  readonly replays?: RunReplays
  /** Signals that had been accepted and were never consumed, of an ended run. */
  readonly unconsumedSignals?: number
}

export interface StartRequest {
  readonly workflow: string
  readonly input: readonly unknown[]
  readonly version?: number | undefined
  readonly timeoutMs?: number | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Development only; kept with the run, ignored when the run exists. */
  readonly faults?: readonly Fault[] | undefined
  /** The workflow does not begin before this instant; ignored when the run exists. */
  readonly startAtMs?: number | undefined
  /** The trace that the run is to be a part of; ignored when the run exists. */
  readonly trace?: TraceContext | undefined
  /** Reaches the run with its start: when the run is made, and when it is there already. */
  readonly signal?: CarriedMessage | undefined
  readonly update?: CarriedMessage | undefined
  /** Makes the signal and the update the same ones in every start that carries it. */
  readonly idempotencyKey?: string | undefined
  /**
   * Wait at most so long for the end, or with `update` for its answer; 0 unless given, 10,000 with `update`, cut at
   * 30,000.
   */
  readonly waitMs?: number | undefined
}

/** A message that comes with a start. */
interface CarriedMessage {
  readonly name: string
  readonly value?: unknown
}

export interface Started {
  /** True when this very request created the run. */
  readonly created: boolean
  readonly run: RunRecord
  /** How the update stands that came with the start. */
  readonly update?: UpdateAnswer
  /** The run's place in its trace, where it is traced. */
  readonly trace?: TraceContext
}

export interface JournalEntryRecord {
  readonly path: string
  readonly kind: EntryKind
  readonly name?: string
  readonly state: "started" | "waiting" | OutcomeState
  readonly attempts: number
  /** Of a child: its run, or the last one where it was tried again. */
  readonly runId?: string
  /** Encoded value, when completed. */
  readonly valueText?: string
  /** Encoded error, when it did not complete; of the last failed attempt while it is retried. */
  readonly errorText?: string
  readonly createdAtMs: number
  readonly startedAtMs?: number
  readonly settledAtMs?: number
}

export interface JournalPage {
  readonly entries: readonly JournalEntryRecord[]
  /** Give it as `after` to get the next page; absent on the last one. */
  readonly next?: string
}

/** How an update stands after waiting for its answer. */
export type UpdateAnswer =
  | { readonly state: "replied"; readonly replyText: string }
  | { readonly state: "rejected"; readonly errorText: string }
  /** Accepted or waiting to be; ask again with the same key. */
  | { readonly state: "pending"; readonly key: string }

export interface SettledPromise {
  readonly status: "resolved" | "rejected" | "timed_out" | "cancelled"
  readonly valueText?: string
  readonly errorText?: string
}

/** Who intervenes and why; recorded with the action. */
export interface OperatorAction {
  readonly by?: string | undefined
  readonly reason?: string | undefined
}

export type ForkAction = OperatorAction & {
  /** Id of the new run. */
  readonly to: string
  /** Path of the first entry that the new run makes itself. */
  readonly from: string
  readonly version?: number | undefined
}

export interface Runs {
  /**
   * @throws workflow_unknown, version_unknown, run_conflict, invalid_request, invalid_id, limit_reached; with a signal
   *   or update for a run that has ended run_ended
   */
  start(id: string, request: StartRequest): Promise<Started>
  /** `undefined` when there is no such run. */
  get(id: string): Promise<RunRecord | undefined>
  /** The run when it is final or halted, or as it is after `waitMs`; `undefined` when there is none. */
  result(id: string, waitMs: number): Promise<RunRecord | undefined>
  /** @throws run_unknown, invalid_request for an unknown `after` */
  journal(id: string, after: string | undefined, limit: number): Promise<JournalPage>
  /**
   * The next page of the run as one file; the first one without `from`. Changes nothing, wakes nothing.
   * @throws run_unknown
   */
  exportPage(id: string, from?: ExportCursor): Promise<ExportPage>
  /** @throws run_unknown, run_ended, limit_reached */
  signal(id: string, name: string, value: unknown, idempotencyKey?: string): Promise<void>
  /** @throws run_unknown, run_ended, limit_reached */
  update(
    id: string,
    name: string,
    value: unknown,
    options?: {
      readonly idempotencyKey?: string | undefined
      readonly waitMs?: number | undefined
    },
  ): Promise<UpdateAnswer>
  /**
   * How the update sent with this key stands, after waiting at most `waitMs`; `undefined` when none came with it.
   * Changes nothing. @throws run_unknown, run_ended
   */
  updateAnswer(
    id: string,
    name: string,
    key: string,
    waitMs: number,
  ): Promise<UpdateAnswer | undefined>
  /** The encoded published value; `undefined` when nothing was published under that name. @throws run_unknown */
  state(id: string, name: string): Promise<string | undefined>
  /** @throws promise_unknown */
  settlePromise(token: string, settlement: Settlement): Promise<SettledPromise>
  /** @throws run_unknown, wrong_status */
  cancel(id: string, action: OperatorAction): Promise<RunRecord>
  kill(id: string, action: OperatorAction): Promise<RunRecord>
  pause(id: string, action: OperatorAction): Promise<RunRecord>
  /**
   * Goes on with a paused run. One that has not begun begins now, or at `startAtMs`.
   * @throws run_unknown, wrong_status; invalid_request for a `startAtMs` of a run that has begun
   */
  resume(
    id: string,
    action: OperatorAction & { readonly startAtMs?: number | undefined },
  ): Promise<RunRecord>
  /**
   * A new run `to` with the journal of `id` up to an entry, perhaps on another version. The same fork again is the same
   * run. @throws run_unknown, path_unknown, version_unknown, run_conflict
   */
  fork(id: string, action: ForkAction): Promise<Started>
  /** Every trace of an ended run goes, and its id is free. @throws run_unknown, wrong_status */
  delete(id: string): Promise<void>
  /**
   * On a development server: what the run has in memory is taken away, in the middle of whatever it does; it goes on by
   * itself, as after any crash. @throws run_unknown, wrong_status
   */
  crash(id: string, action: OperatorAction): Promise<RunRecord>
  /** @throws run_unknown, wrong_status, path_unknown */
  retry(
    id: string,
    action: OperatorAction & { readonly from?: string | undefined },
  ): Promise<RunRecord>
  skip(
    id: string,
    action: OperatorAction & { readonly path: string; readonly value: unknown },
  ): Promise<RunRecord>
}

export type Settlement =
  | { readonly type: "resolve"; readonly value: unknown }
  | {
      readonly type: "reject"
      readonly message: string
      readonly code?: string
      readonly details?: unknown
    }
