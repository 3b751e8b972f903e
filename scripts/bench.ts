// Bench: how fast Belay is beside the floor of the runtime it stands on, in one run on one machine.
// Starts bare workerd on a temporary folder, measures each workload and its floor in turn, prints a table and writes
// the figures to .belay/bench.json. Options: --quick for fewer samples. Ratios count; absolute figures drift.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BenchClient } from "./bench/client.ts"
import { resumeAfterKill } from "./bench/resume.ts"
import {
  gaps,
  rowsPerStep,
  sequence,
  startToResult,
  throughput,
  type Figure,
} from "./bench/workloads.ts"
import { BareWorkerd } from "./support/bare-workerd.ts"
import { bundleWorker } from "./support/bundle.ts"
import { freePort } from "./support/free-port.ts"

const isQuick = process.argv.includes("--quick")
const samples = isQuick ? 60 : 400
const rounds = isQuick ? 3 : 7

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"))
  const runtime = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: { RUNS: "RunObject", FLOOR: "FloorObject" },
    variables: { BELAY_DEV: "1" },
  })
  try {
    await bundleWorker(
      fileURLToPath(new URL("bench/worker/bench-worker.ts", import.meta.url)),
      join(folder, "worker.js"),
    )
    await runtime.start()
    show(await measure(runtime))
  } finally {
    await runtime.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(runtime: BareWorkerd): Promise<Figure[]> {
  const client = new BenchClient(runtime.url)
  const figures: Figure[] = []
  const add = async (what: string, work: Promise<Figure | Figure[]>) => {
    process.stderr.write(`measuring: ${what} …\n`)
    figures.push(...[await work].flat())
  }
  await add("start to result", startToResult(client, samples))
  await add("64 callers", throughput(client, 64, isQuick ? 300 : 1_500, isQuick ? 2 : 5))
  for (const steps of [1_000, 10_000]) {
    await add(`${steps} synchronous steps`, sequence(client, steps, false, rounds))
    await add(`${steps} asynchronous steps`, sequence(client, steps, true, rounds))
  }
  await add("gaps, synchronous", gaps(client, false, rounds * 2))
  await add("gaps, asynchronous", gaps(client, true, rounds * 2))
  await add("rows of a synchronous step", rowsPerStep(client, false))
  await add("rows of an asynchronous step", rowsPerStep(client, true))
  await add("resume after SIGKILL", resumeAfterKill(client, runtime, 10_000, isQuick ? 2 : 5))
  return figures
}

function show(figures: readonly Figure[]): void {
  const rows = figures.map(({ work, belay, floor, ratio }) => [
    work,
    belay,
    floor,
    ratio?.toFixed(2) ?? "",
  ])
  const header = ["work", "Belay", "floor of the runtime", "ratio"]
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of [header, widths.map((width) => "-".repeat(width)), ...rows]) {
    console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
  }
  const cores = cpus()
  const machine = `${cores.length} cores, ${cores[0]?.model ?? "unknown"}`
  console.log(`\nbare workerd on disk; ${machine}; medians (lowest–highest round).`)
  mkdirSync(".belay", { recursive: true })
  writeFileSync(
    ".belay/bench.json",
    JSON.stringify({ at: new Date().toISOString(), machine, figures }, null, 2),
  )
}

await main()
