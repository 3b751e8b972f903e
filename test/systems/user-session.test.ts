// User sessions over HTTP: each row of the original's failure table, its Traps, and the bounds of a long session.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import type { ActivityRecord } from "../../src/systems/user-session/activity-rows.ts"
import { ACTIVITY_DATA_BYTES_MAX, type Session } from "../../src/systems/user-session/session.ts"
import { ask, askUntil, type Asked } from "./support/ask.ts"
import { attemptsOf, crash, endOf, evict, send, stepsOf } from "./support/service.ts"

interface SessionBody extends Omit<Session, "status"> {
  readonly status: string
  readonly activities: readonly ActivityRecord[]
  readonly next?: string
  readonly error: { readonly code: string; readonly message: string }
}

const IDLE_LONG_MS = 60_000
const DEMO = ["page_view", "search", "product_view", "add_to_cart", "checkout_started"].map(
  (type) => ({ type, data: { page: `/${type}` } }),
)

const newId = () => crypto.randomUUID()
const runOf = (id: string) => `session/${id}`
const enginePath = (id: string) => `/v1/runs/${encodeURIComponent(runOf(id))}`
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const login = (id: string, idleTimeoutMs: number, activities?: unknown, fault?: string) =>
  ask<SessionBody>(`POST /sessions/${id}`, {
    body: {
      userId: "user_alice_42",
      idleTimeoutMs,
      ...(activities !== undefined && { activities }),
    },
    ...(fault !== undefined && { fault }),
  })
const act = (id: string, type: string, key?: string) =>
  ask<SessionBody>(`POST /sessions/${id}/activities`, {
    body: { type, data: { type } },
    ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
  })
const logout = (id: string) => ask<SessionBody>(`POST /sessions/${id}/logout`)
const read = (id: string, query = "") => ask<SessionBody>(`GET /sessions/${id}${query}`)
const until = (id: string, isWanted: (body: SessionBody) => boolean) =>
  askUntil<SessionBody>(`GET /sessions/${id}`, ({ body }) => isWanted(body))
const cleanedUp = (id: string) => until(id, ({ status }) => status === "cleaned_up")

const types = ({ body }: Asked<SessionBody>) => body.activities.map(({ type }) => type)

async function statesOf(id: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT state FROM session_states WHERE session_id = ?1 ORDER BY rowid",
  )
    .bind(id)
    .all<{ state: string }>()
  return results.map(({ state }) => state)
}

async function revocationsOf(id: string): Promise<number> {
  const row = await env.DB.prepare(
    "SELECT COUNT(*) AS count FROM token_revocations WHERE session_id = ?1",
  )
    .bind(id)
    .first<{ count: number }>()
  return row?.count ?? -1
}

/** The whole life was gone through once, in order, and the tokens were revoked once. */
async function expectLivedOnce(id: string, activities: readonly string[]): Promise<SessionBody> {
  const ended = await cleanedUp(id)
  expect(ended.body.status).toBe("cleaned_up")
  expect(types(ended)).toEqual(activities)
  expect(ended.body.activities.map(({ seq }) => seq)).toEqual(
    activities.map((_, index) => index + 1),
  )
  expect(ended.body.activityCount).toBe(activities.length)
  expect(await statesOf(id)).toEqual(["active", "idle", "expired", "cleaned_up"])
  expect(await revocationsOf(id)).toBe(1)
  return ended.body
}

describe("requests", () => {
  test("a start is 201 with an active session; again the same 200, other values 409, fields left out agree", async () => {
    const id = newId()
    const first = await login(id, IDLE_LONG_MS)
    expect(first).toEqual({
      status: 201,
      body: {
        sessionId: id,
        userId: "user_alice_42",
        status: "active",
        loginAt: expect.any(String),
        activityCount: 0,
      },
    })
    expect(await login(id, IDLE_LONG_MS)).toEqual({ ...first, status: 200 })
    expect(await ask(`POST /sessions/${id}`, { body: {} })).toEqual({ ...first, status: 200 })
    expect((await login(id, 1_000)).status).toBe(409)
    expect((await login(id, IDLE_LONG_MS, DEMO)).status).toBe(409)
    expect((await read(id)).body).toEqual({ ...first.body, activities: [] })
    await logout(id)
  })

  test.each([
    [{}, "userId"],
    [{ userId: "u" }, "idleTimeoutMs"],
    [{ userId: "", idleTimeoutMs: 10 }, "userId"],
    [{ userId: 1, idleTimeoutMs: 10 }, "userId"],
    [{ userId: "u", idleTimeoutMs: 0 }, "idleTimeoutMs"],
    [{ userId: "u", idleTimeoutMs: 1.5 }, "idleTimeoutMs"],
    [{ userId: "u", idleTimeoutMs: "10" }, "idleTimeoutMs"],
    [{ userId: "u", idleTimeoutMs: 10, activities: {} }, "activities"],
    [{ userId: "u", idleTimeoutMs: 10, activities: [{ data: 1 }] }, "activities.0.type"],
    [{ userId: "u", idleTimeoutMs: 10, extra: 1 }, "extra"],
  ])("a start with %j is 400, names the field and starts nothing", async (body, field) => {
    const id = newId()
    const answer = await ask<SessionBody>(`POST /sessions/${id}`, { body })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } })
    expect(answer.body.error.message).toContain(field)
    expect((await read(id)).status).toBe(404)
  })

  test("an unknown session is 404 by every route", async () => {
    const id = newId()
    expect((await read(id)).status).toBe(404)
    expect((await act(id, "page_view")).status).toBe(404)
    expect((await logout(id)).status).toBe(404)
  })

  test.each([[{}], [{ type: "" }], [{ type: 1 }], [{ type: "a", extra: 1 }], [[]], ["{"]])(
    "an activity of %j is 400 and is not recorded",
    async (body) => {
      const id = newId()
      await login(id, IDLE_LONG_MS)
      expect((await ask(`POST /sessions/${id}/activities`, { body })).status).toBe(400)
      expect((await act(id, "search")).status).toBe(202)
      expect(types(await until(id, ({ activityCount }) => activityCount === 1))).toEqual(["search"])
      await logout(id)
    },
  )

  test("an activity's data may take 16 KiB and not a byte more", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    const post = (data: string) =>
      ask(`POST /sessions/${id}/activities`, { body: { type: "note", data } })
    expect((await post("x".repeat(ACTIVITY_DATA_BYTES_MAX - 2))).status).toBe(202)
    expect((await post("x".repeat(ACTIVITY_DATA_BYTES_MAX - 1))).status).toBe(400)
    await logout(id)
  })

  test("the same Idempotency-Key is one activity, also after the session's end", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    const answers = await Promise.all([1, 2, 3].map(() => act(id, "search", "key-1")))
    answers.push(await act(id, "search", "key-1"), await act(id, "search", "key-2"))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
    await logout(id)
    await expectLivedOnce(id, ["search", "search"])
    expect((await act(id, "search", "key-1")).status).toBe(202)
    expect((await act(id, "search", "key-3")).status).toBe(409)
    expect((await act(id, "search", "ü")).status).toBe(400)
  })

  test("activities are read by pages, at most 1,000 at once", async () => {
    const id = newId()
    const many = Array.from({ length: 120 }, (_, index) => ({ type: `a${index + 1}` }))
    await login(id, IDLE_LONG_MS, many)
    const first = await until(id, ({ activityCount }) => activityCount === 120)
    expect(first.body.activities).toHaveLength(100)
    expect(first.body.next).toBe("100")
    const second = await read(id, `?after=${first.body.next}`)
    expect(second.body.next).toBeUndefined()
    expect([...types(first), ...types(second)]).toEqual(many.map(({ type }) => type))
    expect(types(await read(id, "?after=7&limit=2"))).toEqual(["a8", "a9"])
    expect((await read(id, "?limit=1000")).body.activities).toHaveLength(120)
    for (const query of ["?limit=1001", "?limit=0", "?limit=x", "?after=x"]) {
      expect((await read(id, query)).status).toBe(400)
    }
    await logout(id)
  })
})

describe.concurrent("a session's life", () => {
  test("the seed's scripted form: login, five activities, idle, expired, cleaned up, each once", async () => {
    const id = newId()
    expect((await login(id, 100, DEMO)).status).toBe(201)
    const session = await expectLivedOnce(
      id,
      DEMO.map(({ type }) => type),
    )
    expect(session.activities[1]).toEqual({
      seq: 2,
      type: "search",
      data: { page: "/search" },
      recordedAt: expect.any(String),
    })
    const { result } = await endOf(runOf(id))
    const { loginAt, expiredAt, cleanedAt } = session
    expect(result).toEqual({
      sessionId: id,
      userId: "user_alice_42",
      finalStatus: "cleaned_up",
      activitiesRecorded: 5,
      loginAt,
      expiredAt,
      cleanedAt,
    })
    for (const [name, count] of [
      ["login", 1],
      ["recordActivity", 5],
      ["markIdle", 1],
      ["expireSession", 1],
      ["cleanUp", 1],
    ] as const) {
      expect(await attemptsOf(runOf(id), name)).toBe(count)
    }
  })

  test("Trap: activities come to a live session from outside", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    for (const type of ["page_view", "search"]) expect((await act(id, type)).status).toBe(202)
    const session = await until(id, ({ activityCount }) => activityCount === 2)
    expect(types(session)).toEqual(["page_view", "search"])
    expect(session.body.status).toBe("active")
    await logout(id)
  })

  test("Trap: every activity starts the idle time anew", async () => {
    const id = newId()
    await login(id, 1_500)
    const begunAtMs = Date.now()
    for (let index = 0; index < 4; index++) {
      await pause(600)
      expect((await act(id, `a${index}`)).status).toBe(202)
    }
    const session = await expectLivedOnce(id, ["a0", "a1", "a2", "a3"])
    const last = Date.parse(session.activities[3]!.recordedAt)
    expect(Date.parse(session.expiredAt ?? "")).toBeGreaterThanOrEqual(last + 1_400)
    expect(Date.parse(session.expiredAt ?? "")).toBeGreaterThanOrEqual(begunAtMs + 3_700)
  })

  test("logout while idle expires the session now; what was accepted before is recorded first", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    const accepted = await Promise.all(
      Array.from({ length: 20 }, (_, index) => act(id, `a${index}`)),
    )
    expect(new Set(accepted.map(({ status }) => status))).toEqual(new Set([202]))
    const answer = await logout(id)
    expect(answer.status).toBe(200)
    expect(["expired", "cleaned_up"]).toContain(answer.body.status)
    expect(answer.body.activityCount).toBe(20)
    const { body } = await cleanedUp(id)
    expect(body.activities).toHaveLength(20)
    expect(await revocationsOf(id)).toBe(1)
    expect((await logout(id)).body.status).toBe("cleaned_up")
  })

  test("an activity after expiry is 409 with the state, and is not recorded", async () => {
    const id = newId()
    await login(id, 100, DEMO.slice(0, 1))
    await cleanedUp(id)
    const late = await act(id, "search")
    expect(late).toMatchObject({
      status: 409,
      body: {
        sessionId: id,
        status: "cleaned_up",
        activityCount: 1,
        error: { code: "wrong_status", details: { status: "cleaned_up" } },
      },
    })
    await expectLivedOnce(id, ["page_view"])
  })

  test("between 202 and 409 nothing is lost: around the end exactly the accepted activities are recorded", async () => {
    const ids = Array.from({ length: 8 }, newId)
    await Promise.all(
      ids.map(async (id, index) => {
        await login(id, 150)
        const accepted: string[] = []
        await pause(90 + index * 5)
        for (let count = 0; count < 60; count++) {
          const type = `a${count}`
          const answers = await Promise.all([act(id, type), count === 20 ? logout(id) : undefined])
          if (answers[0].status === 202) accepted.push(type)
          else expect(answers[0].status).toBe(409)
        }
        await expectLivedOnce(id, accepted)
      }),
    )
  })

  test("a signal that holds no activity is counted and disturbs nothing", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    for (const body of [1, { type: 7 }, { type: "a", data: "x".repeat(20_000) }]) {
      expect((await send(`POST ${enginePath(id)}/signals/activity`, { body })).status).toBe(202)
    }
    await send(`POST ${enginePath(id)}/signals/activity`, { body: { type: "search" } })
    const { body } = await until(id, ({ activityCount }) => activityCount === 1)
    expect(body).toMatchObject({
      status: "active",
      malformedCount: 3,
      activities: [{ data: null }],
    })
    await logout(id)
  })
})

describe.concurrent("the failure table", () => {
  test("row: activity k throws: only k is tried again, 1 to k−1 are recorded once", async () => {
    const id = newId()
    await login(id, 100, DEMO, "recordActivity#5:1:throw")
    await expectLivedOnce(
      id,
      DEMO.map(({ type }) => type),
    )
    const attempts = (await stepsOf(runOf(id), "recordActivity")).map((step) => step.attempts)
    expect(attempts).toEqual([1, 1, 1, 1, 2])
  })

  test("Trap: two activities of one type are counted apart when both are tried again", async () => {
    const id = newId()
    await login(
      id,
      100,
      [{ type: "search" }, { type: "search" }],
      "recordActivity#1:1:throw,recordActivity#2:1:throw",
    )
    await expectLivedOnce(id, ["search", "search"])
    const attempts = (await stepsOf(runOf(id), "recordActivity")).map((step) => step.attempts)
    expect(attempts).toEqual([2, 2])
  })

  test("row: crash between activities: resumed at the first that is not recorded", async () => {
    const id = newId()
    await login(id, IDLE_LONG_MS)
    await act(id, "page_view")
    await until(id, ({ activityCount }) => activityCount === 1)
    await crash(runOf(id))
    await act(id, "search")
    await until(id, ({ activityCount }) => activityCount === 2)
    await evict(runOf(id))
    await act(id, "product_view")
    await logout(id)
    await expectLivedOnce(id, ["page_view", "search", "product_view"])
    expect(await attemptsOf(runOf(id), "recordActivity")).toBe(3)
  })

  test("row: crash after an activity was written and before its checkpoint: one row", async () => {
    const id = newId()
    await login(id, 100, DEMO, "recordActivity#3:1:crash")
    await expectLivedOnce(
      id,
      DEMO.map(({ type }) => type),
    )
    expect(await attemptsOf(runOf(id), "recordActivity")).toBe(6)
  })

  test("row: crash during the idle sleep: the original deadline is kept", async () => {
    const id = newId()
    const { body } = await login(id, 4_000)
    await pause(2_400)
    await crash(runOf(id))
    expect((await read(id)).body.status).toBe("active")
    const session = await expectLivedOnce(id, [])
    const sleptMs = Date.parse(session.expiredAt ?? "") - Date.parse(body.loginAt)
    expect(sleptMs).toBeGreaterThanOrEqual(4_000)
    expect(sleptMs).toBeLessThan(6_000)
  })

  test("row: clean-up is tried again: tokens are revoked once", async () => {
    for (const fault of ["cleanUp:1:throw", "cleanUp:1:crash"]) {
      const id = newId()
      await login(id, 100, [], fault)
      await expectLivedOnce(id, [])
      expect(await attemptsOf(runOf(id), "cleanUp")).toBe(2)
    }
  })

  test("row: a second start of the same session attaches: the result stands, no new login", async () => {
    const id = newId()
    await login(id, 100, DEMO)
    await cleanedUp(id)
    const again = await login(id, 100, DEMO)
    expect(again).toMatchObject({ status: 200, body: { status: "cleaned_up", activityCount: 5 } })
    expect(await attemptsOf(runOf(id), "login")).toBe(1)
  })

  test("Trap: ten starts at once are one session with one login", async () => {
    const id = newId()
    const answers = await Promise.all(Array.from({ length: 10 }, () => login(id, IDLE_LONG_MS)))
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b)
    expect(statuses).toEqual([...Array.from({ length: 9 }, () => 200), 201])
    await logout(id)
    await expectLivedOnce(id, [])
  })

  test.each(["login", "recordActivity", "markIdle", "expireSession", "cleanUp"])(
    "a crash in %s, before its checkpoint, leaves a life as without",
    async (step) => {
      const id = newId()
      const body = { userId: "user_alice_42", idleTimeoutMs: 100, activities: DEMO.slice(0, 2) }
      await login(id, body.idleTimeoutMs, body.activities, `${step}:1:crash`).catch(() => undefined)
      expect((await login(id, body.idleTimeoutMs, body.activities)).status).toBeLessThan(300)
      await expectLivedOnce(id, ["page_view", "search"])
    },
  )
})

describe("a long session", () => {
  test("its journal is bounded, nothing is lost where a generation ends, and reads stay small", async () => {
    const id = newId()
    const scripted = Array.from({ length: 1_100 }, (_, index) => ({ type: `s${index + 1}` }))
    await login(id, IDLE_LONG_MS, scripted)
    const live = await Promise.all(Array.from({ length: 30 }, (_, index) => act(id, `l${index}`)))
    expect(new Set(live.map(({ status }) => status))).toEqual(new Set([202]))
    await until(id, ({ activityCount }) => activityCount === 1_130)
    const journal = await stepsOf(runOf(id), "recordActivity")
    expect(journal.length).toBeLessThanOrEqual(500)
    const tail = await read(id, "?after=1100&limit=1000")
    expect(tail.body.activities).toHaveLength(30)
    expect(types(await read(id, "?after=498&limit=4"))).toEqual(["s499", "s500", "s501", "s502"])
    await crash(runOf(id))
    expect((await act(id, "after the crash")).status).toBe(202)
    await logout(id)
    const { body } = await cleanedUp(id)
    expect(body.activityCount).toBe(1_131)
    expect(await statesOf(id)).toEqual(["active", "idle", "expired", "cleaned_up"])
  })
})
