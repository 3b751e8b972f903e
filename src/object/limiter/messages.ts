// Limiter messages: what runs and their limiter tell each other.
// Owns: the shapes. They are JSON, and older senders may meet newer receivers: fields are only added.
//   M1. Each may come twice or late: the run's life and the number of its asking say what is meant.

import type { LimitNumbers } from "../../engine/workflow/flow-limits.ts"
import type { Answer } from "../answer.ts"

/** One asking of one life of one run. */
export interface Ask {
  readonly run: string
  readonly incarnation: string
  readonly ask: number
}

/** Run to limiter: it wants to go on. */
export interface Acquire extends Ask {
  readonly numbers: LimitNumbers
  /** When the run was made: the numbers of the youngest count. */
  readonly createdAtMs: number
}

/** Run to limiter: it has ended, stands still, or does not want to any more. */
export type Release = Ask

/** Run to limiter, to a grant that was told, or told again to see whether it still holds. */
export type Heard =
  /** It goes on, since then. */
  | { readonly isHeld: true; readonly sinceMs: number }
  /** There is no such run, or it does not want it any more. */
  | { readonly isHeld: false }

/** The methods of a limiter that runs call. */
export interface LimiterStub {
  acquire(message: Acquire): Promise<Answer<null>>
  release(message: Release): Promise<Answer<null>>
}

/** The method of a run that its limiter calls. */
export interface GrantStub {
  granted(message: Ask): Promise<Answer<Heard>>
}
