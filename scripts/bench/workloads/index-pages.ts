// Index: how long a page of a list takes over many runs.
// Owns: which pages. Must not touch: the shards but over the Worker.
//   I1. The cards are told to the shards as runs tell them; there are no runs behind them.

import { onBenchRuntime } from "../bench-runtime.ts"
import { timed, type BenchClient } from "../client.ts"
import { BELAY, type Figure } from "../figure.ts"
import { percentile } from "../statistics.ts"
import type { Workload } from "../workload.ts"

/** Told in one request. */
const BATCH_CARDS = 2_000

/** Kinds of pages, by what people look for first. */
const QUERIES: readonly (readonly [what: string, query: string])[] = [
  ["all, newest first", ""],
  ["all, oldest first", "order=oldest"],
  ["one status in ten", "status=failed"],
  ["one status in a thousand", "status=halted"],
  ["three statuses", "status=failed,halted,completed"],
  ["one workflow in five", "workflow=w3"],
  ["a workflow and a status", "workflow=w3&status=failed"],
  ["one label in a hundred", "tag=team:7"],
  ["children of one run", "parent=run-42"],
  ["an id's beginning", "idPrefix=run-777"],
  [
    "a span of time",
    "createdAfter=2026-01-01T03:00:00.000Z&createdBefore=2026-01-01T04:00:00.000Z",
  ],
  ["nothing that exists", "workflow=nobody"],
]

/** Pages of one list, from the first one to far behind it. */
const PAGES = 12

export const indexPages: Workload = {
  name: "index",
  title: "A page of 50 runs from the index",
  measure: ({ isQuick, say }) =>
    onBenchRuntime(({ client }) => {
      say("index: telling the cards")
      return listPages(client, isQuick ? 20_000 : 100_000)
    }),
}

async function listPages(client: BenchClient, cards: number): Promise<Figure[]> {
  for (let from = 0; from < cards; from += BATCH_CARDS) {
    await client.get(`/bench/cards/${from}/${Math.min(from + BATCH_CARDS, cards)}`)
  }
  const all: number[] = []
  const figures: Figure[] = []
  for (const [what, query] of QUERIES) {
    const times = await pageTimes(client, query)
    all.push(...times)
    figures.push(...bothFigures(what, times))
  }
  const counts = await repeated(() => client.get("/v1/stats"))
  return [
    ...bothFigures(`of ${cards.toLocaleString("en")} runs, every kind`, all),
    ...figures,
    ...bothFigures("the counts", counts),
  ]
}

async function pageTimes(client: BenchClient, query: string): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    let cursor: string | undefined
    for (let page = 0; page < PAGES; page++) {
      const at = cursor === undefined ? "" : `&cursor=${cursor}`
      let answer: { readonly cursor?: string } = {}
      const path = `/v1/runs?limit=50&${query}${at}`
      times.push(await timed(async () => void (answer = await client.get(path))))
      cursor = answer.cursor
      if (cursor === undefined) break
    }
  }
  return times
}

async function repeated(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < 20; round++) times.push(await timed(work))
  return times
}

function bothFigures(what: string, times: readonly number[]): Figure[] {
  return ([50, 95] as const).map((share) => ({
    id: `index ${what} p${share}`,
    what: `${what}, p${share}`,
    unit: "ms",
    samples: times.length,
    lines: [{ contender: BELAY, readings: [{ round: 0, value: percentile(times, share / 100) }] }],
  }))
}
