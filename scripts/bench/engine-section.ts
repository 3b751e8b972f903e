// Engine section: runs and steps beside the floor of the runtime they stand on.
// Owns: what is measured, and how much of it. The measuring is `workloads.ts`'s.

import type { BareWorkerd } from "../support/bare-workerd.ts"
import { printTable } from "../support/table.ts"
import { onBenchRuntime } from "./bench-runtime.ts"
import { BenchClient } from "./client.ts"
import { resumeAfterKill } from "./resume.ts"
import { gaps, rowsPerStep, sequence, startToResult, throughput, type Figure } from "./workloads.ts"

export function measureEngine(isQuick: boolean): Promise<Figure[]> {
  return onBenchRuntime((runtime) => measure(runtime, isQuick))
}

async function measure(runtime: BareWorkerd, isQuick: boolean): Promise<Figure[]> {
  const samples = isQuick ? 60 : 400
  const rounds = isQuick ? 3 : 7
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

export function showEngine(figures: readonly Figure[]): void {
  printTable(
    ["work", "Belay", "floor of the runtime", "ratio"],
    figures.map(({ work, belay, floor, ratio }) => [work, belay, floor, ratio?.toFixed(2) ?? ""]),
  )
  console.log(
    "bare workerd on disk; medians (lowest–highest round); ratio: Belay's time by the floor's.\n",
  )
}
