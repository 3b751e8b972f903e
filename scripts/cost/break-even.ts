// Break-even: from how long a wait on it costs more to stay in memory, and more than a step of Cloudflare Workflows.
// Owns: the comparison, in seconds.

import { OBJECT_GIGABYTES, PRICES } from "./prices.ts"

const perUnit = ({ dollars, per }: { readonly dollars: number; readonly per: number }) =>
  dollars / per

/** What an object in memory costs in a second. */
export const MEMORY_DOLLARS_PER_SECOND = OBJECT_GIGABYTES * perUnit(PRICES.duration)

/**
 * How long a step may keep its object in memory before it has cost as much as a step of Cloudflare Workflows, which is
 * not billed for time. Steps that run at once share it.
 */
export function stepBreakEvenSeconds(rowsPerStep: number): number {
  const left = perUnit(PRICES.workflowSteps) - rowsPerStep * perUnit(PRICES.rowsWritten)
  return Math.max(0, left) / MEMORY_DOLLARS_PER_SECOND
}

/** What a wait costs that its object sleeps through, whatever its length: its rows, and the requests that wake it. */
export function hibernatedWaitDollars(rowsWritten: number, requests: number): number {
  return rowsWritten * perUnit(PRICES.rowsWritten) + requests * perUnit(PRICES.objectRequests)
}

/** From how long on such a wait is cheaper than the same object staying in memory. */
export function waitBreakEvenSeconds(rowsWritten: number, requests: number): number {
  return hibernatedWaitDollars(rowsWritten, requests) / MEMORY_DOLLARS_PER_SECOND
}

export const WORKFLOW_STEP_DOLLARS = perUnit(PRICES.workflowSteps)
