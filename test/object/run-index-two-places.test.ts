// Two places: what is announced to the home of a run is known in another shard before anybody has read the run, so that
// either of the two may lose its disk.

import { describe, expect, test } from "vitest"
import { placesOf } from "../../src/object/run-index/placement.ts"
import { emptyShard, indexedRuns, keptIn, query, runIndex } from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { pause, until } from "./support/runs.ts"
import { cardWith, copyIds, homeIds, onBench, TO } from "./support/shard-bench.ts"

const done = registry.define(function* announcedAndDone() {
  return "done"
})

const never = new Promise<never>(() => undefined)

describe("the home of a run", () => {
  test("tells the other place of a start while the run is unread, together with others", async () => {
    const ids = homeIds(40)
    const told: { ids: readonly string[]; shard: number }[] = []
    const announced = (some: readonly string[], shard: number) => told.push({ ids: some, shard })
    await onBench({ card: () => never, announced }, async (bench) => {
      for (const id of ids) bench.announce(id)
      expect(told).toEqual([])
      await until(
        () => told,
        () => told.length > 0,
      )
      await pause(50)
    })
    // One message for each of the three others.
    expect(new Set(told.map(({ shard }) => shard))).toEqual(new Set([1, 2, 3]))
    expect(told).toHaveLength(3)
    expect(told.flatMap((each) => each.ids).sort()).toEqual([...ids].sort())
    for (const { ids: some, shard } of told) {
      for (const id of some) expect(placesOf(id, TO.shards).copy).toBe(shard)
    }
  })

  test("does not tell of a start that was read meanwhile: it has told its card", async () => {
    const [read = "", unread = ""] = homeIds(2)
    const told: string[] = []
    const others = {
      card: (id: string) => cardWith(id),
      announced: (some: readonly string[]) => told.push(...some),
    }
    await onBench(others, async (bench) => {
      bench.announce(read)
      await bench.listed()
      bench.announce(unread)
      await until(
        () => told,
        () => told.length > 0,
      )
    })
    expect(told).toEqual([unread])
  })
})

describe("the other place", () => {
  test("does not count as unread what its home is about to read", async () => {
    const [id = ""] = copyIds(1)
    await onBench({ card: (asked) => cardWith(asked) }, async (bench) => {
      bench.announce(id)
      expect((await bench.shard.stats({}, TO)).unread).toBe(0)
    })
  })

  test("has half a minute before it reads a run: its home does", async () => {
    const [id = ""] = copyIds(1)
    await onBench({ card: (asked) => cardWith(asked) }, async (bench) => {
      const beforeMs = bench.nowMs
      bench.announce(id)
      expect((bench.alarmMs ?? 0) - beforeMs).toBeGreaterThanOrEqual(30_000)
    })
  })

  test("tells a home that has lost everything of what it had not read, before a repair is answered", async () => {
    const ids = copyIds(30)
    const heard = new Set<string>()
    const others = {
      card: (id: string) => cardWith(id),
      hear: ({ cards }: { cards: readonly { id: string }[] }) => {
        for (const { id } of cards) heard.add(id)
      },
    }
    await onBench(others, async (bench) => {
      bench.announce(...ids)
      await bench.shard.restore(TO)
      expect([...heard].sort()).toEqual([...ids].sort())
    })
  })
})

test("a home that loses its disk right behind a start is rebuilt with it", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `right-behind-${n}`)
  for (const id of ids) {
    await indexedRuns.start(id, { workflow: done, input: [], tags: { test: "right-behind" } })
  }
  await until(
    () => Promise.all(ids.map((id) => keptIn(placesOf(id, 4).copy, id))),
    (kept) => kept.every((tables) => tables.length > 0),
  )
  await emptyShard(0)
  await runIndex.rebuild([])
  const { runs } = await runIndex.list(query({ tags: ["test:right-behind"] }))
  expect(runs.map(({ id }) => id).sort()).toEqual([...ids].sort())
})
