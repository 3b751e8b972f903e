// Run bench: the workloads one after the other, with their report.
// Owns: which workloads there are and what is written where. Must not touch: arguments (bench.ts) or measuring.

import { mkdirSync, writeFileSync } from "node:fs"
import { judge } from "./judgement.ts"
import { PeerStarter } from "./peer-starter.ts"
import { publish } from "./publish/publish.ts"
import type { Report, WorkloadReport } from "./report.ts"
import { showJudgements, showWorkload } from "./show.ts"
import { readMachine } from "./versions.ts"
import type { Bench, Workload } from "./workload.ts"
import { fanOut } from "./workloads/fan-out.ts"
import { fourSteps } from "./workloads/four-steps.ts"
import { indexPages } from "./workloads/index-pages.ts"
import { relay } from "./workloads/relay.ts"
import { resume } from "./workloads/resume.ts"
import { rowsWritten } from "./workloads/rows-written.ts"
import { sequence } from "./workloads/sequence.ts"
import { signal } from "./workloads/signal.ts"
import { sleepers } from "./workloads/sleepers.ts"
import { systems } from "./workloads/systems.ts"

const WORKLOADS: readonly Workload[] = [
  fourSteps,
  sequence,
  resume,
  sleepers,
  fanOut,
  signal,
  relay,
  systems,
  rowsWritten,
  indexPages,
]

const REPORT_FOLDER = ".belay"

export interface BenchOptions {
  readonly isQuick: boolean
  /** By name; none means all. */
  readonly workloads: readonly string[]
  /** By name; all that there are unless given. */
  readonly peers: readonly string[] | undefined
  readonly isPublished: boolean
}

export async function runBench(options: BenchOptions): Promise<void> {
  const { isQuick } = options
  const workloads = wanted(options.workloads)
  const starter = new PeerStarter(options.peers)
  const begunMs = performance.now()
  const say = (line: string) => {
    const seconds = ((performance.now() - begunMs) / 1_000).toFixed(0)
    process.stderr.write(`${seconds.padStart(5)} s  ${line}\n`)
  }
  const done: WorkloadReport[] = []
  const failures: unknown[] = []
  for (const workload of workloads) {
    const bench = { isQuick, peers: starter.names, startPeer: starter.start, say }
    try {
      const report = await measured(workload, bench)
      done.push(report)
      showWorkload(report, starter)
    } catch (error) {
      say(`${workload.name} failed: ${String(error)}`)
      failures.push(new Error(`Workload ${workload.name} failed.`, { cause: error }))
    }
  }
  const report: Report = {
    at: new Date().toISOString(),
    isQuick,
    machine: readMachine(),
    peers: starter.peers,
    workloads: done,
    judgements: judge(
      done.flatMap(({ figures }) => figures),
      starter.peers,
    ),
  }
  showJudgements(report)
  mkdirSync(REPORT_FOLDER, { recursive: true })
  writeFileSync(`${REPORT_FOLDER}/bench.json`, JSON.stringify(report, null, 2))
  if (failures.length > 0) throw new AggregateError(failures, "Not everything was measured.")
  if (options.isPublished) await publish(report)
}

async function measured(workload: Workload, bench: Bench): Promise<WorkloadReport> {
  const begunMs = performance.now()
  const figures = await workload.measure(bench)
  const { name, title } = workload
  return { name, title, tookSeconds: (performance.now() - begunMs) / 1_000, figures }
}

function wanted(names: readonly string[]): readonly Workload[] {
  const unknown = names.find((name) => !WORKLOADS.some((workload) => workload.name === name))
  if (unknown !== undefined) {
    const all = WORKLOADS.map(({ name }) => name).join(", ")
    throw new Error(`No workload "${unknown}"; there are ${all}.`)
  }
  return names.length === 0 ? WORKLOADS : WORKLOADS.filter(({ name }) => names.includes(name))
}
