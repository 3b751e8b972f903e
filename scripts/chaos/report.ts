// Report: what a run of the chaos says: a line every few seconds, and at the end what was done and what was found.
// Owns: the form. Must not touch: what is counted.

import { printTable } from "../support/table.ts"
import type { Audited } from "./customer.ts"

/** What is told at the end. */
export interface Told {
  /** Faults by name, in the order they came first. */
  readonly faults: ReadonlyMap<string, number>
  readonly connectionsCut: number
  readonly failedStarts: number
  readonly deaths: readonly string[]
  readonly linesOfNoRoom: number
  readonly unanswered: number
  readonly longestRecoveryMs: number
  readonly longestRecoveryAfter: string
  readonly settledMs: number
}

const FRAME = "!".repeat(100)

/** Not to be overlooked: a run that has proved less than it seems. */
export function printNotTried(notTried: ReadonlyMap<string, string>): void {
  if (notTried.size === 0) return
  const lines = [...notTried].map(([kind, reason]) => `!! NOT TRIED: ${kind}: ${reason}`)
  console.log([FRAME, ...lines, FRAME].join("\n"))
}

export function printReport(told: Told, audited: ReadonlyMap<string, Audited>): void {
  console.log()
  printTable(
    ["fault", "times"],
    [...told.faults].map(([name, times]) => [name, String(times)]),
  )
  console.log()
  const rows = [...audited].map(([system, { runs, ends, effects, money, findings }]) => {
    const endings = [...ends].map(([end, count]) => `${count} ${end}`).join(", ")
    return [
      system,
      String(runs.size),
      String(effects),
      amount(money),
      String(findings.length),
      endings,
    ]
  })
  const all = [...audited.values()]
  const total = (of: (one: Audited) => number) => all.reduce((sum, one) => sum + of(one), 0)
  const totals = [
    "all",
    String(total(({ runs }) => runs.size)),
    String(total(({ effects }) => effects)),
    amount(total(({ money }) => money)),
    String(total(({ findings }) => findings.length)),
    "",
  ]
  const header = ["system", "runs", "effects audited", "money audited", "findings", "ended as"]
  printTable(header, [...rows, totals])
  console.log()
  console.log(`Connections reset: ${told.connectionsCut}. Requests sent again: ${told.unanswered}.`)
  console.log(`Complaints of a full disk in the logs: ${told.linesOfNoRoom}.`)
  console.log(`Starts that failed and were tried again: ${told.failedStarts}.`)
  console.log(`Processes that ended by themselves: ${told.deaths.length}.`)
  console.log(
    `Longest recovery: ${seconds(told.longestRecoveryMs)} after "${told.longestRecoveryAfter}".`,
  )
  console.log(`At rest ${seconds(told.settledMs)} after the last fault, by itself.`)
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function amount(minorUnits: number): string {
  return minorUnits === 0 ? "–" : (minorUnits / 100).toFixed(2)
}
