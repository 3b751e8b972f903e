// Messages between objects that are lost, or come far too late: who waits for a slot asks again, and a start that lingered
// begins no second life.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../../src/engine/workflow/context.ts"
import type { StandardSchema } from "../../../src/engine/workflow/operation.ts"
import { START_VALID_MS, type ChildBegins } from "../../../src/object/family/messages.ts"
import { SLOT_AUDIT_MS } from "../../../src/object/limiter/run-slot.ts"
import { fireLimiter, limiterRecord, limiterStub, settled, slotOf } from "../support/limits.ts"
import { registry } from "../support/registry.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  fireAlarm,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "../support/runs.ts"
import { watchOf } from "../support/watch.ts"

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const oneAtOnce = { limits: { key: () => "all", concurrency: 1 } }

function* gated(ctx: Context) {
  yield* ctx.signal("go")
}

async function queued() {
  const workflow = registry.define(gated, oneAtOnce)
  const [holder, waiting] = [newId(), newId()]
  await runs.start(holder, { workflow, input: [] })
  const { limiter } = await slotOf(holder)
  await settled(limiter, ({ holders }) => holders.length === 1)
  await runs.start(waiting, { workflow, input: [] })
  await settled(limiter, ({ queue }) => queue.length === 1)
  return { holder, waiting, limiter }
}

describe("promise 12: a run that waits for its slot has an alarm, at which it asks its limiter again", () => {
  /** Time passes, the run is in another life, and its alarm fires. */
  async function audit(id: string): Promise<void> {
    await until(
      () => alarmOf(id),
      (atMs) => (atMs ?? 0) > Date.now() + 60_000,
    )
    const atMs = (await alarmOf(id)) ?? Infinity
    expect(atMs).toBeLessThanOrEqual(Date.now() + SLOT_AUDIT_MS)
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(atMs)
    await fireAlarm(id)
    vi.useRealTimers()
  }

  const forget = (limiter: string, statement: string) =>
    runInDurableObject(limiterStub(limiter), (_, { storage }) => {
      storage.sql.exec(statement)
    })

  it("whose place in the queue is lost gets another", async () => {
    const { holder, waiting, limiter } = await queued()
    await forget(limiter, "DELETE FROM queue")
    await audit(waiting)
    await settled(limiter, ({ queue }) => queue.length === 1)
    await runs.signal(holder, "go", 1)
    expect(await settled(limiter, ({ holders }) => holders[0] === waiting)).toMatchObject({
      holders: [waiting],
    })
    expect((await recordOf(waiting)).startedAtMs).toBeDefined()
  })

  it("whose grant was lost is told again", async () => {
    const { holder, waiting, limiter } = await queued()
    watchOf(limiter).onCall = () => {
      throw new Error("Nothing gets through, on purpose.")
    }
    await runs.signal(holder, "go", 1)
    await until(
      () => limiterRecord(limiter),
      ({ holders }) => holders[0] === waiting,
    )
    await forget(limiter, "DELETE FROM outbox")
    watchOf(limiter).onCall = undefined
    await audit(waiting)
    await until(
      () => recordOf(waiting),
      ({ startedAtMs }) => startedAtMs !== undefined,
    )
    expect((await recordOf(waiting)).startedAtMs).toBeDefined()
    expect((await limiterRecord(limiter)).holders).toEqual([waiting])
  })

  it("whose asking the store refused asks at once, and not at the next audit", async () => {
    const id = newId()
    let failures = 1
    watchOf(id).onStatement = (text) => {
      if (text.startsWith("INSERT INTO outbox") && failures-- > 0) throw new Error("On purpose.")
    }
    await runs.start(id, { workflow: registry.define(gated, oneAtOnce), input: [] })
    expect(failures).toBeLessThanOrEqual(0)
    const { startedAtMs } = await until(
      () => recordOf(id),
      (run) => run.startedAtMs !== undefined,
    )
    expect(startedAtMs).toBeDefined()
  })

  it("that could not write its grant begins when it is told again, and not at the next audit", async () => {
    const { holder, waiting } = await queued()
    await until(
      () => alarmOf(waiting),
      (atMs) => (atMs ?? 0) > Date.now() + 60_000,
    )
    let failures = 1
    watchOf(waiting).onStatement = (text) => {
      if (text.startsWith("UPDATE run SET status") && failures-- > 0) throw new Error("On purpose.")
    }
    await runs.signal(holder, "go", 1)
    const row = await until(
      async () => (await rowsOf(waiting, "SELECT started_at FROM run"))[0],
      (run) => run?.["started_at"] !== null,
    )
    expect(row?.["started_at"]).toBeTypeOf("number")
    expect(failures).toBeLessThanOrEqual(0)
  })

  it("and where nothing was lost it changes nothing, and sends one message at the most", async () => {
    const { holder, waiting, limiter } = await queued()
    const before = watchOf(limiter).rowsWritten
    await crash(waiting)
    await audit(waiting)
    await settled(limiter, ({ queue }) => queue.length === 1)
    // The numbers of its limits, and nothing else.
    expect(watchOf(limiter).rowsWritten - before).toBeLessThanOrEqual(2)
    expect(await limiterRecord(limiter)).toMatchObject({ holders: [holder], queue: [waiting] })
    expect((await recordOf(waiting)).startedAtMs).toBeUndefined()
    expect(await alarmOf(waiting)).toBeGreaterThan(Date.now())
  })
})

describe("a holder that never answers its limiter", () => {
  it("check 57: keeps its slot, since it may be at work; others wait, and an alarm is set", async () => {
    const { holder, waiting, limiter } = await queued()
    watchOf(limiter).onCall = () => {
      throw new Error("It does not answer, on purpose.")
    }
    vi.useFakeTimers({ toFake: ["Date"] })
    const callsBefore = watchOf(limiter).calls
    for (let hours = 0; hours < 3; hours++) {
      vi.setSystemTime(Date.now() + 3_600_000)
      await fireLimiter(limiter)
      const record = await limiterRecord(limiter)
      expect(record).toMatchObject({ holders: [holder], queue: [waiting] })
      expect(record.alarm).toBeLessThanOrEqual(Date.now() + 60_000)
    }
    expect(watchOf(limiter).calls).toBeGreaterThan(callsBefore)
    vi.useRealTimers()
    watchOf(limiter).onCall = undefined
    await runs.signal(holder, "go", 1)
    const { holders } = await until(
      () => limiterRecord(limiter),
      (record) => record.holders[0] === waiting,
    )
    expect(holders).toEqual([waiting])
  })
})

describe("a child's start that lingered on its way", () => {
  const child = registry.define(function* child() {
    return "done"
  })

  /** A parent's call of a child that has ended; and the message of its start, as it was sent. */
  async function called() {
    const id = newId()
    const sent: ChildBegins[] = []
    await begin(
      function* (ctx: Context) {
        const result = yield* ctx.rpc(child, ctx.options({ id: `${id}-child` }))
        yield* ctx.signal("end")
        return result
      },
      [],
      { id },
    )
    await until(
      () => runs.get(`${id}-child`),
      (run) => run?.status === "completed",
    )
    await suspended(id)
    const { incarnation } = await recordOf(id)
    const record = await recordOf(`${id}-child`)
    sent.push({
      message: {
        workflow: child,
        inputText: record.inputText,
        incarnation: record.incarnation,
        key: record.incarnation,
        waitMs: 0,
      },
      listener: { id, incarnation, generation: 0, path: "0", attempt: 1 },
      notAfterMs: Date.now() + START_VALID_MS,
    })
    const [message] = sent as [ChildBegins]
    const arrive = (late: ChildBegins = message) =>
      stubOf(`${id}-child`).deliver(`${id}-child`, "start", late)
    return { id, child: `${id}-child`, message, arrive }
  }

  it("begins nothing where the child has ended and was deleted", async () => {
    const { id, child: childId, arrive } = await called()
    await runs.delete(childId)
    expect(await arrive()).toMatchObject({ ok: true })
    expect(await runs.get(childId)).toBeUndefined()
    // Also in another life of the object, and of whoever does not say when it was sent.
    await crash(childId)
    expect(await arrive()).toMatchObject({ ok: true })
    expect(await runs.get(childId)).toBeUndefined()
    await runs.signal(id, "end", 1)
    expect(await resultOf(id)).toBe("done")
  })

  it("after five minutes the object is as if it had never been, and the start is too old to be believed", async () => {
    const { child: childId, message, arrive } = await called()
    await runs.delete(childId)
    expect(await tablesOf(childId)).toEqual(["gone", "outbox"])
    const atMs = (await alarmOf(childId)) ?? 0
    expect(atMs).toBeLessThanOrEqual(Date.now() + START_VALID_MS)
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(atMs + 1)
    await fireAlarm(childId)
    expect(await tablesOf(childId)).toEqual([])
    expect(await alarmOf(childId)).toBeNull()
    const refused = await runInDurableObject(stubOf(childId), async (object) =>
      object.deliver(childId, "start", message).then(
        () => "begun",
        (error: unknown) => String(error),
      ),
    )
    expect(refused).toContain("too long on its way")
    expect(await tablesOf(childId)).toEqual([])
    // Sent anew by somebody who still means it, it begins.
    const again = { ...message, notAfterMs: Date.now() + START_VALID_MS }
    expect(await arrive(again)).toMatchObject({ ok: true })
    expect((await endOf(childId)).status).toBe("completed")
  })

  it("the id is free for others all the same", async () => {
    const { child: childId, arrive } = await called()
    await runs.delete(childId)
    const other = registry.define(gated)
    expect((await runs.start(childId, { workflow: other, input: [] })).created).toBe(true)
    await arrive()
    expect((await recordOf(childId)).workflow).toBe(other)
    await runs.signal(childId, "go", 1)
    await endOf(childId)
    await runs.delete(childId)
    expect(await runs.get(childId)).toBeUndefined()
  })

  it("begins nothing where all of it came to pass while the schema was asked", async () => {
    let asked = 0
    const answered = new Set<number>()
    const slowly: StandardSchema = {
      "~standard": {
        validate: async (value) => {
          const turn = ++asked
          while (!answered.has(turn)) await pause(5)
          return { value }
        },
      },
    }
    let begun = 0
    const checked = registry.define(
      function* checked(ctx: Context) {
        yield* ctx.run(() => void begun++)
      },
      { input: slowly },
    )
    const id = newId()
    const { message } = await called()
    const late = { ...message, message: { ...message.message, workflow: checked } }
    const arrivals = [1, 2].map(() => stubOf(id).deliver(id, "start", late))
    await until(
      () => asked,
      (count) => count === 2,
    )
    answered.add(1)
    await arrivals[0]
    await endOf(id)
    await runs.delete(id)
    answered.add(2)
    expect(await arrivals[1]).toMatchObject({ ok: true })
    expect(await runs.get(id)).toBeUndefined()
    expect(begun).toBe(1)
  })

  it("a parent that is taken back to before the child begins another, though the first was deleted just now", async () => {
    let fails = true
    const twice = registry.define(function* twice() {
      if (fails) throw new Error("the first time")
      return "the second time"
    })
    const id = newId()
    await begin(
      function* (ctx: Context) {
        return yield* ctx.rpc(twice, ctx.options({ id: `${id}-child` }))
      },
      [],
      { id },
    )
    expect((await endOf(id)).status).toBe("failed")
    await runs.delete(`${id}-child`)
    fails = false
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe("the second time")
    await runs.delete(`${id}-child`).catch(() => undefined)
  })

  it("one that ended long ago leaves nothing behind when it is deleted", async () => {
    const { child: childId } = await called()
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(Date.now() + START_VALID_MS + 1)
    await runs.delete(childId)
    expect(await tablesOf(childId)).toEqual([])
    expect(await alarmOf(childId)).toBeNull()
  })
})
