// The shards of the index: what one loses, what is added, what is told late, and what happens while they are away.

import { env } from "cloudflare:workers"
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { RunCard } from "../../src/engine/ports/run-index.ts"
import { Announcer } from "../../src/object/run-index/announcer.ts"
import { createRunIndex } from "../../src/object/run-index/index-client.ts"
import { placesOf, SHARDS_DEFAULT } from "../../src/object/run-index/placement.ts"
import { Shards } from "../../src/object/run-index/shards.ts"
import { createRuns, type RunDoor } from "../../src/object/runs-client.ts"
import {
  cardOf,
  emptyShard,
  indexedRuns,
  indexedStub,
  keptIn,
  listed,
  placesIn,
  query,
  runIndex,
  shards,
  shardStub,
} from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { until } from "./support/runs.ts"

const done = registry.define(function* done() {
  return "done"
})

const waiting = registry.define(function* waiting(ctx: Context) {
  yield* ctx.signal("go")
  return "gone"
})

let count = 0
const newTag = () => `shards-${++count}`

async function startAll(tag: string, runs: number): Promise<string[]> {
  const ids = Array.from({ length: runs }, (_, n) => `${tag}-${n}`)
  for (const id of ids) await start(id, tag)
  await until(
    () => Promise.all(ids.map(async (id) => (await keptIn(copyOf(id), id)).join())),
    (kept) => kept.every((tables) => tables === "copies"),
  )
  return ids
}

function start(id: string, tag: string, workflow = done) {
  return indexedRuns.start(id, { workflow, input: [], tags: { test: tag } })
}

const homeOf = (id: string, shardCount = SHARDS_DEFAULT) => placesOf(id, shardCount).home
const copyOf = (id: string, shardCount = SHARDS_DEFAULT) => placesOf(id, shardCount).copy

async function idsWith(tag: string, index = runIndex): Promise<string[]> {
  const { runs } = await index.list(query({ tags: [`test:${tag}`] }))
  return runs.map(({ id }) => id).sort()
}

/** What was read once more is told to others: a shard that is emptied meanwhile would not stay empty. */
async function atRest(): Promise<void> {
  const isAtWork = async (shard: number) =>
    runInDurableObject(shardStub(shard), (_, { storage: { sql } }) => {
      if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'shard'").toArray().length === 0) {
        return false
      }
      const { reread } = sql.exec<{ reread: string | null }>("SELECT reread FROM shard").one()
      return reread !== null || sql.exec("SELECT 1 FROM unread").toArray().length > 0
    })
  await until(
    () => Promise.all(Array.from({ length: SHARDS_DEFAULT }, (_, shard) => isAtWork(shard))),
    (atWork) => !atWork.includes(true),
  )
}

/** The code in these shards is older than their tables: they refuse everything. */
async function setTables(places: Iterable<number>, version: number): Promise<void> {
  for (const shard of new Set(places)) {
    await runInDurableObject(shardStub(shard), (_, { storage }) => {
      storage.sql.exec("UPDATE shard SET version = ?", version)
    })
    await evictDurableObject(shardStub(shard))
  }
}

describe("a shard that is lost", () => {
  test("is rebuilt from the others: nothing is missing, and it can be lost again", async () => {
    const tag = newTag()
    const ids = (await startAll(tag, 40)).sort()
    for (const lost of [0, 1, 2, 3]) {
      await atRest()
      await emptyShard(lost)
      const left = ids.filter((id) => homeOf(id) !== lost)
      expect(left.length).toBeLessThan(ids.length)
      expect(await idsWith(tag)).toEqual(left)
      const { asked } = await runIndex.rebuild([])
      expect(asked).toBeGreaterThanOrEqual(ids.length)
      expect(await idsWith(tag)).toEqual(ids)
    }
    const kept = await Promise.all(ids.map((id) => keptIn(copyOf(id), id)))
    expect(kept.flat()).toEqual(ids.map(() => "copies"))
  })

  test("is read again from the runs: what changed while it was empty is right in the end", async () => {
    const tag = newTag()
    const id = `${tag}-0`
    await start(id, tag, waiting)
    await cardOf(id, (card) => card?.status === "suspended")
    await setTables([homeOf(id), copyOf(id)], 99)
    await indexedRuns.signal(id, "go", 1)
    await setTables([homeOf(id), copyOf(id)], 1)
    await emptyShard(homeOf(id))
    await runIndex.rebuild([])
    const card = await cardOf(id, (each) => each?.status === "completed")
    expect(card).toMatchObject({ status: "completed", tags: { test: tag } })
  })

  test("with both places of a run: it comes back by its id", async () => {
    const tag = newTag()
    const [id = ""] = await startAll(tag, 1)
    await emptyShard(homeOf(id))
    await emptyShard(copyOf(id))
    await runIndex.rebuild([])
    expect(await idsWith(tag)).toEqual([])
    const { asked } = await runIndex.rebuild([id, "nobody"])
    expect(asked).toBeGreaterThanOrEqual(2)
    expect(await listed({ tags: [`test:${tag}`] }, (cards) => cards.length === 1)).toMatchObject([
      { id, status: "completed" },
    ])
    expect(await cardOf("nobody", (card) => card === undefined)).toBeUndefined()
  })
})

test("shards are added: nothing is missed meanwhile, and everything moves to where it belongs", async () => {
  const tag = newTag()
  const ids = (await startAll(tag, 40)).sort()
  const [narrow, wide] = [3, 7]
  const before = createRunIndex(env.TEST_GROWING_INDEX, narrow)
  await before.rebuild(ids)
  expect(
    await until(
      () => idsWith(tag, before),
      (found) => found.length === 40,
    ),
  ).toEqual(ids)
  const after = createRunIndex(env.TEST_GROWING_INDEX, wide)
  expect(await idsWith(tag, after)).toEqual(ids)
  const expected = ids.map((id) => [`copies ${copyOf(id, wide)}`, `runs ${homeOf(id, wide)}`])
  const places = await until(
    () => Promise.all(ids.map((id) => placesIn(env.TEST_GROWING_INDEX, wide, id))),
    (all) => JSON.stringify(all) === JSON.stringify(expected),
  )
  expect(places).toEqual(expected)
  expect(await idsWith(tag, after)).toEqual(ids)
  // Whoever still has the old setting learns of the new one.
  expect(await idsWith(tag, before)).toEqual(ids)
  const stats = await before.stats({ workflow: done })
  expect([stats.shards, stats.counts]).toEqual([
    wide,
    [{ workflow: done, version: 1, status: "completed", count: 40 }],
  ])
})

describe("an index that is away", () => {
  afterEach(() => setTables([0, 1, 2, 3], 1))

  test("fails no start and no run; they tell it when it is back", async () => {
    const tag = newTag()
    await startAll(tag, 8)
    await setTables([0, 1, 2, 3], 99)
    const ids = Array.from({ length: 8 }, (_, n) => `${tag}-away-${n}`)
    const startedAtMs = Date.now()
    for (const id of ids) {
      const { created, run } = await start(id, tag)
      expect([created, run.status]).toEqual([true, "completed"])
    }
    expect(Date.now() - startedAtMs).toBeLessThan(8 * 250)
    await expect(runIndex.list(query())).rejects.toMatchObject({ code: "not_configured" })
    await setTables([0, 1, 2, 3], 1)
    const all = await listed({ tags: [`test:${tag}`] }, (cards) => cards.length === 16)
    expect(all.map(({ status }) => status)).toEqual(Array(16).fill("completed"))
    const alarm = (id: string) =>
      runInDurableObject(indexedStub(id), (_, { storage }) => storage.getAlarm())
    const left = await until(
      () => Promise.all(ids.map(alarm)),
      (alarms) => alarms.every((atMs) => atMs === null),
    )
    expect(left).toEqual(ids.map(() => null))
  })

  test("that never answers costs one start a moment, and is not asked by those behind it", async () => {
    const tag = newTag()
    const { namespace, announced } = hangingIndex()
    const runs = createRuns(indexedStub, new Announcer(new Shards(namespace, 4), () => Date.now()))
    const startOne = (n: number) =>
      runs.start(`${tag}-${n}`, { workflow: done, input: [], tags: { test: tag } })
    const from = performance.now()
    await startOne(0)
    expect(performance.now() - from).toBeGreaterThanOrEqual(45)
    expect(announced()).toBe(1)
    for (const n of [1, 2, 3]) await startOne(n)
    expect(announced()).toBe(1)
    expect(await listed({ tags: [`test:${tag}`] }, (cards) => cards.length === 4)).toHaveLength(4)
  })

  test("that never answers a list: who asks is told so after ten seconds", async () => {
    const index = createRunIndex(hangingIndex().namespace, SHARDS_DEFAULT)
    const [list, stats] = await Promise.allSettled([index.list(query()), index.stats()])
    for (const { reason } of [list, stats] as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: "overloaded" })
    }
  })
})

function hangingIndex() {
  let announcements = 0
  const never = () => new Promise<never>(() => undefined)
  const door = { hear: never, list: never, stats: never, held: never, restore: never }
  const announce = () => {
    announcements++
    return never()
  }
  const namespace = {
    idFromName: (name: string) => env.TEST_INDEX.idFromName(name),
    get: () => ({ ...door, announce }),
  }
  return { namespace, announced: () => announcements }
}

test("a start that is slower than its announcement is found all the same", async () => {
  const tag = newTag()
  const id = `${tag}-0`
  const announcer = new Announcer(shards, () => Date.now())
  // Both have it, and a list is asked for before there is a run.
  expect(await announcer.announce(id)).toBe(true)
  expect(await runIndex.list(query({ idPrefix: id }))).toMatchObject({ runs: [] })
  const message = {
    workflow: done,
    inputText: "[[]]",
    incarnation: "slow",
    key: "slow",
    waitMs: 0,
    announcedUntilMs: Date.now() + 30_000,
  }
  const door: RunDoor = indexedStub(id)
  await door.start(id, message)
  expect(await cardOf(id, (card) => card !== undefined)).toMatchObject({ status: "completed" })
})

describe("what is told late", () => {
  const hear = (id: string, cards: RunCard[]) =>
    Promise.all(
      shards
        .of(id)
        .map((shard) =>
          shards.tell(shard, (door, to) => door.hear({ cards, gone: [], isCertain: false, ...to })),
        ),
    )

  async function listedCard(id: string): Promise<RunCard> {
    const card = await cardOf(id, (each) => each !== undefined)
    if (card === undefined) throw new Error(`${id} is not listed.`)
    return card
  }

  test("an older card changes nothing", async () => {
    const tag = newTag()
    const [id = ""] = await startAll(tag, 1)
    const card = await listedCard(id)
    await hear(id, [{ ...card, changes: card.changes - 1, status: "running" }])
    expect(await listedCard(id)).toEqual(card)
  })

  test("a card that was on its way while its run was deleted does not come back", async () => {
    const tag = newTag()
    const [id = ""] = await startAll(tag, 1)
    const card = await listedCard(id)
    await indexedRuns.delete(id)
    expect(await cardOf(id, (each) => each === undefined)).toBeUndefined()
    await until(
      async () => [...(await keptIn(homeOf(id), id)), ...(await keptIn(copyOf(id), id))],
      (kept) => kept.length === 0,
    )
    await hear(id, [card])
    expect((await runIndex.list(query({ idPrefix: id }))).runs).toEqual([])
    expect([...(await keptIn(homeOf(id), id)), ...(await keptIn(copyOf(id), id))]).toEqual([])
  })

  test("a card of another life is not believed: the run is asked", async () => {
    const tag = newTag()
    const [id = ""] = await startAll(tag, 1)
    const card = await listedCard(id)
    await hear(id, [{ ...card, incarnation: "a former life", changes: 99, status: "halted" }])
    expect(await cardOf(id, (each) => each?.incarnation === card.incarnation)).toEqual(card)
    expect(
      await until(
        () => keptIn(homeOf(id), id),
        (kept) => kept.length === 1,
      ),
    ).toEqual(["runs"])
  })

  test("a run that died at work before it told more is asked", async () => {
    const tag = newTag()
    const [id = ""] = await startAll(tag, 1)
    const card = await listedCard(id)
    await runInDurableObject(shardStub(homeOf(id)), (_, { storage }) => {
      storage.sql.exec(
        "UPDATE runs SET status = 'running', changes = 0, changed_at = ? WHERE id = ?",
        Date.now() - 3_600_000,
        id,
      )
      expect(storage.sql.exec("SELECT status FROM runs WHERE id = ?", id).one()).toEqual({
        status: "running",
      })
    })
    await evictDurableObject(shardStub(homeOf(id)))
    await runInDurableObject(shardStub(homeOf(id)), (_, { storage }) =>
      storage.setAlarm(Date.now() + 60_000),
    )
    await runDurableObjectAlarm(shardStub(homeOf(id)))
    expect(await cardOf(id, (each) => each?.status === "completed")).toEqual(card)
  })
})
