// Page: docs/benchmarks.md, made of its template and a report.
// Owns: what the template may ask for, each on a line of its own: <!-- machine -->, <!-- peers -->, <!-- targets -->,
// <!-- table W1 --> and <!-- plot w1-latency -->. Must not touch: the words around it, which are written by hand.

import { format } from "prettier"
import type { Report } from "../report.ts"
import { cellsOf } from "../words.ts"
import type { Plot } from "./plots.ts"

const ASKED = /^<!-- (machine|peers|targets|table|plot)(?: ([\w-]+))? -->$/gm

/** @throws Error when the template asks for what was not measured */
export function pageOf(template: string, report: Report, plots: readonly Plot[]): Promise<string> {
  const page = template.replaceAll(ASKED, (_, what: string, name: string | undefined) =>
    partOf(what, name ?? "", report, plots),
  )
  return format(page, { parser: "markdown", printWidth: 100 })
}

function partOf(what: string, name: string, report: Report, plots: readonly Plot[]): string {
  switch (what) {
    case "machine":
      return machineText(report)
    case "peers":
      return peersText(report)
    case "targets":
      return targetsTable(report)
    case "table":
      return figuresTable(name, report)
    default:
      return plotText(name, plots)
  }
}

function machineText({ at, isQuick, machine, workloads }: Report): string {
  const { cores, model, memoryGibibytes, system, node, workerd, miniflare, commit } = machine
  const minutes = workloads.reduce((sum, { tookSeconds }) => sum + tookSeconds, 0) / 60
  const rounds = isQuick ? " **A first look: few rounds were taken.**" : ""
  return [
    `Measured on ${at.slice(0, 10)} in ${minutes.toFixed(0)} minutes: ${cores} cores (${model}),`,
    `${memoryGibibytes} GiB, ${system}; Node ${node}, workerd ${workerd}, Miniflare ${miniflare}; Belay at ${commit}.${rounds}`,
  ].join(" ")
}

function peersText({ peers }: Report): string {
  if (peers.length === 0) return "No peer took part."
  return peers
    .map(({ fullName, isDurable, setup, skipped }) => {
      if (skipped !== undefined) return `- ${fullName}: not measured: ${skipped}`
      return `- ${fullName}${isDurable === false ? ", **not durable**" : ""}: ${setup ?? ""}`
    })
    .join("\n")
}

function targetsTable({ judgements }: Report): string {
  return table(
    ["", "target", "", "measured"],
    judgements.map(({ workload, what, holds, found }) => [
      workload,
      what,
      holds === undefined ? "" : holds ? "holds" : "**missed**",
      found,
    ]),
  )
}

function figuresTable(name: string, { workloads, peers }: Report): string {
  const workload = workloads.find((each) => each.name === name)
  if (workload === undefined) throw new Error(`The page shows ${name}, which was not measured.`)
  const rows = workload.figures.flatMap((figure) => cellsOf(figure, peers))
  return table(["", "", "median (lowest–highest round)", "beside it"], rows)
}

function plotText(name: string, plots: readonly Plot[]): string {
  const plot = plots.find((each) => each.name === name)
  if (plot === undefined) throw new Error(`The page shows the plot ${name}, which was not drawn.`)
  return `![${plot.alternative}](img/bench/${plot.name}.svg)`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n")
}
