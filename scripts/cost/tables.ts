// Tables: what was measured and what it costs, as rows of text, for the terminal and for the page.
// Owns: the columns, and how a figure is written. Must not touch: where a table ends up.

import { billOf, workflowsBillOf, type Bill } from "./bill.ts"
import {
  hibernatedWaitDollars,
  MEMORY_DOLLARS_PER_SECOND,
  stepBreakEvenSeconds,
  waitBreakEvenSeconds,
  WORKFLOW_STEP_DOLLARS,
} from "./break-even.ts"
import type { IndexShare } from "./index-share.ts"
import { PRICES } from "./prices.ts"
import { amountText, dollarsText, perMillion, perText } from "./show.ts"
import type { Measured } from "./workloads.ts"

export interface TableText {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export function priceTable(): TableText {
  const names: Readonly<Record<keyof typeof PRICES, string>> = {
    rowsWritten: "rows written",
    rowsRead: "rows read",
    objectRequests: "requests to objects",
    duration: "duration of objects",
    storage: "storage of objects",
    workerRequests: "requests to the Worker",
    cpu: "CPU of the Worker",
    workflowSteps: "steps of Cloudflare Workflows",
    workflowStorage: "storage of Cloudflare Workflows",
  }
  return {
    header: ["what", "price", "included in a month", "source"],
    rows: (Object.keys(names) as (keyof typeof PRICES)[]).map((key) => {
      const price = PRICES[key]
      return [
        names[key],
        `${dollarsText(price.dollars)} per ${perText(price)}`,
        `${price.included.toLocaleString("en")} ${price.unit}`,
        price.source,
      ]
    }),
  }
}

/** What one run uses. */
export function usageTable(measured: readonly Measured[]): TableText {
  return {
    header: [
      "one run of",
      "rows written",
      "alarms among them",
      "rows read",
      "requests",
      "in memory",
      "stored",
    ],
    rows: measured.map(({ name, alarmsSet, usage }) => [
      name,
      amountText(usage.rowsWritten),
      amountText(alarmsSet),
      amountText(usage.rowsRead),
      amountText(usage.objectRequests),
      `${amountText(usage.activeMs)} ms`,
      `${amountText(Math.round(usage.storedBytes / 1_000))} kB`,
    ]),
  }
}

/** What a million of them cost, beside the same in Cloudflare Workflows. */
export function costTable(measured: readonly Measured[]): TableText {
  return {
    header: [
      "a million runs of",
      "rows",
      "requests",
      "duration",
      "storage",
      "together",
      "Cloudflare Workflows",
      "of that, steps",
    ],
    rows: measured.map(({ name, usage, workflows }) => {
      const ours = billOf(usage)
      const theirs = workflowsBillOf(workflows)
      return [
        name,
        perMillion(of(ours, "rows written", "rows read")),
        perMillion(of(ours, "requests to objects", "requests to the Worker", "CPU of the Worker")),
        perMillion(of(ours, "duration")),
        perMillion(of(ours, "storage")),
        perMillion(ours.dollars),
        perMillion(theirs.dollars),
        perMillion(of(theirs, "steps")),
      ]
    }),
  }
}

export function indexTable(
  shares: readonly IndexShare[],
  measured: readonly Measured[],
): TableText {
  return {
    header: [
      "the index, for one run",
      "rows written",
      "rows read",
      "requests",
      "a million runs",
      "with it cheaper than there from",
    ],
    rows: shares.map(({ name, usage }) => {
      // Its time in memory is shared by all that is told at once; here it is mostly the machine's disk.
      const { dollars } = billOf({ ...usage, activeMs: 0 })
      return [
        name,
        amountText(usage.rowsWritten),
        amountText(usage.rowsRead),
        amountText(usage.objectRequests),
        perMillion(dollars),
        stepsText(cheaperFrom(measured, "synchronous", dollars)),
      ]
    }),
  }
}

const KINDS = ["synchronous", "asynchronous"] as const
type Kind = (typeof KINDS)[number]

/** The workload that tells best what one step more costs. */
const LONGEST: Readonly<Record<Kind, { readonly name: string; readonly steps: number }>> = {
  synchronous: { name: "10,000 synchronous steps", steps: 10_000 },
  asynchronous: { name: "1,000 asynchronous steps", steps: 1_000 },
}

/** From how long on it is cheaper to be asleep, and cheaper to be elsewhere. */
export function breakEvenTable(measured: readonly Measured[]): TableText {
  const rowsOf = (name: string) => named(measured, name).usage.rowsWritten
  const perStep = (kind: Kind) => {
    const { name, steps } = LONGEST[kind]
    return (rowsOf(name) - rowsOf(`4 ${kind} steps`)) / (steps - 4)
  }
  const one = named(measured, "a sleep of 30 days").usage
  const two = named(measured, "two sleeps of 15 days").usage
  const waitRows = two.rowsWritten - one.rowsWritten
  const waitRequests = two.objectRequests - one.objectRequests
  return {
    header: ["what", "figure"],
    rows: [
      ["a second in memory, a million times", perMillion(MEMORY_DOLLARS_PER_SECOND)],
      ["a step of Cloudflare Workflows, a million times", perMillion(WORKFLOW_STEP_DOLLARS)],
      ...KINDS.flatMap((kind) => [
        [`rows for one more ${kind} step`, amountText(perStep(kind))],
        [
          `in memory for so long, ${kind === "synchronous" ? "a" : "an"} ${kind} step costs as much as one there`,
          `${stepBreakEvenSeconds(perStep(kind)).toFixed(1)} s`,
        ],
        [
          `a run of ${kind} steps is cheaper than there, its start, end and storage included, from`,
          stepsText(cheaperFrom(measured, kind)),
        ],
      ]),
      [
        "rows and requests of one more sleep, whatever its length",
        `${waitRows} and ${waitRequests}`,
      ],
      [
        "one more sleep, a million times",
        perMillion(hibernatedWaitDollars(waitRows, waitRequests)),
      ],
      [
        "waiting in memory costs more than that after",
        `${waitBreakEvenSeconds(waitRows, waitRequests).toFixed(1)} s`,
      ],
    ],
  }
}

/** The fewest steps of a run that costs less than the same in Cloudflare Workflows; the first may cost more than others. */
function cheaperFrom(measured: readonly Measured[], kind: Kind, besideDollars = 0): number {
  const lossOf = (name: string) => {
    const { usage, workflows } = named(measured, name)
    return billOf(usage).dollars - workflowsBillOf(workflows).dollars
  }
  const { name: longest, steps } = LONGEST[kind]
  const few = lossOf(`4 ${kind} steps`)
  const gainPerStep = (few - lossOf(longest)) / (steps - 4)
  const lossWithout = few + 4 * gainPerStep + besideDollars
  return Math.max(1, Math.ceil(lossWithout / gainPerStep))
}

function stepsText(count: number): string {
  return count === 1 ? "1 step" : `${count} steps`
}

function named(measured: readonly Measured[], name: string): Measured {
  const found = measured.find((each) => each.name === name)
  if (found === undefined) throw new Error(`"${name}" was not measured.`)
  return found
}

function of({ lines }: Bill, ...names: readonly string[]): number {
  return lines.reduce((sum, { what, dollars }) => (names.includes(what) ? sum + dollars : sum), 0)
}
