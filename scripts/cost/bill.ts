// Bill: what is used, multiplied by what it costs.
// Owns: the arithmetic. Must not touch: the prices (prices.ts), where the usage comes from.
//   B1. Everything is paid for: what is included in a month is for whoever has less than that, and is named beside it.

import { OBJECT_GIGABYTES, PRICES, type Price } from "./prices.ts"

/** What one run uses of Durable Objects and of the Worker in front of them. */
export interface Usage {
  readonly rowsWritten: number
  readonly rowsRead: number
  readonly objectRequests: number
  /** In memory and not able to hibernate, all its objects together. */
  readonly activeMs: number
  readonly workerRequests: number
  /** Of the Worker: objects are billed for time instead. */
  readonly cpuMs: number
  readonly storedBytes: number
  readonly storedDays: number
}

/** What the same run uses of Cloudflare Workflows. */
export interface WorkflowsUsage {
  readonly steps: number
  readonly workerRequests: number
  readonly invocations: number
  readonly cpuMs: number
  readonly storedBytes: number
  readonly storedDays: number
}

interface BillLine {
  readonly what: string
  readonly amount: number
  readonly price: Price
  readonly dollars: number
}

export interface Bill {
  readonly lines: readonly BillLine[]
  readonly dollars: number
}

const DAYS_A_MONTH = 30
const BYTES_A_GIGABYTE = 1_000_000_000

export function billOf(usage: Usage): Bill {
  return bill([
    line("rows written", usage.rowsWritten, PRICES.rowsWritten),
    line("rows read", usage.rowsRead, PRICES.rowsRead),
    line("requests to objects", usage.objectRequests, PRICES.objectRequests),
    line("duration", (usage.activeMs / 1_000) * OBJECT_GIGABYTES, PRICES.duration),
    line("requests to the Worker", usage.workerRequests, PRICES.workerRequests),
    line("CPU of the Worker", usage.cpuMs, PRICES.cpu),
    line("storage", gigabyteMonths(usage), PRICES.storage),
  ])
}

export function workflowsBillOf(usage: WorkflowsUsage): Bill {
  return bill([
    line("steps", usage.steps, PRICES.workflowSteps),
    line("invocations", usage.invocations, PRICES.workerRequests),
    line("requests to the Worker", usage.workerRequests, PRICES.workerRequests),
    line("CPU", usage.cpuMs, PRICES.cpu),
    line("storage", gigabyteMonths(usage), PRICES.workflowStorage),
  ])
}

function line(what: string, amount: number, price: Price): BillLine {
  return { what, amount, price, dollars: (amount * price.dollars) / price.per }
}

function bill(lines: readonly BillLine[]): Bill {
  return { lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) }
}

function gigabyteMonths(usage: { readonly storedBytes: number; readonly storedDays: number }) {
  return (usage.storedBytes / BYTES_A_GIGABYTE) * (usage.storedDays / DAYS_A_MONTH)
}
