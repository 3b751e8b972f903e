// The schedules' routes: what they ask for, what they answer, who may.
import { describe, expect, test } from "vitest"
import { BelayError } from "../../src/engine/errors.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"
import { CREATED_AT_MS } from "./support/fake-runs.ts"
import { scheduleRecord } from "./support/fake-schedules.ts"

const BY = "development server"
const BODY = { workflow: "greet", cron: "0 3 * * *" }

describe("PUT /v1/schedules/:name", () => {
  test("201 when it is new, with its place and all it says; 200 when it was there", async () => {
    const { ask, scheduleCalls } = givenApp()
    const body = {
      ...BODY,
      input: ["Ada"],
      timeZone: "Europe/Berlin",
      overlap: "buffer",
      missed: "all",
      catchUpMs: 0,
      version: 2,
      tags: { a: "b" },
      timeoutMs: 1,
      paused: true,
    }
    const answer = await ask("PUT /v1/schedules/a%2Fb", { body })
    expect(answer.status).toBe(201)
    expect(answer.headers.get("location")).toBe("/v1/schedules/a%2Fb")
    expect(answer.body).toEqual({
      name: "a/b",
      workflow: "greet",
      input: ["Ada"],
      cron: "0 3 * * *",
      timeZone: "Europe/Berlin",
      overlap: "skip",
      missed: "one",
      catchUpMs: 60_000,
      tags: {},
      paused: false,
      createdAt: "2026-01-02T03:04:05.006Z",
      backfilling: 0,
      counters: { started: 1, skipped: 2, missed: 3, failed: 4 },
    })
    expect(scheduleCalls).toEqual([{ method: "put", args: ["a/b", body, { by: BY }] }])
    const again = givenApp({
      schedules: { put: async () => ({ created: false, schedule: scheduleRecord() }) },
    })
    expect((await again.ask("PUT /v1/schedules/s", { body: BODY })).status).toBe(200)
  })

  test.each([
    [{ cron: "* * * * *" }, "workflow"],
    [{ workflow: "greet" }, "cron"],
    [{ ...BODY, cron: "" }, "cron"],
    [{ ...BODY, cron: "1,".repeat(200) }, "cron"],
    [{ ...BODY, cron: 5 }, "cron"],
    [{ ...BODY, input: {} }, "input"],
    [{ ...BODY, timeZone: "" }, "timeZone"],
    [{ ...BODY, overlap: "queue" }, "overlap"],
    [{ ...BODY, missed: "some" }, "missed"],
    [{ ...BODY, catchUpMs: -1 }, "catchUpMs"],
    [{ ...BODY, catchUpMs: 1.5 }, "catchUpMs"],
    [{ ...BODY, version: 0 }, "version"],
    [{ ...BODY, tags: { a: 1 } }, "tags"],
    [{ ...BODY, timeoutMs: 0 }, "timeoutMs"],
    [{ ...BODY, paused: "yes" }, "paused"],
    [{ ...BODY, timezone: "UTC" }, "timezone"],
    [[], "object"],
    [undefined, "object"],
  ])("%j is 400 and names what does not fit", async (body, named) => {
    const { ask, scheduleCalls } = givenApp()
    const answer = await ask("PUT /v1/schedules/s", body === undefined ? {} : { body })
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain(named)
    expect(scheduleCalls).toEqual([])
  })

  test("a name of 200 bytes is taken, of 201 not", async () => {
    const { ask } = givenApp()
    const put = (name: string) => ask(`PUT /v1/schedules/${name}`, { body: BODY })
    expect((await put("n".repeat(200))).status).toBe(201)
    expect(await put("n".repeat(201))).toMatchObject({ status: 400, code: "invalid_id" })
  })
})

describe("GET /v1/schedules", () => {
  test("one, with everything that can be there", async () => {
    const schedule = scheduleRecord({
      paused: { atMs: CREATED_AT_MS, by: "ada", reason: "holidays" },
      nextAtMs: CREATED_AT_MS,
      laterAtMs: [CREATED_AT_MS],
      lastAtMs: CREATED_AT_MS,
      lastRun: { id: "s1/x", status: "running" },
      lastError: { code: "run_conflict", message: "no", runId: "s1/y", atMs: CREATED_AT_MS },
      bufferedAtMs: CREATED_AT_MS,
    })
    const { ask } = givenApp({ schedules: { get: async () => schedule } })
    const at = "2026-01-02T03:04:05.006Z"
    expect((await ask("GET /v1/schedules/s1")).body).toMatchObject({
      paused: true,
      pausedAt: at,
      pausedBy: "ada",
      pausedReason: "holidays",
      nextAt: at,
      nextTimes: [at, at],
      lastAt: at,
      lastRun: { id: "s1/x", status: "running" },
      lastError: { code: "run_conflict", message: "no", run: "s1/y", at },
      bufferedAt: at,
    })
  })

  test("404 when there is none", async () => {
    const { ask } = givenApp({ schedules: { get: async () => undefined } })
    expect(await ask("GET /v1/schedules/s1")).toMatchObject({
      status: 404,
      code: "schedule_unknown",
    })
  })

  test("a page, and the cursor to the next", async () => {
    const { ask, scheduleCalls } = givenApp({
      schedules: { list: async () => ({ schedules: [scheduleRecord()], cursor: "s1" }) },
    })
    const answer = await ask("GET /v1/schedules?cursor=s0&limit=1000")
    expect(answer).toMatchObject({
      status: 200,
      body: { schedules: [{ name: "s1" }], cursor: "s1" },
    })
    await ask("GET /v1/schedules")
    expect(scheduleCalls.map(({ args }) => args)).toEqual([
      ["s0", 100],
      [undefined, 50],
    ])
    for (const limit of ["0", "-1", "x"]) {
      expect(await ask(`GET /v1/schedules?limit=${limit}`)).toMatchObject({
        status: 400,
        code: "invalid_request",
      })
    }
  })
})

describe("verbs", () => {
  test("each answers as written", async () => {
    const { ask, scheduleCalls } = givenApp()
    const deleted = await ask("DELETE /v1/schedules/s")
    expect(deleted).toMatchObject({ status: 204, body: "" })
    const body = { reason: "r" }
    expect(await ask("POST /v1/schedules/s/pause", { body })).toMatchObject({ status: 200 })
    expect(await ask("POST /v1/schedules/s/resume")).toMatchObject({ status: 200 })
    expect(await ask("POST /v1/schedules/s/trigger")).toMatchObject({
      status: 202,
      body: { id: "s/now" },
    })
    const range = {
      from: "2026-01-01T00:00:00.000Z",
      to: "2026-01-01T12:00:00.500Z",
      overlap: "allow",
    }
    expect(await ask("POST /v1/schedules/s/backfill", { body: range })).toMatchObject({
      status: 202,
      body: { ticks: 3 },
    })
    expect(scheduleCalls).toEqual([
      { method: "delete", args: ["s"] },
      { method: "pause", args: ["s", { reason: "r", by: BY }] },
      { method: "resume", args: ["s"] },
      { method: "trigger", args: ["s"] },
      {
        method: "backfill",
        args: [
          "s",
          {
            fromMs: Date.UTC(2026, 0, 1),
            toMs: Date.UTC(2026, 0, 1, 12, 0, 0, 500),
            overlap: "allow",
          },
        ],
      },
    ])
  })

  test.each([
    ["backfill", { from: "yesterday", to: "2026-01-01T00:00:00.000Z" }, "from"],
    ["backfill", { from: "2026-01-01T00:00:00.000Z" }, "to"],
    ["backfill", { from: "2026-13-01T00:00:00Z", to: "2026-01-01T00:00:00.000Z" }, "from"],
    ["backfill", { from: "2026-01-01T00:00:00+01:00", to: "2026-01-01T00:00:00.000Z" }, "from"],
    ["pause", { why: "x" }, "why"],
    ["resume", { at: 1 }, "at"],
    ["trigger", { input: [] }, "input"],
  ])("%s with %j is 400", async (verb, body, named) => {
    const { ask, scheduleCalls } = givenApp()
    const answer = await ask(`POST /v1/schedules/s/${verb}`, { body })
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain(named)
    expect(scheduleCalls).toEqual([])
  })

  test("what is refused is passed on", async () => {
    const refuse = () => Promise.reject(new BelayError("limit_reached", "no room"))
    const { ask } = givenApp({ schedules: { backfill: refuse } })
    const body = { from: "2026-01-01T00:00:00.000Z", to: "2026-01-01T00:00:00.000Z" }
    expect(await ask("POST /v1/schedules/s/backfill", { body })).toMatchObject({
      status: 429,
      code: "limit_reached",
    })
  })

  test("another method is 405", async () => {
    const { ask } = givenApp()
    expect((await ask("POST /v1/schedules/s", { body: BODY })).status).toBe(405)
    expect((await ask("GET /v1/schedules/s/trigger")).status).toBe(405)
  })
})

describe("roles", () => {
  test.each([
    ["GET /v1/schedules", READ_TOKEN, 200],
    ["GET /v1/schedules/s", READ_TOKEN, 200],
    ["GET /v1/schedules/s", START_TOKEN, 403],
    ["PUT /v1/schedules/s", START_TOKEN, 403],
    ["PUT /v1/schedules/s", OPERATE_TOKEN, 201],
    ["DELETE /v1/schedules/s", START_TOKEN, 403],
    ["DELETE /v1/schedules/s", OPERATE_TOKEN, 204],
    ["POST /v1/schedules/s/pause", READ_TOKEN, 403],
    ["POST /v1/schedules/s/trigger", START_TOKEN, 403],
    ["POST /v1/schedules/s/trigger", OPERATE_TOKEN, 202],
  ])("%s", async (line, token, status) => {
    const { ask } = givenApp({ variables: DEPLOYED })
    const body = line.startsWith("PUT") ? { body: BODY } : {}
    expect((await ask(line, { token, ...body })).status).toBe(status)
  })
})
