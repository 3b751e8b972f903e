// Graph: the six states of an order, and what a history of transitions looks like.
// Owns: the names and the shapes. Must not touch: which transition is legal when; the workflow's position says that.

import * as v from "valibot"
import { runIdPartField } from "../fields.ts"

export const STATES = [
  "created",
  "confirmed",
  "shipped",
  "delivered",
  "cancelled",
  "refunded",
] as const

export type State = (typeof STATES)[number]

/** The originals' scripted runs: which way an order takes by itself. */
export const PATHS = {
  deliver: ["confirmed", "shipped", "delivered"],
  cancel: ["confirmed", "cancelled", "refunded"],
} as const satisfies Record<string, readonly State[]>

export interface Transition {
  readonly from: State | null
  readonly to: State
  /** ISO 8601, taken inside the step, so that it never changes again. */
  readonly timestamp: string
}

/** What is published as `lifecycle`. */
export interface Lifecycle {
  readonly orderId: string
  readonly state: State
  readonly history: readonly Transition[]
}

export const RUN_PREFIX = "order-lifecycle/"

export const orderLifecycleFields = v.strictObject({
  orderId: runIdPartField(RUN_PREFIX),
  path: v.exactOptional(
    v.picklist(Object.keys(PATHS) as (keyof typeof PATHS)[], 'expected "deliver" or "cancel"'),
  ),
})

export type OrderLifecycleInput = v.InferOutput<typeof orderLifecycleFields>

/** The body of a transition request, and the value of the update `transition`. */
export const transitionRequest = v.strictObject({
  to: v.picklist(STATES, `expected one of ${STATES.join(", ")}`),
})

export type TransitionRequest = v.InferOutput<typeof transitionRequest>
