// The index at its bounds: the largest cards, and many of them.

import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import type { RunCard } from "../../src/engine/run-index.ts"
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
