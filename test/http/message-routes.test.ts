// Signals, updates and published state.
import { describe, expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { BelayError, NonRetryableError } from "../../src/engine/errors.ts"
import { IDEMPOTENCY_KEY_BYTES_MAX } from "../../src/engine/limits.ts"
import { givenApp } from "./support/given-app.ts"

describe("signals", () => {
  test("are 202 and carry name, value and key", async () => {
    const { ask, calls } = givenApp()
    const answer = await ask("POST /v1/runs/a%2Fb/signals/pay%2Fnow", {
      body: { amount: 1 },
      headers: { "idempotency-key": "k 1" },
    })
    expect(answer).toMatchObject({ status: 202, body: {} })
    expect(calls).toEqual([{ method: "signal", args: ["a/b", "pay/now", { amount: 1 }, "k 1"] }])
  })

  test.each([
    ["run_unknown", 404],
    ["run_ended", 409],
    ["limit_reached", 429],
  ] as const)("%s is %d", async (code, status) => {
    const { ask } = givenApp({ runs: { signal: () => Promise.reject(new BelayError(code, "no")) } })
    expect(await ask("POST /v1/runs/a/signals/go")).toMatchObject({ status, code })
  })
})

describe("Idempotency-Key", () => {
  const greatest = "~".repeat(IDEMPOTENCY_KEY_BYTES_MAX)

  test("is taken up to its limit", async () => {
    const { ask, calls } = givenApp()
    for (const kind of ["signals", "updates"]) {
      await ask(`POST /v1/runs/a/${kind}/go`, { headers: { "idempotency-key": greatest } })
    }
    expect(calls[0]?.args[3]).toBe(greatest)
    expect(calls[1]?.args[3]).toMatchObject({ idempotencyKey: greatest })
  })

  test.each([
    ["one past the limit", `${greatest}~`],
    ["an empty one", ""],
    ["a tab", "a\tb"],
  ])("%s is 400", async (_name, key) => {
    const { ask, calls } = givenApp()
    for (const kind of ["signals", "updates"]) {
      const answer = await ask(`POST /v1/runs/a/${kind}/go`, {
        headers: { "idempotency-key": key },
      })
      expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
      expect(answer.message).toContain("Idempotency-Key")
    }
    expect(calls).toEqual([])
  })

  test("in the address is held to the same rule", async () => {
    const { ask } = givenApp()
    for (const key of [
      "%C3%A9",
      "",
      "a%00",
      "a&key=a",
      "~".repeat(IDEMPOTENCY_KEY_BYTES_MAX + 1),
    ]) {
      expect((await ask(`POST /v1/runs/a/signals/go?key=${key}`)).status).toBe(400)
    }
  })

  test("in header and address must agree", async () => {
    const { ask } = givenApp()
    const headers = { "idempotency-key": "a" }
    expect((await ask("POST /v1/runs/a/updates/go?key=a", { headers })).status).toBe(200)
    expect((await ask("POST /v1/runs/a/updates/go?key=b", { headers })).status).toBe(400)
  })
})

describe("updates", () => {
  test("wait 10 s for the reply unless told otherwise", async () => {
    const { ask, calls } = givenApp()
    const answer = await ask("POST /v1/runs/a/updates/rename", { body: "new name" })
    expect(answer).toMatchObject({ status: 200, body: { reply: "hello" } })
    await ask("POST /v1/runs/a/updates/rename?wait=5")
    expect(calls).toEqual([
      { method: "update", args: ["a", "rename", "new name", { waitMs: 10_000 }] },
      { method: "update", args: ["a", "rename", undefined, { waitMs: 5 }] },
    ])
  })

  test("the reply is plain JSON, or the codec's text", async () => {
    const { ask } = givenApp({
      runs: { update: async () => ({ state: "replied", replyText: encode(5n) }) },
    })
    expect((await ask("POST /v1/runs/a/updates/u")).body).toEqual({ reply: "5" })
    expect((await ask("POST /v1/runs/a/updates/u?values=encoded")).body).toEqual({
      reply: encode(5n),
    })
  })

  test.each([
    [
      "an error with details",
      new NonRetryableError("not from here", { details: { from: "a", allowed: ["b"] } }),
      { code: "rejected", message: "not from here", details: { from: "a", allowed: ["b"] } },
    ],
    ["an error", new Error("no"), { code: "rejected", message: "no" }],
    ["a text", "no", { code: "rejected", message: "no", details: "no" }],
  ])("rejected with %s is 422", async (_name, thrown, error) => {
    const { ask } = givenApp({
      runs: { update: async () => ({ state: "rejected", errorText: encode(thrown) }) },
    })
    expect(await ask("POST /v1/runs/a/updates/u")).toMatchObject({ status: 422, body: { error } })
  })

  describe("not answered in time", () => {
    const STATUS_URL = "/v1/runs/a%2Fb/updates/re%20name?key=k%2F1%20%26"
    const pending = { state: "pending", key: "k/1 &" } as const
    const replied = { state: "replied", replyText: encode("done") } as const

    test("is 202 with the address where the answer will be", async () => {
      const { ask } = givenApp({ runs: { update: async () => pending } })
      const answer = await ask("POST /v1/runs/a%2Fb/updates/re%20name?wait=0", { body: 1 })
      expect(answer).toMatchObject({ status: 202, body: { statusUrl: STATUS_URL } })
    })

    test("GET asks again without sending anything, and waits only if told to", async () => {
      const answers = [pending, replied]
      const { ask, calls } = givenApp({ runs: { updateAnswer: async () => answers.shift() } })
      expect(await ask(`GET ${STATUS_URL}`)).toMatchObject({
        status: 202,
        body: { statusUrl: STATUS_URL },
      })
      expect(await ask(`GET ${STATUS_URL}&wait=50`)).toMatchObject({
        status: 200,
        body: { reply: "done" },
      })
      expect(calls).toEqual([
        { method: "updateAnswer", args: ["a/b", "re name", "k/1 &", 0] },
        { method: "updateAnswer", args: ["a/b", "re name", "k/1 &", 50] },
      ])
    })

    test("POST to the same address asks again with the same key", async () => {
      const { ask, calls } = givenApp({ runs: { update: async () => replied } })
      expect((await ask(`POST ${STATUS_URL}`)).body).toEqual({ reply: "done" })
      expect(calls[0]?.args[3]).toEqual({ idempotencyKey: "k/1 &", waitMs: 10_000 })
    })

    test("GET with an unknown key is 404, without a key 400", async () => {
      const { ask } = givenApp({ runs: { updateAnswer: async () => undefined } })
      const unknown = await ask(`GET ${STATUS_URL}`)
      expect(unknown).toMatchObject({ status: 404, code: "state_unknown" })
      const keyless = await ask("GET /v1/runs/a/updates/u")
      expect(keyless).toMatchObject({ status: 400, code: "invalid_request" })
    })

    test("GET of a rejected update is 422", async () => {
      const { ask } = givenApp({
        runs: {
          updateAnswer: async () => ({ state: "rejected", errorText: encode(new Error("no")) }),
        },
      })
      expect(await ask(`GET ${STATUS_URL}`)).toMatchObject({ status: 422, code: "rejected" })
    })
  })
})

describe("state", () => {
  test.each([
    ["an object", { a: [1] }, { a: [1] }],
    ["a text", "x", "x"],
    ["null", null, null],
    ["nothing", undefined, null],
    ["false", false, false],
  ])("%s is the body itself", async (_name, value, body) => {
    const { ask, calls } = givenApp({ runs: { state: async () => encode(value) } })
    const answer = await ask("GET /v1/runs/a/state/order")
    expect(answer).toMatchObject({ status: 200, body })
    expect(answer.headers.get("content-type")).toBe("application/json")
    expect(calls).toEqual([{ method: "state", args: ["a", "order"] }])
  })

  test("encoded is the codec's text", async () => {
    const { ask } = givenApp({ runs: { state: async () => encode(5n) } })
    expect((await ask("GET /v1/runs/a/state/order?values=encoded")).body).toBe(encode(5n))
  })

  test("404 state_unknown when nothing was published, 404 run_unknown without a run", async () => {
    const none = givenApp({ runs: { state: async () => undefined } })
    expect(await none.ask("GET /v1/runs/a/state/order")).toMatchObject({
      status: 404,
      code: "state_unknown",
    })
    const unknown = givenApp({
      runs: { state: () => Promise.reject(new BelayError("run_unknown", "no run")) },
    })
    expect(await unknown.ask("GET /v1/runs/a/state/order")).toMatchObject({
      status: 404,
      code: "run_unknown",
    })
  })
})
