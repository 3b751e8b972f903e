// Bench: how fast Belay is beside the floor of what it stands on, in one run on one machine.
// Usage: npm run bench [-- engine|index|relay …] [-- --quick]; without a name, all sections. Prints a table for each and
// writes the figures to .belay/bench.json. --quick takes fewer samples. Ratios count; absolute figures drift.

import { mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { measureEngine, showEngine } from "./bench/engine-section.ts"
import { measureIndex, showIndex } from "./bench/index-section.ts"
import { measureRelay } from "./bench/relay-section.ts"
import { showRelay } from "./bench/relay/relay-figures.ts"

const SECTIONS = ["engine", "index", "relay"] as const

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean", default: false } },
    allowPositionals: true,
  })
  const unknown = positionals.find((name) => !SECTIONS.some((section) => section === name))
  if (unknown !== undefined) {
    throw new Error(`No section "${unknown}"; there are ${SECTIONS.join(", ")}.`)
  }
  const isWanted = (section: (typeof SECTIONS)[number]) =>
    positionals.length === 0 || positionals.includes(section)
  const cores = cpus()
  const machine = `${cores.length} cores, ${cores[0]?.model ?? "unknown"}`
  const report: Record<string, unknown> = { at: new Date().toISOString(), machine }
  if (isWanted("engine")) {
    const figures = await measureEngine(values.quick)
    showEngine(figures)
    report["figures"] = figures
  }
  if (isWanted("index")) {
    const figures = await measureIndex(values.quick)
    showIndex(figures)
    report["index"] = figures
  }
  if (isWanted("relay")) {
    const figures = await measureRelay(values.quick)
    showRelay(figures)
    report["relay"] = figures
  }
  console.log(`${machine}.`)
  mkdirSync(".belay", { recursive: true })
  writeFileSync(".belay/bench.json", JSON.stringify(report, null, 2))
}

await main()
