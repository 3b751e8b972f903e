// Index section: how long a page of a list takes over many runs.
// Owns: which pages. Must not touch: the shards but over the Worker.
//   I1. The cards are told to the shards as runs tell them; there are no runs behind them.

import { printTable } from "../support/table.ts"
import { onBenchRuntime } from "./bench-runtime.ts"
import { BenchClient, timed } from "./client.ts"
import { percentile } from "./statistics.ts"

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

export interface PageFigure {
  readonly what: string
  readonly p50Ms: number
  readonly p95Ms: number
}

export function measureIndex(isQuick: boolean): Promise<PageFigure[]> {
  const cards = isQuick ? 20_000 : 100_000
  return onBenchRuntime(({ url }) => listPages(new BenchClient(url), cards))
}

export function showIndex(figures: readonly PageFigure[]): void {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  printTable(
    ["a page of 50 runs", "p50", "p95"],
    figures.map(({ what, p50Ms, p95Ms }) => [what, ms(p50Ms), ms(p95Ms)]),
  )
  console.log(
    "bare workerd on disk, over HTTP; the first twelve pages of each list, three times.\n",
  )
}

async function listPages(client: BenchClient, cards: number): Promise<PageFigure[]> {
  for (let from = 0; from < cards; from += BATCH_CARDS) {
    await client.get(`/cards/${from}/${Math.min(from + BATCH_CARDS, cards)}`)
    process.stderr.write(`\rtold ${from + BATCH_CARDS} of ${cards} …`)
  }
  process.stderr.write("\n")
  const all: number[] = []
  const figures: PageFigure[] = []
  for (const [what, query] of QUERIES) {
    const times = await pageTimes(client, query)
    all.push(...times)
    figures.push(figure(what, times))
  }
  const counts = await repeated(() => client.get("/v1/stats"))
  return [
    figure(`of ${cards.toLocaleString("en")}, every kind`, all),
    ...figures,
    figure("the counts", counts),
  ]
}

async function pageTimes(client: BenchClient, query: string): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    let cursor: string | undefined
    for (let page = 0; page < PAGES; page++) {
      const at = cursor === undefined ? "" : `&cursor=${cursor}`
      let answer: unknown
      const path = `/v1/runs?limit=50&${query}${at}`
      times.push(await timed(async () => void (answer = await client.get(path))))
      cursor = (answer as { readonly cursor?: string }).cursor
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

function figure(what: string, times: readonly number[]): PageFigure {
  return { what, p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95) }
}
