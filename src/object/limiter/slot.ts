// Slot: a run's place at its limiter: without it the run is not driven.
// Owns: the shape that stands in the run's row, and the limiter's name. Pure.

import { decode } from "../../engine/values/codec.ts"
import { limitKeyOf, type LimitNumbers } from "../../engine/workflow/flow-limits.ts"
import type { RegisteredWorkflow } from "../../engine/workflow/registry.ts"

export interface Slot extends LimitNumbers {
  /** The limiter's name. */
  readonly limiter: string
  readonly key: string
  /** How often it was asked for: a message about an earlier asking says nothing any more. */
  readonly ask: number
  readonly state: "free" | "asked" | "granted"
  /** When the run heard of it. */
  readonly grantedAtMs?: number | undefined
}

/** @throws BelayError invalid_request when the user's code gives no key for this input */
export function newSlot(workflow: RegisteredWorkflow, inputText: string): Slot | undefined {
  const { name, limits } = workflow
  if (limits === undefined) return undefined
  const { concurrency, rate } = limits
  const key = limitKeyOf(name, limits, decode(inputText) as unknown[])
  return { limiter: limiterName(name, key), key, concurrency, rate, ask: 0, state: "free" }
}

/** One for each key of each workflow. Behind a control character, which no run id has: both are targets of one outbox. */
function limiterName(workflow: string, key: string): string {
  return `limit\n${JSON.stringify([workflow, key])}`
}
