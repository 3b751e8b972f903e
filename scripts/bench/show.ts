// Show: a report on the screen.

import { printTable } from "../support/table.ts"
import type { Report, WorkloadReport } from "./report.ts"
import { cellsOf } from "./words.ts"

const HEADER = ["", "", "median (lowest–highest round)", "beside it"]

export function showWorkload(workload: WorkloadReport, { peers }: Pick<Report, "peers">): void {
  const { name, title, tookSeconds, figures } = workload
  console.log(`\n${name}: ${title} (${tookSeconds.toFixed(0)} s)\n`)
  const [, ...columns] = HEADER
  printTable(
    [name, ...columns],
    figures.flatMap((figure) => cellsOf(figure, peers)),
  )
}

export function showJudgements({ judgements, machine }: Report): void {
  console.log("\nTargets\n")
  printTable(
    ["", "target", "", "measured"],
    judgements.map(({ workload, what, holds, found }) => [
      workload,
      what,
      holds === undefined ? "" : holds ? "holds" : "missed",
      found,
    ]),
  )
  const { cores, model, workerd } = machine
  console.log(`\n${cores} cores, ${model}; workerd ${workerd}. Ratios are taken within rounds.`)
}
