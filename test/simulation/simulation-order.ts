// Simulation order: what the script and the process that plays worlds say to each other: an order, then lines of JSON.
// Owns: types alone.

import type { Played } from "./platform/seed-run.ts"

export type SimulationOrder = {
  /** The one workload to draw from; all of them unless it is named. */
  readonly only?: string
} &
  /** Every `step`th seed from `from` on, `count` of them, for at most `forMs`. */
  (
    | {
        readonly type: "seeds"
        /** Just these, in the place of those that are counted. */
        readonly listed?: readonly number[]
        readonly from: number
        readonly step: number
        readonly count: number
        readonly forMs: number
        /** How long a failing history may be shortened; 0 leaves it as it is. */
        readonly shortenMs: number
        /** Whether it goes on after a failure, and only tells it. */
        readonly goesOn?: boolean
      }
    /** One seed with its whole trace. */
    | { readonly type: "trace"; readonly seed: number }
  )

export type SimulationLine =
  | {
      readonly type: "progress"
      readonly seeds: number
      readonly events: number
      /** Time that one core has worked on them. */
      readonly cpuMs: number
      readonly faults: Readonly<Record<string, number>>
      /** Of the last trace. */
      readonly hash: string
    }
  | { readonly type: "failed"; readonly first: Failure; readonly shortest: Failure }
  | { readonly type: "stumbled"; readonly seed: number; readonly finding: string }
  | { readonly type: "played"; readonly played: Failure }

export type Failure = Omit<Played, "script">
