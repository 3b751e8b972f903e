// Prices: what the platform charges on the paid plan beyond what is included, as its public pages say.
// Owns: the only prices in this project. Must not touch: how much of what is used (usage), what is added up (bill.ts).
//   P1. Every price stands with the page it comes from. None is guessed: what no page says is listed in `UNPRICED`.

/** When somebody compared this file with the pages last. */
export const PRICES_READ_AT = "2026-11-26"

const SOURCES = {
  /** https://developers.cloudflare.com/durable-objects/platform/pricing/ */
  objects: "Cloudflare docs, Durable Objects, Pricing (page of 30 September 2026)",
  /** https://developers.cloudflare.com/workers/platform/pricing/ */
  workers: "Cloudflare docs, Workers, Pricing",
  /** https://developers.cloudflare.com/workflows/reference/pricing/ */
  workflows: "Cloudflare docs, Workflows, Pricing",
  /** https://developers.cloudflare.com/changelog/post/2026-07-07-workflows-billing-updates/ */
  workflowSteps:
    'Cloudflare changelog, 7 July 2026, "Workflows pricing adds per-step billing" (billed since no earlier than 10 August 2026)',
} as const

export interface Price {
  /** US dollars for `per` of the unit. */
  readonly dollars: number
  readonly per: number
  readonly unit: string
  /** In every month, before the first is paid. */
  readonly included: number
  readonly source: string
}

const MILLION = 1_000_000

export const PRICES = {
  /** "Rows written": each row of a table and of an index, each deleted row, each `setAlarm`. */
  rowsWritten: {
    dollars: 1,
    per: MILLION,
    unit: "rows",
    included: 50 * MILLION,
    source: SOURCES.objects,
  },
  rowsRead: {
    dollars: 0.001,
    per: MILLION,
    unit: "rows",
    included: 25_000 * MILLION,
    source: SOURCES.objects,
  },
  /** Requests to objects: fetches, RPC calls, alarms that fire. */
  objectRequests: {
    dollars: 0.15,
    per: MILLION,
    unit: "requests",
    included: MILLION,
    source: SOURCES.objects,
  },
  /** Wall clock time in memory, unless the object may hibernate, times the 128 MB that each is billed for. */
  duration: {
    dollars: 12.5,
    per: MILLION,
    unit: "GB-s",
    included: 400_000,
    source: SOURCES.objects,
  },
  storage: { dollars: 0.2, per: 1, unit: "GB-months", included: 5, source: SOURCES.objects },
  /** Requests to the Worker in front, and invocations of a Cloudflare Workflow. */
  workerRequests: {
    dollars: 0.3,
    per: MILLION,
    unit: "requests",
    included: 10 * MILLION,
    source: SOURCES.workers,
  },
  cpu: {
    dollars: 0.02,
    per: MILLION,
    unit: "CPU ms",
    included: 30 * MILLION,
    source: SOURCES.workers,
  },
  /** "Each unit of work", sleeping and waiting for an event among them. */
  workflowSteps: {
    dollars: 0.8,
    per: 100_000,
    unit: "steps",
    included: 500_000,
    source: SOURCES.workflowSteps,
  },
  workflowStorage: {
    dollars: 0.2,
    per: 1,
    unit: "GB-months",
    included: 1,
    source: SOURCES.workflows,
  },
} as const satisfies Readonly<Record<string, Price>>

/** What each object is billed for while it is in memory, whatever it uses: 128 MB, in GB. */
export const OBJECT_GIGABYTES = 0.128

/** What no page of the platform says. */
export const UNPRICED = [
  "Whether a step that Cloudflare Workflows tries again is one step or several: counted once here.",
  "How many bytes Cloudflare Workflows keeps of a step: the values alone are counted here.",
] as const
