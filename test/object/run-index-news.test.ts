// What a run tells the index: that a telling which hangs, fails or is lost costs few alarms, and that none is forgotten.

import { env } from "cloudflare:workers"
import { runInDurableObject } from "cloudflare:test"
import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { encodeThrown } from "../../src/engine/values/codec.ts"
import { cardOf as cardOfRow } from "../../src/object/run-index/card.ts"
import { Announcer } from "../../src/object/run-index/announcer.ts"
import { IndexNews } from "../../src/object/run-index/index-news.ts"
import type { Addressed, ShardDoor } from "../../src/object/run-index/messages.ts"
import { placesOf } from "../../src/object/run-index/placement.ts"
import { Shards } from "../../src/object/run-index/shards.ts"
import type { RunRow } from "../../src/object/store/stored-run.ts"
import { cardOf, indexedRuns, indexedStub, silentRuns } from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { pause } from "./support/runs.ts"

const waiting = registry.define(function* waiting(ctx: Context) {
  yield* ctx.signal("go")
})

function rowWith(fields: Partial<RunRow>): RunRow {
  const row: Partial<RunRow> = {
    id: "told",
    incarnation: "first",
    workflow: "work",
    version: 1,
    status: "completed",
    createdAtMs: 1_000,
    changes: 1,
    changedAtMs: 1_000,
    tags: {},
    ...fields,
  }
  return row as RunRow
}

interface Teller {
  readonly news: IndexNews
  row: RunRow
  nowMs: number
}

/** A run whose shards do as a test wants. */
function givenNews(row: RunRow, hear: ShardDoor["hear"]): Teller {
  const door: Partial<ShardDoor> = { hear }
  const namespace = {
    idFromName: (name: string) => env.TEST_INDEX.idFromName(name),
    get: () => door as ShardDoor,
  }
  const teller: Teller = {
    row,
    nowMs: row.changedAtMs,
    news: new IndexNews({
      shards: new Shards(namespace, 4),
      row: () => teller.row,
      changed: () => undefined,
      nowMs: () => teller.nowMs,
    }),
  }
  return teller
}

describe("a shard that does not answer", () => {
  test("and hangs costs an alarm now and then, not one behind the other", async () => {
    const teller = givenNews(rowWith({}), () => new Promise(() => undefined))
    teller.news.noticed(teller.row)
    await pause(0)
    for (let turn = 0; turn < 3; turn++) {
      const dueMs = teller.news.dueMs ?? 0
      teller.nowMs = Math.max(teller.nowMs, dueMs)
      teller.news.alarmed()
      expect(teller.news.dueMs).toBeGreaterThanOrEqual(teller.nowMs + 1_000)
    }
  })

  test("is told less and less often, also when the object is made anew for each alarm", async () => {
    const fail = () => Promise.reject(new Error("It is away."))
    const pauses: number[] = []
    const row = rowWith({ id: "away" })
    let nowMs = row.changedAtMs + 1_000
    for (let life = 0; life < 5; life++) {
      const teller = givenNews(row, fail)
      teller.nowMs = nowMs
      teller.news.alarmed()
      await pause(0)
      const dueMs = teller.news.dueMs ?? 0
      pauses.push(dueMs - nowMs)
      nowMs = dueMs
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000])
  })
})

test("what an earlier life of the object may not have told is told before its alarm is set anew", async () => {
  const told: string[] = []
  const teller = givenNews(rowWith({ id: "kept", status: "completed" }), async ({ cards }) => {
    told.push(...cards.map(({ id }) => id))
    return { ok: true, value: 4 }
  })
  expect(teller.news.dueMs).toBeUndefined()
  teller.news.takeOver()
  expect(teller.news.dueMs).toBeDefined()
  await pause(10)
  expect(told).toEqual(["kept", "kept"])
  expect(teller.news.dueMs).toBeUndefined()
  teller.news.takeOver()
  await pause(10)
  expect(told).toHaveLength(2)
})

test("a new life is owed to the index, also when a telling of the one before ends behind its beginning", async () => {
  const first = Promise.withResolvers<void>()
  const told: string[] = []
  const teller = givenNews(rowWith({}), async ({ cards }) => {
    told.push(...cards.map(({ incarnation }) => incarnation))
    if (cards[0]?.incarnation === "first") await first.promise
    else await new Promise(() => undefined)
    return { ok: true, value: 4 }
  })
  teller.news.noticed(teller.row)
  await pause(0)
  teller.news.begin(false)
  teller.row = rowWith({ incarnation: "second", status: "suspended", changes: 1 })
  teller.news.noticed(teller.row)
  await pause(0)
  first.resolve()
  await pause(0)
  expect(told).toEqual(["first", "first", "second", "second"])
  // Nobody has heard of it yet: should the object die now, an alarm leads back to it.
  expect(teller.news.dueMs).toBeDefined()
})

describe("a run that goes on, and whose object dies before it has told", () => {
  test("is no longer listed as paused", async () => {
    const id = "news-paused"
    await silentRuns.start(id, { workflow: waiting, input: [] })
    await indexedRuns.pause(id, {})
    expect(await cardOf(id, (card) => card?.status === "paused")).toBeDefined()
    await indexedRuns.resume(id, {})
    await runInDurableObject(indexedStub(id), (_, ctx) => ctx.abort("It dies.")).catch(
      () => undefined,
    )
    expect((await cardOf(id, (card) => card?.status === "suspended"))?.status).toBe("suspended")
  })
})

describe("a setting that is lower than it was", () => {
  /** Shards of which each has heard that there are seven. */
  function sevenShards() {
    const told = new Set<number>()
    const door = ({ shard }: Addressed) => {
      told.add(shard)
      return Promise.resolve({ ok: true as const, value: 7 })
    }
    const namespace = {
      idFromName: (name: string) => env.TEST_INDEX.idFromName(name),
      get: () => ({ hear: door, announce: door }) as Partial<ShardDoor> as ShardDoor,
    }
    return { shards: new Shards(namespace, 3), told }
  }
  const id = Array.from({ length: 100 }, (_, n) => `lower-${n}`).find(
    (each) => placesOf(each, 7).home >= 3 && placesOf(each, 7).copy >= 3,
  )
  const { home, copy } = placesOf(id ?? "", 7)

  test("a start is announced to the one that answers for it", async () => {
    const { shards, told } = sevenShards()
    expect(await new Announcer(shards, () => 0).announce(id ?? "")).toBe(true)
    expect([...told]).toContain(home)
  })

  test("a run that is gone is gone from those that keep it", async () => {
    const { shards, told } = sevenShards()
    const parts = { row: () => undefined, changed: () => undefined, nowMs: () => 0 }
    await new IndexNews({ shards, ...parts }).tellGone({ id: id ?? "", incarnation: "first" })
    expect([...told]).toEqual(expect.arrayContaining([home, copy]))
  })
})

describe("what a workflow throws", () => {
  test.each([
    ["an object without a text", { toString: null, valueOf: null }],
    ["an object without a prototype", Object.create(null) as unknown],
    ["a code without a text", Object.assign(new Error("x"), { code: { toString: null } })],
    ["a list of such", [{ toString: null }]],
    ["half a character", "\ud83d".repeat(1_000)],
    ["nothing", undefined],
    ["a large number", 12n],
  ])("%s has a card", (_, thrown) => {
    const { problem } = cardOfRow(rowWith({ status: "failed", errorText: encodeThrown(thrown) }))
    expect(problem?.code).toBeTypeOf("string")
    expect(problem?.message).toBeTypeOf("string")
  })
})
