// Traces: what an object leaves on disk or in memory that it should not: alarms behind a deletion, tables behind a
// question, stubs behind an answer.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../../src/engine/workflow/context.ts"
import { limiterStub, settled, slotOf } from "../support/limits.ts"
import { registry } from "../support/registry.ts"
import {
  alarmOf,
  begin,
  endOf,
  newId,
  rowsOf,
  runs,
  stubOf,
  suspended,
  tablesOf,
  until,
} from "../support/runs.ts"
import { newName, scheduleStub, schedules, setClock } from "../support/schedules.ts"

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function* waits(ctx: Context) {
  yield* ctx.signal("go")
}

/** What is asked of the storage of this object while it goes, in order. */
async function spied(stub: DurableObjectStub): Promise<string[]> {
  const asked: string[] = []
  await runInDurableObject(stub, (_, { storage }) => {
    for (const name of ["deleteAlarm", "deleteAll"] as const) {
      const plain = storage[name].bind(storage)
      Object.defineProperty(storage, name, {
        value: () => {
          asked.push(name)
          return plain()
        },
      })
    }
  })
  return asked
}

async function tablesAndAlarm(stub: DurableObjectStub): Promise<unknown> {
  return runInDurableObject(stub, async (_, { storage }) => ({
    tables: storage.sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      )
      .toArray(),
    alarm: await storage.getAlarm(),
  }))
}

const NOTHING = { tables: [], alarm: null }

describe("pitfall a: who is deleted leaves no alarm, whatever the platform's deleteAll does with it", () => {
  it("a run that a person deletes, whose alarm was set for the end of its keeping", async () => {
    const { id } = await begin(function* () {
      return "done"
    })
    await endOf(id)
    expect(await alarmOf(id)).toBeGreaterThan(Date.now())
    const asked = await spied(stubOf(id))
    await runs.delete(id)
    expect(asked.slice(0, 2)).toEqual(["deleteAlarm", "deleteAll"])
    expect(await tablesAndAlarm(stubOf(id))).toEqual(NOTHING)
  })

  it("a run that goes by its own alarm", async () => {
    const { id } = await begin(
      function* () {
        return "done"
      },
      [],
      { options: { retentionMs: 50 } },
    )
    await until(
      () => tablesOf(id),
      (tables) => tables.length === 0,
    )
    expect(await tablesAndAlarm(stubOf(id))).toEqual(NOTHING)
  })

  it("a limiter that nobody has needed for an hour", async () => {
    const workflow = registry.define(waits, { limits: { key: () => "all", concurrency: 1 } })
    const id = newId()
    await runs.start(id, { workflow, input: [] })
    const { limiter } = await slotOf(id)
    await settled(limiter, ({ holders }) => holders.length === 1)
    await runs.signal(id, "go", 1)
    const { alarm } = await settled(
      limiter,
      (record) => record.holders.length === 0 && record.alarm !== null,
    )
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime((alarm ?? 0) + 3_600_000)
    // The platform delivers it once more: another one stands behind it, which must go, too.
    await runInDurableObject(limiterStub(limiter), (object) =>
      object.alarm({ isRetry: true, retryCount: 1, scheduledTime: 0 }),
    )
    expect(await tablesAndAlarm(limiterStub(limiter))).toEqual(NOTHING)
  })

  it("a schedule", async () => {
    setClock("2037-05-01T00:10:00.000Z")
    const name = newName()
    await schedules.put(name, { workflow: registry.define(waits), input: [], cron: "0 * * * *" })
    const asked = await spied(scheduleStub(name))
    await schedules.delete(name)
    await until(
      () => asked.includes("deleteAll"),
      (isGone) => isGone,
    )
    expect(asked.slice(-2)).toEqual(["deleteAlarm", "deleteAll"])
    expect(await tablesAndAlarm(scheduleStub(name))).toEqual(NOTHING)
  })
})

describe("pitfall b: a question to who is not there makes no table, row or alarm", () => {
  it("at every door of a run, from people, families and limiters", async () => {
    const id = newId()
    const link = { id: "nobody", incarnation: "i", generation: 0, path: "0", attempt: 1 }
    const doors: (() => Promise<unknown>)[] = [
      () => runs.get(id),
      () => runs.result(id, 1),
      () => runs.journal(id, undefined, 10),
      () => runs.events(id, undefined, 1),
      () => runs.state(id, "s"),
      () => runs.signal(id, "s", 1, "key"),
      () => runs.update(id, "u", 1, { waitMs: 0 }),
      () => runs.updateAnswer(id, "u", "key", 0),
      () => runs.exportPage(id, undefined),
      () => runs.cancel(id, {}),
      () => runs.kill(id, {}),
      () => runs.pause(id, {}),
      () => runs.resume(id, {}),
      () => runs.retry(id, {}),
      () => runs.skip(id, { path: "0", value: 1 }),
      () => runs.fork(id, { to: `${id}-copy`, from: "0" }),
      () => runs.delete(id),
      () => runs.start(id, { workflow: "nobody", input: [] }),
      () =>
        stubOf(id).deliver(id, "ended", { to: link, outcome: { state: "completed", text: "1" } }),
      () => stubOf(id).deliver(id, "status", { to: link, status: "halted" }),
      () =>
        stubOf(id).deliver(id, "stop", { verb: "kill", incarnation: "i", reason: "r", by: link }),
      () => stubOf(id).granted({ run: id, incarnation: "i", ask: 1 }),
      () => runInDurableObject(stubOf(id), (object) => object.alarm()),
    ]
    for (const door of doors) {
      await door().catch(() => undefined)
      expect([String(door), await tablesAndAlarm(stubOf(id))]).toEqual([String(door), NOTHING])
    }
    expect(await tablesAndAlarm(stubOf(`${id}-copy`))).toEqual(NOTHING)
  })

  it("of a limiter or a schedule", async () => {
    const limiter = limiterStub("limit of nobody here")
    await limiter.release({ run: "r", incarnation: "i", ask: 1 })
    await runInDurableObject(limiter, (object) => object.alarm())
    expect(await tablesAndAlarm(limiter)).toEqual(NOTHING)
    const name = newName()
    const asks = [
      () => schedules.get(name),
      () => schedules.pause(name, {}),
      () => schedules.delete(name),
      () => runInDurableObject(scheduleStub(name), (object) => object.alarm()),
    ]
    for (const ask of asks) {
      await ask().catch(() => undefined)
      expect([String(ask), await tablesAndAlarm(scheduleStub(name))]).toEqual([
        String(ask),
        NOTHING,
      ])
    }
  })
})

describe("pitfall e: what crosses between objects is plain data: there is no stub that somebody had to dispose of", () => {
  it("in every answer of a run's doors", async () => {
    const { id, workflow } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.publish("state", { token: promise.token, at: new Date(0), list: [1n] })
      const message = yield* ctx.receive("ask")
      message.reply({ list: [1, { deep: new Map() }] })
      yield* ctx.signal("go")
    })
    await suspended(id)
    const stub = stubOf(id)
    const asked: PromiseLike<unknown>[] = [
      stub.start(id, { workflow, inputText: "[]", incarnation: "another", key: "k", waitMs: 0 }),
      stub.result(id, 0),
      stub.input(id),
      stub.update(id, "ask", "1", "key", 500),
      stub.state(id, "state"),
      stub.journal(id, undefined, 10),
      stub.events(id, undefined, 0),
      stub.export(id, undefined),
      stub.signal(id, "other", "1", undefined),
      stub.pause(id, {}),
      stub.granted({ run: id, incarnation: "i", ask: 1 }),
    ]
    const answers = await Promise.all(asked)
    expect(answers.map((answer) => (answer as { ok: boolean }).ok ?? true)).not.toContain(false)
    expect(answers.flatMap((answer) => stubsIn(answer, "answer"))).toEqual([])
    // The check sees one where there is one.
    expect(stubsIn({ deep: [{ at: stub.journal }] }, "answer")).toEqual(["answer.deep.0.at"])
    expect(await rowsOf(id, "SELECT status FROM run")).toEqual([{ status: "paused" }])
  })
})

/** Where functions or stubs stand in a value; a plain object's own disposer is no stub. */
function stubsIn(value: unknown, at: string): string[] {
  if (typeof value === "function") return [at]
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([key, part]) => stubsIn(part, `${at}.${key}`))
}
