// The index over the lives of a run: retried behind its end, deleted and begun again while news are under way, and ended
// by something that has no text.

import { runInDurableObject } from "cloudflare:test"
import { expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { cardOf, indexedRuns, indexedStub, listed, silentRuns } from "./support/indexed-runs.ts"
import { registry } from "./support/registry.ts"
import { pause, until } from "./support/runs.ts"

const done = registry.define(function* done() {
  return "done"
})

const waiting = registry.define(function* waiting(ctx: Context) {
  yield* ctx.signal("go")
})

test("a run that is retried outlives the time at which its end was to be deleted", async () => {
  let isBroken = true
  const mended = registry.define(
    function* mended(ctx: Context) {
      if (isBroken) throw new Error("not yet")
      yield* ctx.signal("go")
    },
    { retentionMs: 3_000 },
  )
  const id = "lives-retried"
  await indexedRuns.start(id, { workflow: mended, input: [] })
  expect(await cardOf(id, (card) => card?.status === "failed")).toBeDefined()
  isBroken = false
  await indexedRuns.retry(id, {})
  await pause(4_000)
  const card = await cardOf(id, (each) => each?.status === "suspended")
  expect(card?.status).toBe("suspended")
  expect(card?.deleteAtMs).toBeUndefined()
  expect(await indexedRuns.get(id)).toMatchObject({ status: "suspended" })
})

test("deleted and begun again, announced or not, each time at once: the last life is listed, once", async () => {
  const ids = Array.from({ length: 24 }, (_, n) => `lives-again-${n}`)
  await Promise.all(
    ids.map(async (id, n) => {
      const [first, second] = n % 2 === 0 ? [silentRuns, indexedRuns] : [indexedRuns, silentRuns]
      for (let life = 0; life < 2; life++) {
        await first.start(id, { workflow: done, input: [], tags: { life: `${life}` } })
        // News of that life may be on their way, or still to come.
        await pause(n * 5)
        await indexedRuns.delete(id)
      }
      await second.start(id, { workflow: waiting, input: [], tags: { life: "last" } })
    }),
  )
  // Whatever is late arrives by then.
  await pause(3_000)
  const cards = await listed(
    { idPrefix: "lives-again-" },
    (some) => some.filter(({ status }) => status === "suspended").length === ids.length,
  )
  expect(cards.map(({ id }) => id).sort()).toEqual([...ids].sort())
  expect(new Set(cards.map(({ tags }) => tags["life"]))).toEqual(new Set(["last"]))
  expect(await listed({ tags: ["life:1"] }, (some) => some.length === 0)).toEqual([])
})

test("a run that failed with something without a text is listed, and owes nothing", async () => {
  const odd = registry.define(function* odd() {
    throw { toString: null, valueOf: null } as unknown
  })
  const id = "lives-odd"
  await silentRuns.start(id, { workflow: odd, input: [] })
  expect(await cardOf(id, (card) => card?.status === "failed")).toMatchObject({
    problem: { code: "failed" },
  })
  const alarm = () => runInDurableObject(indexedStub(id), (_, { storage }) => storage.getAlarm())
  expect(await until(alarm, (atMs) => atMs === null)).toBeNull()
})
