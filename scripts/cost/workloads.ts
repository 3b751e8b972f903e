// Workloads: what a run of each shape uses of the platform, counted on bare workerd.
// Owns: the shapes, and the counting of one. Must not touch: prices.
//   W1. Rows, alarms and requests are counts and the same each time, but for an alarm now and then where steps take
//       long. Duration is this machine's: a median of some rounds.
//   W2. Counted are the run and the accounts it moves money between. The index is counted alone (index-share.ts), since
//       what a run costs there depends on how many others begin just then.

import type { WorkflowsUsage, Usage } from "./bill.ts"
import {
  CPU_MS_PER_REQUEST,
  CPU_MS_PER_STEP,
  STORED_DAYS,
  WORKFLOWS_STORED_DAYS,
} from "./assumptions.ts"
import type { CostRuntime, Tally } from "./cost-runtime.ts"
import { waitUntil } from "../support/wait-until.ts"

export interface Measured {
  readonly name: string
  /** Without alarms. */
  readonly sqlRows: number
  readonly alarmsSet: number
  readonly usage: Usage
  readonly workflows: WorkflowsUsage
}

interface Workload {
  readonly name: string
  readonly workflow: string
  readonly input: (id: string) => readonly unknown[]
  readonly idPrefix?: string
  /** Before it is counted. */
  readonly prepare?: (runtime: CostRuntime) => Promise<void>
  /** Of a run that does not end at once: what happens until it does. */
  readonly play?: (runtime: CostRuntime, id: string) => Promise<void>
  /** How often it comes back after it was begun; once unless it says otherwise. */
  readonly wakes?: number
  /** The steps that Cloudflare Workflows would bill for it; what is sent to it beside its start; how long it waits. */
  readonly steps: number
  readonly messages?: number
  readonly days?: number
  /** Bytes of what its steps return. */
  readonly valueBytes: number
}

const nothing = () => []

/** Long enough to be taken out of memory in between; the rows of thirty days are the same. */
const SLEEP_MS = 1_500
const PATIENCE_MS = 20_000
const QUIET_MS = 600
const HUNDRED = 100

export const WORKLOADS: readonly Workload[] = [
  { name: "no step at all", workflow: "nothing", input: nothing, steps: 0, valueBytes: 9 },
  { name: "4 synchronous steps", workflow: "fourSteps", input: nothing, steps: 4, valueBytes: 4 },
  {
    name: "4 asynchronous steps",
    workflow: "fourAsyncSteps",
    input: nothing,
    steps: 4,
    valueBytes: 4 * HUNDRED,
  },
  {
    name: "1,000 synchronous steps",
    workflow: "sequence",
    input: () => [1_000],
    steps: 1_000,
    valueBytes: 1_000 * HUNDRED,
  },
  {
    name: "10,000 synchronous steps",
    workflow: "sequence",
    input: () => [10_000],
    steps: 10_000,
    valueBytes: 10_000 * HUNDRED,
  },
  {
    name: "1,000 asynchronous steps",
    workflow: "asyncSequence",
    input: () => [1_000],
    steps: 1_000,
    valueBytes: 1_000 * HUNDRED,
  },
  {
    name: "100 steps at once",
    workflow: "fanOut",
    input: () => [100],
    steps: 100,
    valueBytes: 100 * HUNDRED,
  },
  {
    name: "a sleep of 30 days",
    workflow: "sleeper",
    input: () => [SLEEP_MS],
    play: (runtime, id) => runtime.evict(id),
    steps: 1,
    days: 30,
    valueBytes: 7,
  },
  {
    name: "two sleeps of 15 days",
    workflow: "sleeper",
    input: () => [SLEEP_MS, 2],
    play: (runtime, id) => runtime.evict(id),
    wakes: 2,
    steps: 2,
    days: 30,
    valueBytes: 7,
  },
  {
    name: "a signal after 30 days",
    workflow: "waiter",
    input: nothing,
    play: async (runtime, id) => {
      await runtime.evict(id)
      await runtime.signal(id, "go")
    },
    steps: 1,
    messages: 1,
    days: 30,
    valueBytes: 1,
  },
  {
    name: "account creation",
    workflow: "createAccount",
    idPrefix: "create-account-",
    input: () => [crypto.randomUUID()],
    steps: 3,
    valueBytes: 150,
  },
  {
    name: "money transfer",
    workflow: "transferMoney",
    idPrefix: "transfer-",
    prepare: async (runtime) => {
      await runtime.deposit("alice")
      await runtime.deposit("bob")
    },
    input: (transferId) => [{ transferId, source: "alice", target: "bob", amount: 5 }],
    steps: 2,
    valueBytes: 150,
  },
]

export async function measureWorkloads(runtime: CostRuntime, rounds: number): Promise<Measured[]> {
  const found: Measured[] = []
  for (const [number, workload] of WORKLOADS.entries()) {
    await workload.prepare?.(runtime)
    const samples: Tally[] = []
    for (let round = 0; round < rounds; round++) {
      samples.push(await sampleOf(runtime, workload, `w${number}-${round}`))
    }
    found.push(measured(workload, samples))
  }
  return found
}

/** Everything that the run's own objects and the accounts have used, as one. */
async function sampleOf(runtime: CostRuntime, workload: Workload, name: string): Promise<Tally> {
  const id = `${workload.idPrefix ?? ""}${name}`
  await runtime.forget()
  if (workload.play === undefined) {
    await runtime.start(id, workload.workflow, workload.input(name))
    return totalOf(id, await runtime.tallies())
  }
  await runtime.begin(id, workload.workflow, workload.input(name))
  await workload.play(runtime, id)
  // Nobody asks the run itself meanwhile: that would be counted.
  const tallies = await waitUntil(`${workload.name} to be over`, PATIENCE_MS, async () => {
    const now = await runtime.tallies()
    return (await isOver(runtime, id, workload, now)) ? now : undefined
  })
  return totalOf(id, tallies)
}

/** Once the object has come back, whatever it is about lasts a moment. */
async function isOver(
  runtime: CostRuntime,
  id: string,
  { wakes = 1 }: Workload,
  found: readonly Tally[],
): Promise<boolean> {
  const before = totalOf(id, found)
  if (before.lives < 2 || before.calls + before.alarms < 1 + wakes) return false
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  return totalOf(id, await runtime.tallies()).rowsWritten === before.rowsWritten
}

function totalOf(id: string, tallies: readonly Tally[]): Tally {
  const runs = tallies.filter(({ kind, name }) => kind === "run" && name === id)
  const own = [...runs, ...tallies.filter(({ kind }) => kind === "account")]
  const sum = (of: (tally: Tally) => number) => own.reduce((total, tally) => total + of(tally), 0)
  return {
    kind: "run",
    name: id,
    rowsWritten: sum(({ rowsWritten }) => rowsWritten),
    alarmsSet: sum(({ alarmsSet }) => alarmsSet),
    rowsRead: sum(({ rowsRead }) => rowsRead),
    calls: sum(({ calls, looks }) => calls - looks),
    alarms: sum(({ alarms }) => alarms),
    looks: 0,
    activeMs: sum(({ activeMs }) => activeMs),
    // An account is kept whatever becomes of the run.
    databaseBytes: Math.max(0, ...runs.map((tally) => tally.databaseBytes)),
    lives: Math.max(0, ...runs.map(({ lives }) => lives)),
  }
}

function measured(workload: Workload, samples: readonly Tally[]): Measured {
  const middle = (of: (tally: Tally) => number) => {
    const values = samples.map(of).toSorted((one, other) => one - other)
    return values[Math.floor(values.length / 2)] ?? 0
  }
  const { name, steps, messages = 0, days = 0, valueBytes } = workload
  const sqlRows = middle(({ rowsWritten }) => rowsWritten)
  const alarmsSet = middle((tally) => tally.alarmsSet)
  const workerRequests = 1 + messages
  return {
    name,
    sqlRows,
    alarmsSet,
    usage: {
      rowsWritten: sqlRows + alarmsSet,
      rowsRead: middle(({ rowsRead }) => rowsRead),
      objectRequests: middle(({ calls, alarms }) => calls + alarms),
      activeMs: middle(({ activeMs }) => activeMs),
      workerRequests,
      cpuMs: workerRequests * CPU_MS_PER_REQUEST,
      storedBytes: middle(({ databaseBytes }) => databaseBytes),
      storedDays: STORED_DAYS + days,
    },
    workflows: {
      steps,
      workerRequests,
      invocations: 1,
      cpuMs: workerRequests * CPU_MS_PER_REQUEST + steps * CPU_MS_PER_STEP,
      storedBytes: valueBytes,
      storedDays: WORKFLOWS_STORED_DAYS + days,
    },
  }
}
