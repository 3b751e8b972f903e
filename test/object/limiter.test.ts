// A limiter alone: messages that come twice, late, or for nobody; a store that fails; an hour in which nobody needs it.

import { runInDurableObject } from "cloudflare:test"
import { expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { Acquire } from "../../src/object/limiter/messages.ts"
import { fireLimiter, limiterRecord, limiterStub, settled, slotOf } from "./support/limits.ts"
import { registry } from "./support/registry.ts"
import { newId, resultOf, runs } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const HOUR_MS = 3_600_000

function* gated(ctx: Context) {
  yield* ctx.signal("go")
}

const oneAtOnce = { limits: { key: () => "all", concurrency: 1 } }

async function begun(workflow: string): Promise<{ id: string; limiter: string }> {
  const id = newId()
  await runs.start(id, { workflow, input: [] })
  const { limiter } = await slotOf(id)
  await settled(limiter, ({ holders }) => holders.length === 1)
  return { id, limiter }
}

function ghost(numbers: Acquire["numbers"] = { concurrency: 1 }): Acquire {
  return { run: newId(), incarnation: "gone", ask: 1, numbers, createdAtMs: 0 }
}

it("check 57: who asks and is no more frees the slot when it is granted, and the next one has it", async () => {
  const { id, limiter } = await begun(registry.define(gated, oneAtOnce))
  for (let n = 0; n < 3; n++) await limiterStub(limiter).acquire(ghost())
  expect((await limiterRecord(limiter)).queue).toHaveLength(3)
  await runs.signal(id, "go", 1)
  await resultOf(id)
  expect(await settled(limiter, ({ queue }) => queue.length === 0)).toMatchObject({
    holders: [],
    unsent: 0,
  })
})

it("a message that comes twice or late changes nothing", async () => {
  const workflow = registry.define(gated, oneAtOnce)
  const { id, limiter } = await begun(workflow)
  const { incarnation } = (await runs.get(id)) ?? { incarnation: "" }
  const stub = limiterStub(limiter)
  const ask = { run: id, incarnation, ask: 1 }
  await stub.acquire({ ...ask, numbers: { concurrency: 1 }, createdAtMs: 0 })
  await stub.release({ ...ask, ask: 0 })
  await stub.release({ ...ask, incarnation: "another" })
  const waits = ghost()
  await stub.acquire(waits)
  await stub.acquire(waits)
  expect(await limiterRecord(limiter)).toMatchObject({ holders: [id], queue: [waits.run] })
  await stub.release(waits)
  await stub.release(waits)
  await runs.signal(id, "go", 1)
  await resultOf(id)
  await settled(limiter, ({ holders }) => holders.length === 0)
  // An acquire that was under way for long arrives after the run has ended.
  await stub.acquire({ ...ask, numbers: { concurrency: 1 }, createdAtMs: 0 })
  expect(
    await settled(limiter, ({ holders, queue }) => holders.length + queue.length === 0),
  ).toMatchObject({ holders: [], queue: [] })
})

it("a release for a limiter that knows nobody writes nothing", async () => {
  const name = "limit of nobody"
  await limiterStub(name).release(ghost())
  const tables = await runInDurableObject(limiterStub(name), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf%'").toArray(),
  )
  expect(tables).toEqual([])
  expect((await limiterRecord(name)).alarm).toBeNull()
})

it("promise 12: a store that fails costs no place in the queue, and an alarm is set", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
  const { id, limiter } = await begun(registry.define(gated, oneAtOnce))
  const next = newId()
  const { workflow } = (await runs.get(id)) ?? { workflow: "" }
  await runs.start(next, { workflow, input: [] })
  await settled(limiter, ({ queue }) => queue.length === 1)
  watchOf(limiter).onStatement = (statement) => {
    if (statement.startsWith("INSERT INTO holders")) throw new Error("The store fails on purpose.")
  }
  await runs.signal(id, "go", 1)
  await resultOf(id)
  const failing = await settled(limiter, ({ holders }) => holders.length === 0)
  expect(failing.queue).toEqual([next])
  expect(failing.alarm).not.toBeNull()
  await fireLimiter(limiter)
  expect((await limiterRecord(limiter)).queue).toEqual([next])
  watchOf(limiter).onStatement = undefined
  expect((await settled(limiter, ({ holders }) => holders.length === 1)).holders).toEqual([next])
})

it("one that nobody needs goes after an hour, and is made anew when somebody does", async () => {
  const workflow = registry.define(gated, oneAtOnce)
  const { id, limiter } = await begun(workflow)
  await runs.signal(id, "go", 1)
  await resultOf(id)
  const idle = await settled(limiter, ({ alarm }) => (alarm ?? 0) > Date.now() + HOUR_MS / 2)
  expect(idle.alarm).toBeLessThanOrEqual(Date.now() + HOUR_MS)
  await fireLimiter(limiter)
  expect((await limiterRecord(limiter)).alarm).toBe(idle.alarm)
  vi.useFakeTimers({ toFake: ["Date"] })
  vi.setSystemTime((idle.alarm ?? 0) + 1)
  await fireLimiter(limiter)
  vi.useRealTimers()
  const tables = await runInDurableObject(limiterStub(limiter), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf%'").toArray(),
  )
  expect(tables).toEqual([])
  expect((await limiterRecord(limiter)).alarm).toBeNull()
  expect((await begun(workflow)).limiter).toBe(limiter)
})
