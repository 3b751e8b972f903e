// One shard of the index, and what reaches it while it reads: news that overtake a reading, runs that do not answer, lists
// side by side.

import { describe, expect, test } from "vitest"
import type { CardAnswer, News } from "../../src/object/run-index/messages.ts"
import { placesOf } from "../../src/object/run-index/placement.ts"
import { query } from "./support/indexed-runs.ts"
import { pause } from "./support/runs.ts"
import { cardWith, copyIds, homeIds, onBench, TO } from "./support/shard-bench.ts"

/** A run whose answer a test gives when it wants. */
function heldBack(): { readonly answer: Promise<CardAnswer>; give(card: CardAnswer): void } {
  const { promise, resolve } = Promise.withResolvers<CardAnswer>()
  return { answer: promise, give: resolve }
}

describe("news that overtake a reading", () => {
  const [id = "", slow = ""] = homeIds(2)

  test("an older answer of the same life does not take the place of what was told since", async () => {
    const other = heldBack()
    const running = cardWith(id, { changes: 3 })
    await onBench({ card: (asked) => (asked === slow ? other.answer : running) }, async (bench) => {
      bench.announce(id, slow)
      const reading = bench.fire()
      await pause(20)
      await bench.hear([cardWith(id, { changes: 4, status: "completed" })])
      other.give(undefined)
      await reading
      expect(await bench.listed()).toMatchObject([{ id, changes: 4, status: "completed" }])
    })
  })

  test("a run that is deleted while it is read does not come back", async () => {
    const other = heldBack()
    let card: CardAnswer = cardWith(id, { status: "completed" })
    await onBench({ card: (asked) => (asked === slow ? other.answer : card) }, async (bench) => {
      bench.announce(id, slow)
      const reading = bench.fire()
      await pause(20)
      card = undefined
      await bench.hear([], [{ id, incarnation: "first" }])
      other.give(undefined)
      await reading
      await bench.fire()
      expect(await bench.listed()).toEqual([])
    })
  })

  test("a life that begins while the one before is read is not lost with it", async () => {
    const other = heldBack()
    let card: CardAnswer = cardWith(id)
    await onBench({ card: (asked) => (asked === slow ? other.answer : card) }, async (bench) => {
      bench.announce(id, slow)
      const reading = bench.fire()
      await pause(20)
      card = cardWith(id, { incarnation: "second", status: "completed" })
      await bench.hear([card])
      other.give(undefined)
      await reading
      await bench.hear([], [{ id, incarnation: "first" }])
      await bench.fire()
      expect(await bench.listed()).toMatchObject([{ id, incarnation: "second" }])
    })
  })
})

describe("lists side by side", () => {
  test("each waits for what another one is reading", async () => {
    const [id = ""] = homeIds(1)
    const reading = heldBack()
    await onBench({ card: () => reading.answer }, async (bench) => {
      bench.announce(id)
      const lists = [bench.listed(), bench.listed()]
      await pause(20)
      reading.give(cardWith(id))
      expect(await Promise.all(lists)).toMatchObject([[{ id }], [{ id }]])
    })
  })

  test("all that was announced is read, however much it is", async () => {
    const ids = homeIds(250)
    await onBench({ card: (id) => cardWith(id) }, async (bench) => {
      bench.announce(...ids)
      const listed = await bench.shard.list(query({ limit: 500 }), TO)
      expect(listed.cards).toHaveLength(250)
    })
  })
})

describe("an alarm", () => {
  test("is not set for what a list is reading already", async () => {
    const [id = ""] = homeIds(1)
    const reading = heldBack()
    await onBench({ card: () => reading.answer }, async (bench) => {
      bench.announce(id)
      await bench.listed()
      let fired = 0
      const firing = (async () => {
        while (fired < 10 && bench.alarmMs !== null) {
          fired++
          await bench.fire()
        }
      })()
      await pause(100)
      expect(fired).toBe(1)
      reading.give(cardWith(id))
      await firing
      expect(await bench.listed()).toMatchObject([{ id }])
      expect(fired).toBe(1)
    })
  })

  test("is set for an instant that the platform takes, by a shard that was just made and knows runs at work", async () => {
    const [id = "", other = ""] = homeIds(2)
    await onBench({}, async (bench) => {
      await bench.hear([cardWith(id, { status: "running" })])
      const again = bench.madeAgain()
      const nowMs = again.nowMs
      await again.hear([cardWith(other, { status: "running" })])
      expect(again.alarmMs).toBeGreaterThanOrEqual(nowMs)
      expect([bench.resets, again.resets]).toEqual([0, 0])
    })
  })

  test("finds every run that is said to be at work, however many there are", async () => {
    const ids = homeIds(230)
    const asked = new Set<string>()
    const card = (id: string) => {
      asked.add(id)
      return cardWith(id, { status: "running" })
    }
    await onBench({ card }, async (bench) => {
      await bench.hear(ids.map((id) => cardWith(id, { status: "running" })))
      for (let turn = 0; turn < 4; turn++) await bench.fire()
      expect(asked.size).toBe(230)
    })
  })

  test("one run that never answers keeps no other from being read again", async () => {
    const ids = homeIds(230)
    const [broken = ""] = ids
    const asked = new Set<string>()
    const card = (id: string) => {
      asked.add(id)
      if (id === broken) throw new Error("It is broken.")
      return cardWith(id)
    }
    await onBench({ card }, async (bench) => {
      await bench.hear(ids.map((id) => cardWith(id)))
      await bench.shard.restore(TO)
      for (let turn = 0; turn < 8; turn++) await bench.fire()
      expect(asked.size).toBe(230)
    })
  })

  test("a hundred runs that cannot be deleted keep no other from being deleted", async () => {
    const ids = homeIds(101)
    const last = ids.at(-1)
    const deleted: string[] = []
    const ended = (id: string) =>
      cardWith(id, { status: "completed", deleteAtMs: id === last ? 1_001 : 1_000 })
    const expire = (id: string) => {
      if (id !== last) return ended(id)
      deleted.push(id)
      return undefined
    }
    await onBench({ expire }, async (bench) => {
      await bench.hear(ids.map(ended))
      for (let turn = 0; turn < 4; turn++) await bench.fire()
      expect(deleted).toEqual([last])
    })
  })

  test("a run whose clock is behind is not asked without a pause", async () => {
    const [id = ""] = homeIds(1)
    let asked = 0
    const card = cardWith(id, { status: "completed", deleteAtMs: 1_000 })
    const expire = () => (asked++, card)
    await onBench({ expire }, async (bench) => {
      await bench.hear([card])
      const from = bench.nowMs
      for (let turn = 0; turn < 4; turn++) await bench.fire()
      expect(asked).toBeLessThanOrEqual(4)
      expect(bench.nowMs - from).toBeGreaterThan(60_000)
    })
  })

  test("is set for what was taken back before another shard did not answer", async () => {
    const [id = ""] = homeIds(1)
    let pages = 0
    const held = () => {
      if (++pages > 1) throw new Error("It is away.")
      return { cards: [cardWith(id, { status: "completed", deleteAtMs: Date.now() + 5_000 })] }
    }
    await onBench({ held }, async (bench) => {
      await expect(bench.shard.restore(TO)).rejects.toThrow("away")
      expect(await bench.listed()).toMatchObject([{ id }])
      expect(bench.alarmMs).not.toBeNull()
    })
  })
})

test("a copy that is read late does not take the place of what was told since", async () => {
  const [id = ""] = copyIds(1)
  await onBench({}, async (bench) => {
    await bench.hear([cardWith(id, { changes: 4, status: "completed" })])
    await bench.hear([cardWith(id, { changes: 3 })], [], true)
    const [copy] = bench.sql.exec<{ changes: number }>("SELECT changes FROM copies").toArray()
    expect(copy).toEqual({ changes: 4 })
  })
})

test("a run that others keep, told by who does not know of them, goes to both and is not kept here", async () => {
  const keepsIt = (id: string) => Object.values(placesOf(id, TO.shards)).includes(TO.shard)
  const id = Array.from({ length: 100 }, (_, n) => `stranger-${n}`).find((each) => !keepsIt(each))
  const card = cardWith(id ?? "", { status: "completed" })
  const heard: string[] = []
  const hear = ({ shard, cards }: News) =>
    void heard.push(...cards.map((each) => `${shard} ${each.id}`))
  await onBench({ card: () => card, hear }, async (bench) => {
    await bench.hear([card])
    expect(await bench.listed()).toMatchObject([{ id }])
    await bench.fire()
    const { home, copy } = placesOf(card.id, TO.shards)
    expect(heard).toHaveLength(2)
    expect(new Set(heard)).toEqual(new Set([`${home} ${id}`, `${copy} ${id}`]))
    expect(await bench.listed()).toEqual([])
    expect(bench.sql.exec("SELECT id FROM unread").toArray()).toEqual([])
    expect(bench.alarmMs).toBeNull()
  })
})

test("a run that moves to new shards is still listed here by a list that has asked those before", async () => {
  const wide = { shard: TO.shard, shards: 7 }
  const [id = ""] = homeIds(50).filter((each) => placesOf(each, wide.shards).home !== TO.shard)
  const moved = Promise.withResolvers<void>()
  await onBench({ hear: () => moved.resolve() }, async (bench) => {
    await bench.hear([cardWith(id)])
    await bench.shard.list(query(), wide)
    const firing = bench.fire()
    await moved.promise
    await pause(100)
    expect(await bench.listed()).toMatchObject([{ id }])
    await firing
    expect(await bench.listed()).toEqual([])
  })
})

test("a card that is brought by another shard behind the end of its run changes nothing", async () => {
  const [id = ""] = homeIds(1)
  await onBench({ card: () => undefined }, async (bench) => {
    const card = cardWith(id, { status: "completed" })
    await bench.hear([], [{ id, incarnation: card.incarnation }])
    await bench.hear([card])
    expect(await bench.listed()).toEqual([])
  })
})
