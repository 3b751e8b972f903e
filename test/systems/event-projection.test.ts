// The event projection over HTTP: the fold's rules, each row of the failure table with its Traps, and long streams.
import { runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import * as v from "valibot"
import { describe, expect, test } from "vitest"
import { JournalRows } from "../../src/object/store/journal-rows.ts"
import { allRecords } from "../../src/object/store/journal-search.ts"
import { TABLES } from "../../src/object/store/schema.ts"
import { Tables } from "../../src/object/store/tables.ts"
import { EVENTS_MAX, streamFields } from "../../src/systems/event-projection/event.ts"
import type { ProjectionSnapshot } from "../../src/systems/event-projection/projection.ts"
import { thoroughly } from "../setup/thorough.ts"
import { ask, askUntil } from "./support/ask.ts"
import { attemptsOf, crash, endOf, evict, send, stepsOf } from "./support/service.ts"

interface ProjectionBody {
  readonly status: string
  readonly statusUrl: string
  readonly eventsProcessed: number
  readonly projection: ProjectionSnapshot
  readonly error: { readonly code: string; readonly message: string; readonly details: unknown }
}

interface EventBody {
  readonly eventId: string
  readonly type: string
  readonly timestamp: string
  readonly payload: unknown
}

const TIMESTAMP = "2026-01-01T00:00:00.000Z"

/** Events numbered `evt_001`, `evt_002`, … */
function stream(...events: readonly (readonly [type: string, payload?: object])[]): EventBody[] {
  return events.map(([type, payload = {}], index) => ({
    eventId: `evt_${String(index + 1).padStart(3, "0")}`,
    type,
    timestamp: TIMESTAMP,
    payload,
  }))
}

const DEMO = stream(
  ["UserRegistered", { name: "Alice Chen", email: "alice@example.com" }],
  ["ProfileUpdated", { name: "Alice Chen-Watson" }],
  ["SubscriptionActivated", { plan: "pro" }],
  ["OrderPlaced", { orderId: "ord_001", total: 4_999 }],
  ["OrderPlaced", { orderId: "ord_002" }],
  ["OrderShipped", { orderId: "ord_001" }],
  ["OrderCancelled", { orderId: "ord_002" }],
  ["SubscriptionRenewed"],
)

const demoProjection = (userId: string): ProjectionSnapshot => ({
  userId,
  name: "Alice Chen-Watson",
  email: "alice@example.com",
  subscription: "active",
  subscriptionRenewals: 1,
  totalOrders: 2,
  cancelledOrders: 1,
  activeOrders: [],
  shippedOrders: ["ord_001"],
  eventsProcessed: 8,
})

const newUser = () => `user_${crypto.randomUUID()}`
const runOf = (userId: string) => `projection/${userId}`
const runStub = (userId: string) => env.RUNS.get(env.RUNS.idFromName(runOf(userId)))

const project = (userId: string, events: unknown, fault?: string, query = "") =>
  ask<ProjectionBody>(`POST /projections/${userId}${query}`, {
    body: { events },
    ...(fault !== undefined && { fault }),
  })
const read = (userId: string) => ask<ProjectionBody>(`GET /projections/${userId}`)
const until = (userId: string, isWanted: (body: ProjectionBody) => boolean) =>
  askUntil<ProjectionBody>(`GET /projections/${userId}`, ({ body }) => isWanted(body))
const ended = (userId: string) => until(userId, ({ status }) => status !== "processing")

/** Orders that are placed, and of every four one shipped and one cancelled. */
function longStream(count: number): EventBody[] {
  return stream(
    ...Array.from({ length: count }, (_, index) => {
      const round = Math.floor(index / 4)
      const orderId = (which: string) => ({ orderId: `ord_${round}_${which}` })
      const kinds = [
        ["OrderPlaced", orderId("a")],
        ["OrderPlaced", orderId("b")],
        ["OrderShipped", orderId("a")],
        ["OrderPlaced", orderId("c")],
      ] as const
      return kinds[index % 4]!
    }),
  )
}

describe("requests", () => {
  test("a start is 202 with a statusUrl, again as well; with wait 200 and the projection", async () => {
    const userId = newUser()
    const first = await project(userId, DEMO)
    expect(first).toMatchObject({ status: 202, body: { statusUrl: `/projections/${userId}` } })
    const done = await askUntil<ProjectionBody>(`GET ${first.body.statusUrl}`, ({ body }) => {
      return body.status !== "processing"
    })
    expect(done).toEqual({
      status: 200,
      body: { status: "done", eventsProcessed: 8, projection: demoProjection(userId) },
    })
    expect((await project(userId, DEMO)).status).toBe(202)
    expect((await ask(`POST /projections/${userId}`)).status).toBe(202)
    expect(await project(userId, DEMO, undefined, "?wait=5000")).toEqual(done)
    const other = newUser()
    expect(await project(other, DEMO, undefined, "?wait=5000")).toMatchObject({
      status: 200,
      body: { status: "done", projection: demoProjection(other) },
    })
  })

  test("more, fewer or other events for the same user are 409 and change nothing", async () => {
    const userId = newUser()
    await project(userId, DEMO)
    await ended(userId)
    for (const events of [DEMO.slice(0, 7), [...DEMO, ...stream(["SubscriptionRenewed"])], []]) {
      const answer = await project(userId, events)
      expect(answer).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
    }
    expect((await read(userId)).body.projection).toEqual(demoProjection(userId))
  })

  const [registered] = DEMO
  test.each([
    [undefined, "events"],
    [{}, "events"],
    [[1], "events.0"],
    [[{ ...registered, eventId: "" }], "events.0.eventId"],
    [[{ ...registered, type: 1 }], "events.0.type"],
    [[{ ...registered, timestamp: null }], "events.0.timestamp"],
    [[registered, { ...registered, payload: { name: "A" } }], "events.1.payload.email"],
    [[{ ...registered, type: "OrderPlaced", payload: {} }], "events.0.payload.orderId"],
    [[{ ...registered, type: "SubscriptionRenewed", payload: null }], "events.0.payload"],
    [[{ ...registered, type: "ProfileUpdated", payload: { name: 1 } }], "events.0.payload.name"],
  ])("events %j are 400, name the field and start nothing", async (events, field) => {
    const userId = newUser()
    const answer = await project(userId, events)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } })
    expect(answer.body.error.message).toContain(field)
    expect((await read(userId)).status).toBe(404)
  })

  test("a stream without events is done at once, with an empty projection", async () => {
    const userId = newUser()
    await project(userId, [])
    const { body } = await ended(userId)
    expect(body).toMatchObject({ status: "done", eventsProcessed: 0 })
    expect(body.projection).toMatchObject({ userId, subscription: "none", activeOrders: [] })
  })

  test("bodies up to 16 MiB are taken, larger ones are 413, and the next request works", async () => {
    const note = "x".repeat(5 * 1024 * 1024)
    const renewal = { type: "SubscriptionRenewed", timestamp: TIMESTAMP, payload: { note } }
    const events = ["a", "b", "c", "d"].map((eventId) => ({ ...renewal, eventId }))
    const userId = newUser()
    expect((await project(userId, events)).status).toBe(413)
    expect((await read(userId)).status).toBe(404)
    expect((await project(userId, events.slice(0, 3))).status).toBe(202)
    expect((await ended(userId)).body).toMatchObject({ status: "done", eventsProcessed: 3 })
  })
})

describe.concurrent("the failure table", () => {
  test("row: step i throws: tried again in place, earlier events untouched; the reader sees i events meanwhile", async () => {
    const userId = newUser()
    await project(userId, DEMO, "applyEvent#6:1:throw")
    const live = await until(userId, ({ eventsProcessed }) => eventsProcessed === 5)
    expect(live.body).toEqual({
      status: "processing",
      eventsProcessed: 5,
      projection: {
        ...demoProjection(userId),
        subscriptionRenewals: 0,
        cancelledOrders: 0,
        activeOrders: ["ord_001", "ord_002"],
        shippedOrders: [],
        eventsProcessed: 5,
      },
    })
    expect((await ended(userId)).body.status).toBe("done")
    const attempts = (await stepsOf(runOf(userId), "applyEvent")).map((step) => step.attempts)
    expect(attempts).toEqual([1, 1, 1, 1, 1, 2, 1, 1])
  })

  test("row: crash between i and i+1: resumed at i+1, recorded events are not applied again", async () => {
    const userId = newUser()
    await project(userId, DEMO, "applyEvent#6:1:throw")
    await until(userId, ({ eventsProcessed }) => eventsProcessed === 5)
    await crash(runOf(userId))
    expect((await read(userId)).body.eventsProcessed).toBe(5)
    await evict(runOf(userId))
    expect((await ended(userId)).body.projection).toEqual(demoProjection(userId))
    expect(await attemptsOf(runOf(userId), "applyEvent")).toBe(9)
  })

  test("row: a run with a crash at any event ends with the projection of a run without", async () => {
    await Promise.all(
      DEMO.map(async (_, index) => {
        const userId = newUser()
        await project(userId, DEMO, `applyEvent#${index + 1}:1:crash`)
        const { body } = await ended(userId)
        expect(body).toEqual({
          status: "done",
          eventsProcessed: 8,
          projection: demoProjection(userId),
        })
      }),
    )
  })

  test("row: an event id that stands twice in the stream is applied once (Trap: the original keys by position)", async () => {
    const userId = newUser()
    const [first, ...others] = DEMO
    await project(userId, [first, first, ...others, ...others.toReversed(), first])
    expect((await ended(userId)).body).toEqual({
      status: "done",
      eventsProcessed: 8,
      projection: demoProjection(userId),
    })
    expect(await stepsOf(runOf(userId), "applyEvent")).toHaveLength(8)
  })

  test("row: an unknown event type is a typed permanent error naming the event, state intact (Trap: tried for 24 h)", async () => {
    const userId = newUser()
    await project(userId, [
      ...DEMO,
      { ...DEMO[7], eventId: "evt_009", type: "UserAbducted" },
      DEMO[0],
    ])
    const { status, body } = await ended(userId)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        status: "failed",
        eventsProcessed: 8,
        projection: demoProjection(userId),
        error: {
          code: "event_type_unknown",
          message: expect.stringContaining("evt_009"),
          details: { eventId: "evt_009", type: "UserAbducted" },
        },
      },
    })
    const state = `/v1/runs/${encodeURIComponent(runOf(userId))}/state/projection`
    expect((await send(`GET ${state}`)).body).toEqual(demoProjection(userId))
    const steps = await stepsOf(runOf(userId), "applyEvent")
    expect(steps.map((step) => step.attempts)).toEqual(Array.from({ length: 9 }, () => 1))
  })

  test.each([
    ["OrderShipped", "an order nobody placed", []],
    ["OrderCancelled", "an order nobody placed", []],
    ["OrderShipped", "an order that is shipped", ["OrderPlaced", "OrderShipped"]],
    ["OrderCancelled", "an order that is shipped", ["OrderPlaced", "OrderShipped"]],
    ["OrderShipped", "an order that is cancelled", ["OrderPlaced", "OrderCancelled"]],
    ["OrderCancelled", "an order that is cancelled", ["OrderPlaced", "OrderCancelled"]],
  ])("row: %s of %s is refused (Trap: the original counts it)", async (type, _, before) => {
    const userId = newUser()
    const events = stream(...[...before, type].map((kind) => [kind, { orderId: "ord_1" }] as const))
    await project(userId, events)
    const { body } = await ended(userId)
    expect(body).toMatchObject({
      status: "failed",
      eventsProcessed: before.length,
      error: { code: "order_not_active", details: { eventId: events.at(-1)?.eventId, type } },
    })
    const { activeOrders, shippedOrders, cancelledOrders, totalOrders } = body.projection
    expect(activeOrders.length + shippedOrders.length + cancelledOrders).toBe(totalOrders)
  })

  test("row: a stream that was edited before a replay is noticed (Trap: a silent wrong cache)", async () => {
    const userId = newUser()
    await project(userId, DEMO, "applyEvent#6:1:throw")
    await until(userId, ({ eventsProcessed }) => eventsProcessed === 5)
    await runInDurableObject(runStub(userId), (_, state) => {
      state.storage.sql.exec("UPDATE run SET input = replace(input, 'Chen-Watson', 'Chen-Holmes')")
    })
    await crash(runOf(userId))
    const { body } = await ended(userId)
    expect(body).toMatchObject({ status: "halted", error: { code: "divergence" } })
    expect(body.projection.name).toBe("Alice Chen-Watson")
  })
})

/** Events in the kept projection, and the records that came after it. */
function keptOf(userId: string) {
  return runInDurableObject(runStub(userId), (_, { storage }) => {
    const { sql } = storage
    const isKept = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'folds'").toArray().length > 0
    const { kept } = isKept
      ? sql.exec<{ kept: number }>("SELECT COALESCE(MAX(count), 0) AS kept FROM folds").one()
      : { kept: 0 }
    const records = [...allRecords(new JournalRows(new Tables(storage, TABLES)))]
    const applied = new Set(
      records.filter(({ name }) => name === "applyEvent").map(({ path }) => path),
    )
    const ends = records.filter(({ type, path }) => type === "completed" && applied.has(path))
    const retried = ends.filter(({ attempt = 1 }) => attempt > 1).map(({ path }) => path)
    return { kept, checkpoints: ends.length, retried }
  })
}

describe("long streams", () => {
  test("10,000 events run in a few seconds and the invariant of orders holds", async () => {
    const userId = newUser()
    const begunAtMs = Date.now()
    expect((await project(userId, longStream(10_000))).status).toBe(202)
    const { body } = await ended(userId)
    expect(Date.now() - begunAtMs).toBeLessThan(8_000)
    expect(body).toMatchObject({ status: "done", eventsProcessed: 10_000 })
    expect(body.projection.totalOrders).toBe(7_500)
    expect(body.projection.shippedOrders).toHaveLength(2_500)
    expect(body.projection.activeOrders).toHaveLength(5_000)
    expect(body.projection.activeOrders.slice(0, 3)).toEqual(["ord_0_b", "ord_0_c", "ord_1_b"])
  })

  test("10,000 events survive a crash anywhere, are shown as they come, and are not applied again", async () => {
    const userId = newUser()
    await project(userId, longStream(10_000), "applyEvent#7345:1:throw")
    await askUntil<{ status: string }>(
      `GET /v1/runs/${encodeURIComponent(runOf(userId))}`,
      ({ body }) => {
        return body.status === "suspended"
      },
    )
    const live = await read(userId)
    const { eventsProcessed } = live.body
    expect(eventsProcessed).toBeLessThanOrEqual(7_344)
    expect(eventsProcessed).toBeGreaterThan(7_344 * 0.998)
    expect(live.body.projection.eventsProcessed).toBe(eventsProcessed)
    const { activeOrders, shippedOrders, totalOrders } = live.body.projection
    expect(activeOrders.length + shippedOrders.length).toBe(totalOrders)
    await crash(runOf(userId))
    expect((await read(userId)).body).toEqual(live.body)
    expect((await ended(userId)).body).toMatchObject({ status: "done", eventsProcessed: 10_000 })
    const { kept, checkpoints, retried } = await keptOf(userId)
    // Each once, and all still to be looked at.
    expect({ kept, checkpoints }).toEqual({ kept: 0, checkpoints: 10_000 })
    // The one whose first attempt threw, and no other.
    expect(retried).toEqual(["0.7344"])
  })

  const manyEvents = thoroughly(100_000, 20_000)

  test(`${manyEvents} events, killed in the middle: a wake reads the kept projection and what came after it`, async () => {
    const userId = newUser()
    const killedAt = manyEvents * 0.6
    await project(userId, longStream(manyEvents), `applyEvent#${killedAt + 1}:1:hang`)
    await until(userId, ({ eventsProcessed }) => eventsProcessed === killedAt)
    const before = await keptOf(userId)
    expect(before.kept + before.checkpoints).toBe(killedAt)
    // What is kept must be paid for by the events since, so a wake reads a part of the stream that does not grow.
    expect(before.checkpoints).toBeLessThan(killedAt / 4)
    await crash(runOf(userId))
    const { body } = await ended(userId)
    expect(body).toMatchObject({ status: "done", eventsProcessed: manyEvents })
    expect(body.projection.totalOrders).toBe(manyEvents * 0.75)
    // The one that hung, unless it is among the forgotten, and no other.
    const { retried } = await keptOf(userId)
    expect(retried.filter((path) => path !== `0.${killedAt}`)).toEqual([])
  }, 60_000)

  test("a thousand events are shown one by one", async () => {
    const userId = newUser()
    await project(userId, longStream(1_000), "applyEvent#998:1:throw")
    const { body } = await until(userId, ({ eventsProcessed }) => eventsProcessed === 997)
    expect(body).toMatchObject({ status: "processing", projection: { eventsProcessed: 997 } })
    expect((await ended(userId)).body.eventsProcessed).toBe(1_000)
  })

  test("a start takes 200,000 events and not one more", () => {
    const events = Array.from({ length: EVENTS_MAX }, (_, index) => ({
      eventId: `evt_${index}`,
      type: "SubscriptionRenewed",
      timestamp: TIMESTAMP,
      payload: {},
    }))
    expect(v.is(streamFields, { userId: "u", events })).toBe(true)
    events.push({ ...events[0]!, eventId: "one more" })
    expect(v.is(streamFields, { userId: "u", events })).toBe(false)
  })

  test("storage is linear: twice the events take at most about twice the bytes", async () => {
    const bytesOf = async (count: number) => {
      const userId = newUser()
      await project(userId, longStream(count))
      expect((await endOf(runOf(userId))).status).toBe("completed")
      return runInDurableObject(runStub(userId), (_, state) => state.storage.sql.databaseSize)
    }
    const [half, whole] = [await bytesOf(3_000), await bytesOf(6_000)]
    expect(whole / half).toBeLessThan(2.2)
    expect(whole / 6_000).toBeLessThan(1_000)
  })
})
