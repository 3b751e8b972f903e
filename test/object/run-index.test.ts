// The index of runs: what it hears, what it lists, and that no run suffers by it. Check 48.

import { runInDurableObject } from "cloudflare:test"
import { describe, expect, test, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Runs } from "../../src/engine/ports/runs.ts"
import { placesOf, SHARDS_DEFAULT } from "../../src/object/run-index/placement.ts"
import {
  cardOf,
  indexedRuns,
  indexedStub,
  keptIn,
  listed,
  runIndex,
  silentRuns,
  query,
} from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { pause, runs as plainRuns, until } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const done = registry.define(function* done() {
  return "done"
})

const waiting = registry.define(function* waiting(ctx: Context) {
  yield* ctx.signal("go")
  return "gone"
})

const halting = registry.define(function* halting(ctx: Context) {
  yield* ctx.panic(true, "a person must look")
})

const failing = registry.define(function* failing() {
  throw new TypeError("no such luck")
})

let count = 0
const newId = () => `indexed-${++count}-`

function start(id: string, workflow: string, tags: Record<string, string> = {}) {
  return indexedRuns.start(id, { workflow, input: [], tags })
}

async function alarmOf(id: string): Promise<number | null> {
  return runInDurableObject(indexedStub(id), (_, { storage }) => storage.getAlarm())
}

describe("what the index hears", () => {
  test("a run that was started is listed at once, as it stands", async () => {
    const id = newId()
    await start(id, done, { team: "blue" })
    const { runs } = await runIndex.list(query({ idPrefix: id }))
    expect(runs).toMatchObject([
      { id, workflow: done, version: 1, status: "completed", tags: { team: "blue" } },
    ])
    expect(runs[0]?.endedAtMs).toBeTypeOf("number")
  })

  test("each status it comes to is told, within a second or so", async () => {
    const id = newId()
    await start(id, waiting)
    expect((await cardOf(id, (card) => card?.status === "suspended"))?.status).toBe("suspended")
    await indexedRuns.pause(id, {})
    expect((await cardOf(id, (card) => card?.status === "paused"))?.status).toBe("paused")
    await indexedRuns.resume(id, {})
    expect((await cardOf(id, (card) => card?.status === "suspended"))?.status).toBe("suspended")
    await indexedRuns.signal(id, "go", 1)
    expect((await cardOf(id, (card) => card?.status === "completed"))?.status).toBe("completed")
  })

  test("why a run has halted or failed is told with it", async () => {
    const [halted, failed] = [newId(), newId()]
    await start(halted, halting)
    await start(failed, failing)
    expect(await cardOf(halted, (card) => card?.status === "halted")).toMatchObject({
      problem: { code: "panic", message: "a person must look" },
    })
    expect(await cardOf(failed, (card) => card?.status === "failed")).toMatchObject({
      problem: { code: "failed", message: "no such luck" },
    })
  })

  test("both of its shards have it: one answers for it, the other keeps a copy", async () => {
    const id = newId()
    await start(id, done)
    const { home, copy } = placesOf(id, SHARDS_DEFAULT)
    const kept = await until(
      async () => [await keptIn(home, id), await keptIn(copy, id)],
      ([one, other]) => one?.join() === "runs" && other?.join() === "copies",
    )
    expect(kept).toEqual([["runs"], ["copies"]])
  })

  test("a run that nobody announced tells of itself", async () => {
    const [ended, open] = [newId(), newId()]
    await silentRuns.start(ended, { workflow: done, input: [] })
    await silentRuns.start(open, { workflow: waiting, input: [] })
    expect(await cardOf(ended, (card) => card !== undefined)).toMatchObject({ status: "completed" })
    expect(await cardOf(open, (card) => card !== undefined)).toMatchObject({ status: "suspended" })
    expect(
      await until(
        () => alarmOf(ended),
        (at) => at === null,
      ),
    ).toBeNull()
    expect(
      await until(
        () => alarmOf(open),
        (at) => at === null,
      ),
    ).toBeNull()
  })

  test("children are found by their parent", async () => {
    const id = newId()
    const family = registry.define(function* family(ctx: Context) {
      yield* ctx.all([ctx.rpc(done), ctx.rpc(done)])
    })
    await start(id, family)
    const children = await listed(
      { parent: id },
      (cards) => cards.filter(({ status }) => status === "completed").length === 2,
    )
    expect(children.map(({ parent }) => parent?.id)).toEqual([id, id])
  })

  test("a deleted run is taken off, and the next life of its id is another one", async () => {
    const id = newId()
    await start(id, done, { life: "first" })
    await cardOf(id, (card) => card !== undefined)
    await indexedRuns.delete(id)
    expect(await cardOf(id, (card) => card === undefined)).toBeUndefined()
    expect(await listed({ tags: ["life:first"] }, (cards) => cards.length === 0)).toEqual([])
    const { home, copy } = placesOf(id, SHARDS_DEFAULT)
    expect(await keptIn(home, id)).toEqual([])
    expect(await keptIn(copy, id)).toEqual([])
    await start(id, waiting)
    expect(await cardOf(id, (card) => card !== undefined)).toMatchObject({ workflow: waiting })
  })

  test("deleted and started again at once, it is the new life that is listed", async () => {
    const id = newId()
    await start(id, done)
    await indexedRuns.delete(id)
    await start(id, halting)
    const card = await cardOf(id, (each) => each?.status === "halted")
    expect(card).toMatchObject({ workflow: halting, status: "halted" })
  })

  test("a start that is refused leaves nothing", async () => {
    const id = newId()
    await expect(start(id, "nobody")).rejects.toThrow("nobody")
    await start(id, done)
    await expect(start(id, waiting)).rejects.toThrow("exists")
    expect(await cardOf(id, (card) => card !== undefined)).toMatchObject({ workflow: done })
  })
})

describe("what it costs a run", () => {
  /** Rows and alarms of a start, once it has come to this status: the least of some, since a slow shard costs an alarm. */
  async function costOf(
    starting: Runs,
    workflow: string,
  ): Promise<{ rows: number; alarms: number }> {
    const costs: { readonly rows: number; readonly alarms: number }[] = []
    for (let tries = 0; tries < 5; tries++) {
      const id = newId()
      await starting.start(id, { workflow, input: [] })
      // What else the run may have to tell is told by then.
      await pause(700)
      const { rowsWritten, alarmsSet } = watchOf(id)
      costs.push({ rows: rowsWritten, alarms: alarmsSet })
    }
    const least = (kind: "rows" | "alarms") => Math.min(...costs.map((cost) => cost[kind]))
    return { rows: least("rows"), alarms: least("alarms") }
  }

  test("a start that ends at once: no row more, and an alarm less", async () => {
    const plain = await costOf(plainRuns, done)
    const indexed = await costOf(indexedRuns, done)
    expect(indexed.rows).toBe(plain.rows)
    expect(indexed.alarms).toBeLessThanOrEqual(plain.alarms)
    const id = newId()
    await start(id, done)
    expect(
      await until(
        () => alarmOf(id),
        (at) => at === null,
      ),
    ).toBeNull()
  })

  test("a start that waits: no row and no alarm more", async () => {
    expect(await costOf(indexedRuns, waiting)).toEqual(await costOf(plainRuns, waiting))
  })
})

describe("check 48: lists", () => {
  const team = { list: "pages" }
  const ids = Array.from({ length: 25 }, (_, index) => `page-${String(index).padStart(2, "0")}`)

  test("pages are stable: newest first, each run once, whatever begins meanwhile", async () => {
    for (const id of ids) await start(id, done, team)
    const seen: string[] = []
    let after
    for (let page = 0; page < 4; page++) {
      const { runs, hasMore } = await runIndex.list(
        query({ tags: ["list:pages"], limit: 7, after }),
      )
      seen.push(...runs.map(({ id }) => id))
      const last = runs.at(-1)
      after = last && { createdAtMs: last.createdAtMs, id: last.id }
      expect(hasMore).toBe(page < 3)
      await start(`page-new-${page}`, done, team)
    }
    expect(seen).toHaveLength(25)
    expect(new Set(seen)).toEqual(new Set(ids))
    const places = (await runIndex.list(query({ tags: ["list:pages"] }))).runs
    const times = places.map(({ createdAtMs }) => createdAtMs)
    expect(times).toEqual([...times].sort((left, right) => right - left))
    const oldest = await runIndex.list(query({ tags: ["list:pages"], order: "oldest", limit: 1 }))
    expect(oldest.runs[0]?.id).toBe(places.at(-1)?.id)
  })

  test("every filter chooses what it says, also together", async () => {
    const id = newId()
    const before = Date.now()
    await start(`${id}a`, done, { color: "red", size: "l" })
    await start(`${id}b`, waiting, { color: "red" })
    await start(`${id}c`, halting, { color: "blue" })
    await cardOf(`${id}c`, (card) => card?.status === "halted")
    await cardOf(`${id}b`, (card) => card?.status === "suspended")
    const found = async (fields: Parameters<typeof query>[0]) =>
      (await runIndex.list(query({ idPrefix: id, ...fields }))).runs
        .map((card) => card.id.slice(id.length))
        .sort()
        .join("")
    expect(await found({})).toBe("abc")
    expect(await found({ workflow: done })).toBe("a")
    expect(await found({ workflow: done, version: 2 })).toBe("")
    expect(await found({ statuses: ["halted"] })).toBe("c")
    expect(await found({ statuses: ["halted", "completed"] })).toBe("ac")
    expect(await found({ tags: ["color:red"] })).toBe("ab")
    expect(await found({ tags: ["color:red", "size:l"] })).toBe("a")
    expect(await found({ createdFromMs: before })).toBe("abc")
    expect(await found({ createdBeforeMs: before })).toBe("")
    expect(await found({ idPrefix: `${id}b` })).toBe("b")
    expect(await found({ statuses: ["suspended"], tags: ["color:red"], workflow: waiting })).toBe(
      "b",
    )
  })

  test("counts are by workflow, version and status, and by minute", async () => {
    const counted = registry.define(function* counted(ctx: Context, isOpen: boolean) {
      if (isOpen) yield* ctx.signal("go")
    })
    const id = newId()
    for (const [index, isOpen] of [false, false, true].entries()) {
      await indexedRuns.start(`${id}${index}`, { workflow: counted, input: [isOpen] })
    }
    await cardOf(`${id}2`, (card) => card?.status === "suspended")
    const stats = await runIndex.stats({ workflow: counted })
    const sorted = [...stats.counts].sort((left, right) => left.count - right.count)
    expect(sorted).toEqual([
      { workflow: counted, version: 1, status: "suspended", count: 1 },
      { workflow: counted, version: 1, status: "completed", count: 2 },
    ])
    expect(stats.minutes).toHaveLength(60)
    expect(stats.minutes.reduce((sum, { started }) => sum + started, 0)).toBeGreaterThanOrEqual(3)
    await indexedRuns.signal(`${id}2`, "go", 1)
    await cardOf(`${id}2`, (card) => card?.status === "completed")
    expect((await runIndex.stats({ workflow: counted })).counts).toEqual([
      { workflow: counted, version: 1, status: "completed", count: 3 },
    ])
  })
})

test("an ended run is deleted when its time has come, with no alarm of its own", async () => {
  const brief = registry.define(
    function* brief() {
      return "done"
    },
    { retentionMs: 5_000 },
  )
  const id = newId()
  await indexedRuns.start(id, { workflow: brief, input: [] })
  expect(await cardOf(id, (card) => card !== undefined)).toMatchObject({ status: "completed" })
  expect(
    await until(
      () => alarmOf(id),
      (at) => at === null,
    ),
  ).toBeNull()
  await vi.waitFor(
    async () => {
      const rows = await runInDurableObject(indexedStub(id), (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'run'").toArray(),
      )
      expect(rows).toEqual([])
    },
    { timeout: 20_000, interval: 100 },
  )
  expect(await cardOf(id, (card) => card === undefined)).toBeUndefined()
})
