// Publish: the committed figures, the page made of them and its plots.
// Owns: the files. Must not touch: what is in them.
//   D1. Page and plots are made of the committed figures alone, so that a test can make them again.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Figure } from "../figure.ts"
import type { Report } from "../report.ts"
import { pageOf } from "./page.ts"
import { plotsOf } from "./plots.ts"

const TEMPLATE = new URL("benchmarks.template.md", import.meta.url)
const DOCS = fileURLToPath(new URL("../../../docs/", import.meta.url))
const DIGITS = 5

/** @throws Error when the page shows what the report does not have */
export async function publish(report: Report): Promise<void> {
  const text = figuresText(report)
  const files = await publicationOf(JSON.parse(text) as Report)
  mkdirSync(`${DOCS}img/bench`, { recursive: true })
  writeFileSync(`${DOCS}benchmarks.json`, text)
  for (const [path, content] of Object.entries(files)) writeFileSync(DOCS + path, content)
}

/** Texts by the path of their file below docs. */
export async function publicationOf(report: Report): Promise<Readonly<Record<string, string>>> {
  const plots = plotsOf(report)
  const page = await pageOf(readFileSync(TEMPLATE, "utf8"), report, plots)
  const images = plots.map(({ name, svg }) => [`img/bench/${name}.svg`, svg] as const)
  return { "benchmarks.md": page, ...Object.fromEntries(images) }
}

/** One figure a line, so that two of them can be compared. */
function figuresText({ workloads, ...head }: Report): string {
  const texts = workloads.map(({ figures, ...workload }) => {
    const lines = figures.map((figure) => JSON.stringify(shortened(figure)))
    return `${JSON.stringify(workload).slice(0, -1)},"figures":[\n${lines.join(",\n")}\n]}`
  })
  return `${JSON.stringify(head).slice(0, -1)},"workloads":[\n${texts.join(",\n")}\n]}\n`
}

function shortened(figure: Figure): Figure {
  return {
    ...figure,
    lines: figure.lines.map((line) => ({
      ...line,
      readings: line.readings.map(({ round, value }) => ({
        round,
        value: Number(value.toPrecision(DIGITS)),
      })),
    })),
  }
}
