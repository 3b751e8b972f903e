// While a deploy spreads, a Worker may meet an older object and an object a newer Worker; after a rollback old code meets
// new rows. What can be understood is done, what cannot is refused in words and kept as it is.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../../src/engine/workflow/context.ts"
import { errorResponse } from "../../../src/http/error-response.ts"
import type { FamilyKind } from "../../../src/object/family/messages.ts"
import { createRuns, type RunDoor } from "../../../src/object/runs-client.ts"
import { SCHEMA_VERSION } from "../../../src/object/store/schema.ts"
import { SCHEDULE_SCHEMA_VERSION } from "../../../src/object/schedule/schema.ts"
import type { StartMessage } from "../../../src/object/doors/start.ts"
import { limiterRecord, limiterStub, settled, slotOf } from "../support/limits.ts"
import { registry } from "../support/registry.ts"
import {
  alarmOf,
  begin,
  codeOf,
  crash,
  doorOf,
  endOf,
  evict,
  fireAlarm,
  newId,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  stubOf,
  suspended,
  until,
  valueIn,
} from "../support/runs.ts"
import {
  evictSchedule,
  newName,
  scheduleAlarm,
  scheduleStub,
  schedules,
  setClock,
} from "../support/schedules.ts"

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function* waits(ctx: Context) {
  return yield* ctx.signal("go")
}

describe("check 56: a message of another version of the code", () => {
  it("with fields that nobody here knows does what it always did", async () => {
    const workflow = registry.define(waits)
    const id = newId()
    const message = {
      workflow,
      inputText: "[]",
      incarnation: "life-1",
      key: "k",
      waitMs: 0,
      priority: 7,
      later: { deep: [1] },
    }
    expect(valueIn(await doorOf(id).start(id, message))).toMatchObject({ created: true })
    const action = { reason: "because", approvedBy: "two" }
    expect(valueIn(await doorOf(id).pause(id, action))).toMatchObject({ status: "paused" })
    expect(valueIn(await doorOf(id).resume(id, action))).toMatchObject({ status: "suspended" })
  })

  it("without the fields that came later is understood", async () => {
    const workflow = registry.define(waits)
    const id = newId()
    const oldest = { workflow, inputText: "[]", incarnation: "life-1" } as StartMessage
    expect(valueIn(await doorOf(id).start(id, oldest))).toMatchObject({ created: true })
    expect(valueIn(await doorOf(id).start(id, oldest))).toMatchObject({ created: true })
    await runs.signal(id, "go", "on")
    expect(await resultOf(id)).toBe("on")

    // A parent of older code says nothing of when it sent its start, nor of anything optional.
    const child = newId()
    const listener = { id, incarnation: "x", generation: 0, path: "0", attempt: 1 }
    await stubOf(child).deliver(child, "start", { message: oldest, listener })
    expect((await recordOf(child)).status).toBe("suspended")
    // And a child of older code does not say whose end it tells.
    const ended = { to: listener, outcome: { state: "completed", text: "1" } }
    expect(await stubOf(id).deliver(id, "ended", ended)).toMatchObject({ ok: true })
  })

  it("with a method that an older object does not have is 503: it is asked again later, and harms nothing", async () => {
    const { id } = await begin(waits)
    const asked = { calls: 0 }
    const client = createRuns(
      (each) =>
        new Proxy({} as RunDoor, {
          get: () => async (): Promise<unknown> => {
            asked.calls++
            const stub = stubOf(each) as unknown as Record<string, () => Promise<unknown>>
            return stub["methodOfTheFuture"]?.()
          },
        }),
    )
    // What the object said is in the log.
    await expect(client.signal(id, "go", 1)).rejects.toMatchObject({
      code: "overloaded",
      details: undefined,
    })
    expect(asked.calls).toBe(1)
    expect((await recordOf(id)).status).toBe("suspended")
  })

  it("of a kind that an older object does not know is not acknowledged: it comes again", async () => {
    const { id } = await begin(waits)
    const thrown = await runInDurableObject(stubOf(id), (object) =>
      object.deliver(id, "adopted" as FamilyKind, {}).then(
        () => "taken",
        (error: unknown) => String(error),
      ),
    )
    expect(thrown).toContain('"adopted"')
  })

  it("that stands in the outbox since newer code ran is kept, and holds up nobody else", async () => {
    const child = registry.define(function* child() {
      return "done"
    })
    const { id } = await begin(function* (ctx: Context) {
      yield* ctx.signal("go")
      return yield* ctx.rpc(child)
    })
    await suspended(id)
    await runInDurableObject(stubOf(id), (_, { storage }) => {
      storage.sql.exec(`CREATE TABLE outbox (
        target TEXT NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
        tries INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (target, id)) WITHOUT ROWID`)
      storage.sql.exec("INSERT INTO outbox VALUES ('somebody', 1, 'of the future', '{}', 0, 0)")
    })
    await crash(id)
    await runs.signal(id, "go", 1)
    expect(await resultOf(id)).toBe("done")
    expect(await rowsOf(id, "SELECT kind FROM outbox")).toEqual([{ kind: "of the future" }])
  })

  it("refused with a code that this Worker does not know is 500 internal, with that code in the details", async () => {
    const client = createRuns(
      () =>
        new Proxy({} as RunDoor, {
          get: () => async () => ({ ok: false, code: "of_the_future", message: "In new words." }),
        }),
    )
    const refused = await client.get("r").catch((error: unknown) => error)
    const response = errorResponse(refused, "GET /v1/runs/:id")
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({
      error: { code: "internal", message: "In new words.", details: { code: "of_the_future" } },
    })
  })

  it("between a run and its limiter: fields are ignored or missed without harm", async () => {
    const workflow = registry.define(waits, { limits: { key: () => "all", concurrency: 1 } })
    const id = newId()
    await runs.start(id, { workflow, input: [] })
    const { limiter } = await slotOf(id)
    await settled(limiter, ({ holders }) => holders.length === 1)
    const ghost = {
      run: newId(),
      incarnation: "gone",
      ask: 1,
      numbers: { concurrency: 1, burst: 9 },
      createdAtMs: 0,
      priority: 1,
    }
    await limiterStub(limiter).acquire(ghost)
    expect((await limiterRecord(limiter)).queue).toEqual([ghost.run])
    const { incarnation } = await recordOf(id)
    const asked = { run: id, incarnation, ask: 1, urgent: true }
    expect(await stubOf(id).granted(asked)).toMatchObject({ ok: true, value: { isHeld: true } })
  })
})

describe("check 56: tables of another version of the code", () => {
  const stamp = (id: string, version: number) =>
    runInDurableObject(stubOf(id), (_, { storage }) => {
      storage.sql.exec("UPDATE run SET schema_version = ?", version)
    })

  it("newer ones are refused at every door in words, and nothing of them is changed", async () => {
    const { id, workflow } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.race([promise, ctx.signal("go"), ctx.sleep(60_000)])
    })
    const { waitingFor } = await suspended(id)
    const token = waitingFor.find(({ kind }) => kind === "promise")?.token ?? ""
    await stamp(id, SCHEMA_VERSION + 1)
    const before = await everythingOf(id)
    await evict(id)
    const doors: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => runs.get(id),
      result: () => runs.result(id, 10),
      start: () => runs.start(id, { workflow, input: [] }),
      signal: () => runs.signal(id, "go", 1),
      update: () => runs.update(id, "ask", 1),
      settle: () => runs.settlePromise(token, { type: "resolve", value: 1 }),
      journal: () => runs.journal(id, undefined, 10),
      events: () => runs.events(id, undefined, 0),
      state: () => runs.state(id, "none"),
      cancel: () => runs.cancel(id, {}),
      kill: () => runs.kill(id, {}),
      pause: () => runs.pause(id, {}),
      retry: () => runs.retry(id, {}),
      skip: () => runs.skip(id, { path: "0", value: 1 }),
      delete: () => runs.delete(id),
    }
    const codes = Object.entries(doors).map(async ([door, ask]) => [door, await codeOf(ask())])
    expect(Object.fromEntries(await Promise.all(codes))).toEqual(
      Object.fromEntries(Object.keys(doors).map((door) => [door, "not_configured"])),
    )
    await fireAlarm(id)
    expect(await everythingOf(id)).toEqual(before)
    // It looks again by itself, slowly.
    expect(await alarmOf(id)).toBeGreaterThan(Date.now() + 30_000)
    await stamp(id, SCHEMA_VERSION)
    await runs.signal(id, "go", 1)
    expect((await endOf(id)).status).toBe("completed")
  })

  it("newer ones of a schedule begin nothing, and the schedule goes on when the code is there", async () => {
    setClock("2035-05-01T00:10:00.000Z")
    const name = newName()
    const workflow = registry.define(waits)
    await schedules.put(name, { workflow, input: [], cron: "0 * * * *" })
    await until(
      () => scheduleRow(name),
      ({ tell_at }) => tell_at === null,
    )
    const write = (version: number) =>
      runInDurableObject(scheduleStub(name), (_, { storage }) => {
        storage.sql.exec("UPDATE schedule SET schema_version = ?", version)
      })
    await write(SCHEDULE_SCHEMA_VERSION + 1)
    const before = await scheduleRow(name)
    await evictSchedule(name)
    setClock("2035-05-01T01:00:00.000Z")
    await runDurableObjectAlarm(scheduleStub(name))
    expect(await scheduleRow(name)).toEqual(before)
    expect(await scheduleAlarm(name)).toBe(Date.now() + 60_000)
    expect(await codeOf(schedules.get(name))).toBe("not_configured")
    expect(await codeOf(schedules.delete(name))).toBe("not_configured")
    await write(SCHEDULE_SCHEMA_VERSION)
    setClock("2035-05-01T01:01:00.000Z")
    await runDurableObjectAlarm(scheduleStub(name))
    expect((await runs.get(`${name}/2035-05-01T01:00:00.000Z`))?.status).toBe("suspended")
  })

  it("a run whose workflow is missing parks with a reason, looks again each minute, and goes on by itself", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id, workflow } = await begin(waits)
    await suspended(id)
    await evict(id)
    registry.hide(workflow)
    await runs.signal(id, "go", "kept")
    for (let looks = 0; looks < 3; looks++) {
      expect(await recordOf(id)).toMatchObject({
        status: "halted",
        halt: { code: "workflow_unknown", message: expect.stringContaining(workflow) },
      })
      expect(await alarmOf(id)).toBe(Date.now() + 60_000)
      vi.setSystemTime(Date.now() + 60_000)
      await fireAlarm(id)
    }
    registry.hide(workflow, false)
    vi.setSystemTime(Date.now() + 60_000)
    await fireAlarm(id)
    expect(await resultOf(id)).toBe("kept")
  })
})

async function everythingOf(id: string): Promise<Record<string, unknown>> {
  const tables = ["run", "journal", "waits", "promises"]
  const rows = tables.map(async (table) => [table, await rowsOf(id, `SELECT * FROM ${table}`)])
  return Object.fromEntries(await Promise.all(rows)) as Record<string, unknown>
}

async function scheduleRow(name: string): Promise<Record<string, SqlStorageValue>> {
  return runInDurableObject(scheduleStub(name), (_, { storage }) =>
    storage.sql.exec("SELECT * FROM schedule").one(),
  )
}
