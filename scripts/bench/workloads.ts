// Workloads: what is measured, each beside the runtime's floor in the same round.
// Owns: the measuring. Must not touch: how the runtime is started, how figures are shown.

import { timed, type BenchClient } from "./client.ts"
import { middleMean, median, percentile, spread } from "./statistics.ts"

export interface Figure {
  readonly work: string
  readonly belay: string
  readonly floor: string
  /** Belay to floor, in the unit where more is worse; absent where there is no floor. */
  readonly ratio?: number
}

/** Start to result of a run of four steps, one caller; beside it a new object with one durable insert. */
export async function startToResult(client: BenchClient, samples: number): Promise<Figure[]> {
  const plainClient = client.withoutIndex()
  const belay: number[] = []
  const plain: number[] = []
  const floor: number[] = []
  for (let sample = -20; sample < samples; sample++) {
    const ours = await timed(() => client.run("fourSteps", [1]))
    const unindexed = await timed(() => plainClient.run("fourSteps", [1]))
    const bare = await timed(() => client.get(`/floor/${client.newId()}`))
    if (sample < 0) continue
    belay.push(ours)
    plain.push(unindexed)
    floor.push(bare)
  }
  return [
    {
      work: "4-step run, start to result, p50",
      belay: `${median(belay).toFixed(2)} ms`,
      floor: `${median(floor).toFixed(2)} ms`,
      ratio: median(belay) / median(floor),
    },
    {
      work: "4-step run, start to result, p99",
      belay: `${percentile(belay, 0.99).toFixed(2)} ms`,
      floor: `${percentile(floor, 0.99).toFixed(2)} ms`,
      ratio: percentile(belay, 0.99) / percentile(floor, 0.99),
    },
    {
      work: "the same without an index, p50",
      belay: `${median(plain).toFixed(2)} ms`,
      floor: `${median(floor).toFixed(2)} ms`,
      ratio: median(plain) / median(floor),
    },
  ]
}

/** Runs per second with many callers. */
export async function throughput(
  client: BenchClient,
  callers: number,
  runs: number,
  rounds: number,
): Promise<Figure[]> {
  const plainClient = client.withoutIndex()
  const rate = async (work: () => Promise<unknown>) => {
    let begun = 0
    const caller = async () => {
      while (begun++ < runs) await work()
    }
    const elapsedMs = await timed(() => Promise.all(Array.from({ length: callers }, caller)))
    return (runs / elapsedMs) * 1000
  }
  const belay: number[] = []
  const plain: number[] = []
  const floor: number[] = []
  for (let round = 0; round < rounds; round++) {
    belay.push(await rate(() => client.run("fourSteps", [1])))
    plain.push(await rate(() => plainClient.run("fourSteps", [1])))
    floor.push(await rate(() => client.get(`/floor/${client.newId()}`)))
  }
  const figure = (work: string, rates: readonly number[]) => ({
    work,
    belay: `${spread(rates)} /s`,
    floor: `${spread(floor)} /s`,
    ratio: median(floor) / median(rates),
  })
  return [
    figure(`4-step runs, ${callers} callers`, belay),
    figure("the same without an index", plain),
  ]
}

/** Steps per second in one run; beside it a bare loop with the same inserts. */
export async function sequence(
  client: BenchClient,
  steps: number,
  isAsync: boolean,
  rounds: number,
): Promise<Figure> {
  const belay: number[] = []
  const floor: number[] = []
  for (let round = -1; round < rounds; round++) {
    const times = (await client.run("sequence", [steps, isAsync, []])) as number[]
    const bareMs = (await client.get(`/floor/${client.newId()}/${steps}`)) as number
    if (round < 0) continue
    belay.push((steps / elapsed(times)) * 1000)
    floor.push((steps / bareMs) * 1000)
  }
  return {
    work: `${steps.toLocaleString("en")} ${isAsync ? "asynchronous" : "synchronous"} steps`,
    belay: `${spread(belay)} steps/s`,
    floor: `${spread(floor)} inserts/s`,
    ratio: median(floor) / median(belay),
  }
}

/** Positions at which the gap between steps is taken, each over a window that holds one slice's end. */
const GAP_POSITIONS = [10, 1_000, 10_000]
const GAP_WINDOW_STEPS = 1_000

/** Time from one step to the next, early and late in a run. */
export async function gaps(
  client: BenchClient,
  isAsync: boolean,
  rounds: number,
): Promise<Figure[]> {
  const measured = GAP_POSITIONS.map((): number[] => [])
  for (let round = -2; round < rounds; round++) {
    // One run for each position, since the windows overlap.
    for (const [index, position] of GAP_POSITIONS.entries()) {
      const marks = [position, position + GAP_WINDOW_STEPS]
      const times = (await client.run("sequence", [11_100, isAsync, marks])) as number[]
      const [, begun = Number.NaN, ended = Number.NaN] = times
      if (round >= 0) measured[index]?.push(((ended - begun) / GAP_WINDOW_STEPS) * 1000)
    }
  }
  const first = middleMean(measured[0] ?? [])
  return GAP_POSITIONS.map((position, index) => ({
    work: `gap between ${isAsync ? "asynchronous" : "synchronous"} steps at ${position.toLocaleString("en")}`,
    belay: `${middleMean(measured[index] ?? []).toFixed(1)} µs`,
    floor: `${first.toFixed(1)} µs at 10`,
    ratio: middleMean(measured[index] ?? []) / first,
  }))
}

/** Rows written per step, from the storage's own counters: the difference between a longer and a shorter run. */
export async function rowsPerStep(client: BenchClient, isAsync: boolean): Promise<Figure> {
  const written = async (steps: number) => {
    const id = client.newId()
    await client.run("sequence", [steps, isAsync, []], id)
    const { rowsWritten, alarms } = (await client.get(`/rows/${id}`)) as {
      rowsWritten: number
      alarms: number
    }
    return rowsWritten + alarms
  }
  const rows = ((await written(900)) - (await written(400))) / 500
  return {
    work: `rows written per ${isAsync ? "asynchronous" : "synchronous"} step, alarms included`,
    belay: rows.toFixed(3),
    floor: isAsync ? "at most 2" : "at most 1",
  }
}

function elapsed(times: readonly number[]): number {
  return (times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN)
}
