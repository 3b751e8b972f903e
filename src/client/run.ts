// Run: the shapes of a run, its errors and its journal, as the routes show them.

export const RUN_STATUSES = [
  "running",
  "suspended",
  "paused",
  "halted",
  "completed",
  "failed",
  "cancelled",
  "timed_out",
] as const

export type RunStatus = (typeof RUN_STATUSES)[number]

/** Why something did not complete. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly code: string
  readonly number?: number
  readonly details?: unknown
  readonly cause?: Thrown
  /** For role `operate` only. */
  readonly stack?: string
}

export interface WaitingFor {
  readonly kind: "timer" | "retry" | "signal" | "update" | "promise" | "child" | "start"
  readonly path: string
  readonly name?: string
  readonly until?: string
  /** Of a child: its run, and how that stands. */
  readonly id?: string
  readonly status?: RunStatus
  /** Of a promise; for role `operate` only. */
  readonly token?: string
}

export interface Run<Result = unknown> {
  readonly id: string
  readonly workflow: string
  readonly version: number
  readonly status: RunStatus
  readonly input: readonly unknown[]
  /** When it has completed. */
  readonly result?: Result
  /** When it has not, or is halted. */
  readonly error?: Thrown
  readonly createdAt: string
  readonly startedAt?: string
  readonly endedAt?: string
  readonly parent?: { readonly id: string; readonly path: string }
  readonly tags: Readonly<Record<string, string>>
  readonly waitingFor?: readonly WaitingFor[]
  readonly unconsumedSignals?: number
  /** Of a run that has continued as new: how often. */
  readonly generation?: number
  /** What its object has written and read for it, each alarm a row written; not from a server that counts nothing. */
  readonly rows?: { readonly written: number; readonly read: number }
  /** How often it was taken up from its journal; of the last ones when, and how many entries were replayed. */
  readonly replays?: { readonly count: number; readonly last: readonly Replay[] }
}

interface Replay {
  readonly at: string
  readonly entries: number
}

export interface Entry {
  readonly path: string
  readonly kind:
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
  readonly name?: string
  readonly state: "started" | "waiting" | "completed" | "failed" | "cancelled" | "timed_out"
  readonly attempts: number
  /** Of a child: its run. */
  readonly runId?: string
  readonly value?: unknown
  readonly error?: Thrown
  readonly createdAt: string
  readonly startedAt?: string
  readonly settledAt?: string
  /** Of an event: its value or error is too long to be told, and stands in the journal. */
  readonly omitted?: true
}
