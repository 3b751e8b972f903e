// Measure: the constants of the simulation that a machine can tell: what one request, one start, one
// announcement costs it. What a wake costs, --sleepers tells. Bare workerd on this machine; each several times in turn, medians.
// Owns: what is asked. Must not touch: constants.ts, into which a person copies what was printed.

import { median, percentile } from "../bench/statistics.ts"
import { printTable } from "../support/table.ts"
import { eachOf, KeepAliveClient } from "./keep-alive-client.ts"
import { onScaleRuntime } from "./scale-runtime.ts"

const CALLERS = 64
const ROUNDS = 3
const REQUESTS = 1_500
const STARTS = 300
const MESSAGES = 2_000
const CARDS_PER_MESSAGE = 100

/** Further in the future than the measuring takes. */
const NEVER_MS = Date.parse("2100-01-01T00:00:00.000Z")

export interface Measured {
  readonly name: string
  readonly unit: string
  readonly value: number
}

export async function measureConstants(tell: (line: string) => void): Promise<Measured[]> {
  return [
    ...(await onScaleRuntime(true, ({ workerd }) => measureRequests(workerd.url, true, tell))),
    ...(await onScaleRuntime(false, ({ workerd }) => measureRequests(workerd.url, false, tell))),
  ]
}

export function showConstants(all: readonly Measured[]): void {
  printTable(
    ["constant", "value", "unit"],
    all.map(({ name, value, unit }) => [name, value.toPrecision(3), unit]),
  )
}

async function measureRequests(
  url: string,
  hasIndex: boolean,
  tell: (line: string) => void,
): Promise<Measured[]> {
  const client = new KeepAliveClient(url, CALLERS)
  const costs = new Map<string, number[]>()
  /** Time for each, with many callers: what it keeps the machine busy. */
  const cost = async (name: string, count: number, work: (index: number) => Promise<unknown>) => {
    const begunMs = performance.now()
    await eachOf(count, CALLERS, work)
    const all = costs.get(name) ?? []
    all.push((performance.now() - begunMs) / count)
    costs.set(name, all)
  }
  const startsName = `start of a sleeping run, ${hasIndex ? "with" : "without"} an index`
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    if (round === 1) costs.clear()
    tell(`measuring: ${hasIndex ? "with" : "without"} an index, round ${round} of ${ROUNDS}`)
    if (!hasIndex) {
      await cost("request to one warm object", REQUESTS, () => client.get("/floor/answer/warm"))
      await cost("request with one durable insert", REQUESTS, () => client.get("/floor/write/warm"))
      await cost("new object with one row and an alarm", STARTS, (index) =>
        client.get(`/floor/sleep/new-${round}-${index}/${NEVER_MS}`),
      )
    }
    await cost(startsName, STARTS, (index) =>
      client.post(`/v1/runs/never-${round}-${index}`, { workflow: "sleeper", input: [NEVER_MS] }),
    )
  }
  const figures = [...costs].map(([name, values]) => ({ name, unit: "ms", value: median(values) }))
  figures.push(...(hasIndex ? await measureShard(client, tell) : await shapeOf(client)))
  client.close()
  return figures
}

/** One caller: how single requests differ. */
async function shapeOf(client: KeepAliveClient): Promise<Measured[]> {
  const times: number[] = []
  for (let index = 0; index < REQUESTS / 2; index++) {
    const begunMs = performance.now()
    await client.get("/floor/write/warm")
    times.push(performance.now() - begunMs)
  }
  return [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0.99].map((share) => ({
    name: `request with one durable insert, one caller, p${share * 100}`,
    unit: "ms",
    value: percentile(times, share),
  }))
}

async function measureShard(
  client: KeepAliveClient,
  tell: (line: string) => void,
): Promise<Measured[]> {
  const perItem = async (what: string, messages: number, size: number) => {
    const values: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const begunMs = performance.now()
      await client.get(`/shard/${what}/${messages}/${size}`)
      values.push((performance.now() - begunMs) / (messages * size))
    }
    return median(values)
  }
  tell("measuring: a shard of the index")
  // Cards first: what is announced is looked for, in vain.
  const batches = Math.ceil(MESSAGES / CARDS_PER_MESSAGE)
  return [
    {
      name: "card told to a shard by its run",
      unit: "ms",
      value: await perItem("hear", MESSAGES, 1),
    },
    {
      name: `card told to a shard, ${CARDS_PER_MESSAGE} a message`,
      unit: "ms",
      value: await perItem("hear", batches, CARDS_PER_MESSAGE),
    },
    { name: "announcement of a start", unit: "ms", value: await perItem("announce", MESSAGES, 1) },
    {
      name: `announcement, ${CARDS_PER_MESSAGE} a message`,
      unit: "ms",
      value: await perItem("announce", batches, CARDS_PER_MESSAGE),
    },
  ]
}
