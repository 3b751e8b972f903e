// Index client: the RunIndex port over the shards: every shard is asked, and the answers are put together.
// Owns: merging, and how many are asked at once. Must not touch: what a shard keeps.

import { BelayError } from "../../engine/errors.ts"
import type { MinuteCount, RunIndex, StatusCount } from "../../engine/ports/run-index.ts"
import { logFailure } from "../run-log.ts"
import type { Answer } from "../answer.ts"
import { inTime } from "./in-time.ts"
import { ANNOUNCED_MAX, type Addressed, type ShardDoor, type ShardStats } from "./messages.ts"
import { SHARDS_MAX } from "./placement.ts"
import { MINUTES_SHOWN } from "./shard-counts.ts"
import { mergeRuns } from "./shard-query.ts"
import { Shards, type ShardNamespace } from "./shards.ts"

const MINUTE_MS = 60_000

/** How long a shard may take to answer a list. A repair takes as long as it takes. */
const LIST_MS_MAX = 10_000

/** @param shardsOfEnv as the setting says; the shards themselves may know of more. */
export function createRunIndex(namespace: ShardNamespace, shardsOfEnv: number): RunIndex {
  let count = shardsOfEnv

  async function askAll<T>(
    work: (door: ShardDoor, to: Addressed) => Promise<Answer<T>>,
    knownShards: (answer: T) => number,
    patienceMs?: number,
  ): Promise<T[]> {
    for (;;) {
      const shards = new Shards(namespace, count)
      const answers = await Promise.all(
        shards.all.map((shard) => ask(shards, shard, work, patienceMs)),
      )
      const known = Math.min(Math.max(count, ...answers.map(knownShards)), SHARDS_MAX)
      if (known === count) return answers
      // The setting is lower than it was: what the others keep would be missed.
      count = known
    }
  }

  return {
    async list(query) {
      const asked = { ...query, limit: query.limit + 1 }
      const pages = await askAll(
        (door, to) => door.list(asked, to),
        ({ shards }) => shards,
        LIST_MS_MAX,
      )
      const runs = mergeRuns(
        pages.map(({ cards }) => cards),
        asked,
      )
      return { runs: runs.slice(0, query.limit), hasMore: runs.length > query.limit }
    },
    async stats(filter = {}) {
      const stats = await askAll(
        (door, to) => door.stats(filter, to),
        ({ shards }) => shards,
        LIST_MS_MAX,
      )
      return {
        counts: sumCounts(stats.flatMap(({ counts }) => counts)),
        isCut: stats.some(({ isCut }) => isCut),
        minutes: minutesOf(stats, Date.now()),
        shards: count,
        unread: stats.reduce((sum, { unread }) => sum + unread, 0),
      }
    },
    async rebuild(ids) {
      for (let known = 0; known !== count;) {
        known = count
        count = await announceAll(new Shards(namespace, count), ids)
      }
      const restored = await askAll(
        (door, to) => door.restore(to),
        ({ shards }) => shards,
      )
      return { asked: restored.reduce((sum, { runs }) => sum + runs, 0) + ids.length }
    },
  }
}

/** @throws BelayError overloaded when a shard cannot be asked */
async function ask<T>(
  shards: Shards,
  shard: number,
  work: (door: ShardDoor, to: Addressed) => Promise<Answer<T>>,
  patienceMs?: number,
): Promise<T> {
  try {
    const asked = shards.tell(shard, work)
    return await (patienceMs === undefined ? asked : inTime(asked, patienceMs))
  } catch (error) {
    if (error instanceof BelayError) throw error
    logFailure("A shard of the index did not answer.", error, { shard })
    throw new BelayError(
      "overloaded",
      `Shard ${shard} of the index did not answer; ask again in a moment. Runs are not touched by it.`,
    )
  }
}

/** @returns how many shards there are, as they know it. */
async function announceAll(shards: Shards, ids: readonly string[]): Promise<number> {
  let known = shards.count
  const idsOf = new Map<number, string[]>()
  for (const id of ids) {
    for (const shard of shards.of(id)) {
      const some = idsOf.get(shard) ?? []
      some.push(id)
      idsOf.set(shard, some)
    }
  }
  for (const [shard, all] of idsOf) {
    for (let at = 0; at < all.length; at += ANNOUNCED_MAX) {
      const some = all.slice(at, at + ANNOUNCED_MAX)
      const count = await ask(shards, shard, (door, to) => door.announce({ ids: some, ...to }))
      known = Math.min(Math.max(known, count), SHARDS_MAX)
    }
  }
  return known
}

function sumCounts(counts: readonly StatusCount[]): StatusCount[] {
  const sums = new Map<string, StatusCount>()
  for (const each of counts) {
    const key = JSON.stringify([each.workflow, each.version, each.status])
    sums.set(key, { ...each, count: each.count + (sums.get(key)?.count ?? 0) })
  }
  return [...sums.values()]
}

function minutesOf(stats: readonly ShardStats[], nowMs: number): MinuteCount[] {
  const last = Math.floor(nowMs / MINUTE_MS)
  const sumOf = (key: "started" | "ended", minute: number) =>
    stats
      .flatMap((each) => each[key])
      .reduce((sum, each) => (each.minute === minute ? sum + each.count : sum), 0)
  return Array.from({ length: MINUTES_SHOWN }, (_, index) => {
    const minute = last - MINUTES_SHOWN + 1 + index
    return {
      atMs: minute * MINUTE_MS,
      started: sumOf("started", minute),
      ended: sumOf("ended", minute),
    }
  })
}
