// Run event: what a watcher of a run is told.

import type { Entry, Run, RunStatus, Thrown } from "./run.ts"

/** What changed an entry: its changes in order are the history of its attempts. */
interface EntryChange {
  readonly type:
    | "open"
    | "start"
    | "fail"
    | "completed"
    | "failed"
    | "cancelled"
    | "timed_out"
    | "cancel"
    | "stop"
    | "expire"
    | "operator"
  readonly at: string
  /** When the next attempt is due, of one that failed; when it ends at the latest, of one that begins to wait. */
  readonly dueAt?: string
}

/** What a watcher is told; `id` goes on behind it. */
export type RunEvent<Result = unknown> =
  | {
      readonly event: "entry"
      readonly id: string
      readonly data: Entry & { readonly change: EntryChange }
    }
  | {
      readonly event: "status"
      readonly id: string
      readonly data: {
        readonly status: RunStatus
        readonly generation: number
        readonly error?: Thrown
      }
    }
  /** What is known of the journal counts no more; it follows from its first entry. */
  | {
      readonly event: "reset"
      readonly id: string
      readonly data: {
        readonly reason: "continued" | "rewound" | "recreated"
        readonly generation: number
      }
    }
  | { readonly event: "end"; readonly id: string; readonly data: Run<Result> }
