// Index share: what the search index costs for one run, when runs begin one by one and when many begin at once.
// Owns: that measuring. Must not touch: what a run itself costs (workloads.ts).

import type { Usage } from "./bill.ts"
import type { CostRuntime, Tally } from "./cost-runtime.ts"
import { waitUntil } from "../support/wait-until.ts"

export interface IndexShare {
  readonly name: string
  readonly usage: Usage
}

/** Of four shards, each has read the one run it was told of before it is told of another, as a rule. */
const APART_MS = 1_500
const QUIET_MS = 3_000
const PATIENCE_MS = 60_000

interface Burst {
  readonly name: string
  readonly runs: number
  readonly callers: number
  readonly apartMs: number
}

const BURSTS: readonly Burst[] = [
  { name: "runs one by one", runs: 10, callers: 1, apartMs: APART_MS },
  { name: "64 callers at once", runs: 1_000, callers: 64, apartMs: 0 },
]

export async function measureIndex(runtime: CostRuntime): Promise<IndexShare[]> {
  const shares: IndexShare[] = []
  // The tables of the shards are there.
  await burst(runtime, "warm", { runs: 100, callers: 16, apartMs: 0 })
  for (const each of BURSTS) {
    await quiet(runtime)
    await runtime.forget()
    await burst(runtime, `index-${each.callers}`, each)
    await quiet(runtime)
    shares.push({ name: each.name, usage: shareOf(await runtime.tallies(), each.runs) })
  }
  return shares
}

async function burst(
  runtime: CostRuntime,
  prefix: string,
  { runs, callers, apartMs }: Omit<Burst, "name">,
): Promise<void> {
  let begun = 0
  const caller = async () => {
    while (begun < runs) {
      await runtime.start(`${prefix}-${begun++}`, "fourSteps", [])
      if (apartMs > 0) await new Promise((resolve) => setTimeout(resolve, apartMs))
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

/** Every shard has read what it was told of. */
async function quiet(runtime: CostRuntime): Promise<void> {
  await waitUntil("the index to have read all runs", PATIENCE_MS, async () => {
    const before = JSON.stringify(await runtime.tallies())
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
    return JSON.stringify(await runtime.tallies()) === before ? true : undefined
  })
}

/** A shard reads a run by calling it: that is a request to the run, which writes nothing. */
function shareOf(tallies: readonly Tally[], runs: number): Usage {
  const shards = tallies.filter(({ kind }) => kind === "shard")
  const sum = (some: readonly Tally[], of: (tally: Tally) => number) =>
    some.reduce((total, tally) => total + of(tally), 0) / runs
  return {
    rowsWritten: sum(shards, ({ rowsWritten, alarmsSet }) => rowsWritten + alarmsSet),
    rowsRead: sum(shards, ({ rowsRead }) => rowsRead),
    objectRequests:
      sum(shards, ({ calls, alarms }) => calls + alarms) + sum(tallies, ({ looks }) => looks),
    activeMs: sum(shards, ({ activeMs }) => activeMs),
    workerRequests: 0,
    cpuMs: 0,
    storedBytes: 0,
    storedDays: 0,
  }
}
