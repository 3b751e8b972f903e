// Indexed runs: the tests' own runs with an index that hears of them, and what the index says.
// Owns: the tools. Must not touch: what a test expects.

import { evictDurableObject, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import type { RunCard, RunQuery } from "../../../src/engine/ports/run-index.ts"
import { Announcer } from "../../../src/object/run-index/announcer.ts"
import { createRunIndex } from "../../../src/object/run-index/index-client.ts"
import { SHARDS_DEFAULT } from "../../../src/object/run-index/placement.ts"
import { Shards } from "../../../src/object/run-index/shards.ts"
import { createRuns } from "../../../src/object/runs-client.ts"
import { until } from "./runs.ts"

export const shards = new Shards(env.TEST_INDEX, SHARDS_DEFAULT)

export function indexedStub(id: string) {
  return env.TEST_INDEXED_RUNS.get(env.TEST_INDEXED_RUNS.idFromName(id))
}

export const indexedRuns = createRuns(indexedStub, new Announcer(shards, () => Date.now()))

/** Runs that nobody announces: they tell the index of themselves. */
export const silentRuns = createRuns(indexedStub)

export const runIndex = createRunIndex(env.TEST_INDEX, SHARDS_DEFAULT)

export function shardStub(shard: number) {
  return env.TEST_INDEX.get(env.TEST_INDEX.idFromName(`shard ${shard}`))
}

export function query(fields: Partial<RunQuery> = {}): RunQuery {
  return { statuses: [], tags: [], order: "newest", limit: 100, ...fields }
}

/** What the index has of these runs, once that is as wanted; the last answer in any case. */
export async function listed(
  fields: Partial<RunQuery>,
  isWanted: (cards: readonly RunCard[]) => boolean,
): Promise<readonly RunCard[]> {
  return until(async () => (await runIndex.list(query(fields))).runs, isWanted)
}

/** The card of one run, once it is as wanted. */
export async function cardOf(
  id: string,
  isWanted: (card: RunCard | undefined) => boolean,
): Promise<RunCard | undefined> {
  const find = (cards: readonly RunCard[]) => cards.find((card) => card.id === id)
  return find(await listed({ idPrefix: id }, (cards) => isWanted(find(cards))))
}

/** What one shard has of a run, in any of its tables. */
export async function keptIn(shard: number, id: string): Promise<string[]> {
  return keptAt(shardStub(shard), id)
}

/** Where a run is kept, as `runs 2`, of an index with so many shards. */
export async function placesIn(
  namespace: typeof env.TEST_INDEX,
  shardCount: number,
  id: string,
): Promise<string[]> {
  const all = Array.from({ length: shardCount }, async (_, shard) => {
    const kept = await keptAt(namespace.get(namespace.idFromName(`shard ${shard}`)), id)
    return kept.map((table) => `${table} ${shard}`)
  })
  return (await Promise.all(all)).flat().sort()
}

function keptAt(stub: ReturnType<typeof shardStub>, id: string): Promise<string[]> {
  return runInDurableObject(stub, (_, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'runs'").toArray()
    if (tables.length === 0) return []
    return ["runs", "copies", "unread"].filter(
      (table) => storage.sql.exec(`SELECT 1 FROM ${table} WHERE id = ?`, id).toArray().length > 0,
    )
  })
}

/** The shard's disk is lost, and its memory. */
export async function emptyShard(shard: number): Promise<void> {
  await runInDurableObject(shardStub(shard), async (_, { storage }) => {
    await storage.deleteAlarm()
    await storage.deleteAll()
  })
  await evictDurableObject(shardStub(shard))
}
