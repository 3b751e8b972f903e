// The index at its bounds: the largest cards, and many of them.

import { runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import type { RunCard } from "../../src/engine/ports/run-index.ts"
import { TAG_BYTES_MAX, TAGS_MAX } from "../../src/engine/limits.ts"
import { createRunIndex } from "../../src/object/run-index/index-client.ts"
import type { HeldPage, News } from "../../src/object/run-index/messages.ts"
import { Shards } from "../../src/object/run-index/shards.ts"
import { query } from "./support/indexed-runs.ts"
import { cardWith } from "./support/shard-bench.ts"

const SHARDS = 2

/** As large as a card can be on the wire: a single wide character makes a text take two bytes for each of its units. */
function largestCard(id: string): RunCard {
  const wide = (text: string) => `${text}€`.padEnd(TAG_BYTES_MAX - 2, "x")
  const tags = Object.fromEntries(
    Array.from({ length: TAGS_MAX }, (_, n) => [wide(`key-${n}-`), wide(`value-${n}-`)]),
  )
  return cardWith(id, {
    tags,
    status: "failed",
    problem: { code: "€".repeat(300), message: "€".repeat(300) },
  })
}

const index = createRunIndex(env.TEST_SMALL_INDEX, SHARDS)
const shards = new Shards(env.TEST_SMALL_INDEX, SHARDS)

test("the largest cards cross between shards and into a list, page by page", async () => {
  const ids = Array.from({ length: 700 }, (_, n) => `largest-${n}`)
  const tellAll = async (news: (some: readonly string[]) => Pick<News, "cards" | "gone">) => {
    for (let at = 0; at < ids.length; at += 100) {
      const some = ids.slice(at, at + 100)
      for (const shard of shards.all) {
        await shards.tell(shard, (door, to) =>
          door.hear({ ...news(some), isCertain: false, ...to }),
        )
      }
    }
  }
  await tellAll((some) => ({ cards: some.map(largestCard), gone: [] }))
  const { runs } = await index.list(query({ idPrefix: "largest-", limit: 200 }))
  expect(runs).toHaveLength(200)
  // As a shard does that has lost everything.
  const taken: string[] = []
  let page: HeldPage | undefined
  do {
    const after: string = page?.next ?? ""
    page = await shards.tell(1, (door, to) => door.held({ ...to, keeper: 0, after }))
    taken.push(...page.cards.map(({ id }) => id).filter((id) => id.startsWith("largest-")))
  } while (page.next !== undefined)
  expect(taken.sort()).toEqual([...ids].sort())
  await tellAll((some) => ({
    cards: [],
    gone: some.map((id) => ({ id, incarnation: "first" })),
  }))
})

test("starts that never end do not wake a shard for each of them: those of one second are read together", async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `announced-${n}`)
  const atHome = ids.filter((id) => shards.of(id)[0] === 0)
  const begunMs = Date.now()
  for (const id of atHome) {
    await shards.tell(0, (door, to) => door.announce({ ids: [id], ...to }))
  }
  const shard = env.TEST_SMALL_INDEX.get(env.TEST_SMALL_INDEX.idFromName("shard 0"))
  const dues = await runInDurableObject(shard, (_, { storage }) =>
    storage.sql
      .exec<{ due: number }>("SELECT due FROM unread WHERE id GLOB 'announced-*'")
      .toArray()
      .map(({ due }) => due),
  )
  expect(atHome.length).toBeGreaterThan(10)
  expect(dues).toHaveLength(atHome.length)
  // By how long it took to tell of them, at most one more than whole seconds have passed.
  const secondsMax = Math.ceil((Date.now() - begunMs) / 1_000) + 1
  expect(new Set(dues).size).toBeLessThanOrEqual(secondsMax)
  expect(Math.min(...dues)).toBeGreaterThan(begunMs)
  expect(Math.max(...dues)).toBeLessThanOrEqual(Date.now() + 2_000)
})
