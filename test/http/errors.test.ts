// Routes and errors: unknown routes, other methods, every code, and what nobody foresaw.
import { afterEach, describe, expect, test, vi } from "vitest"
import { API_ERROR_CODES, BelayError, EncodingError } from "../../src/engine/errors.ts"
import { givenApp } from "./support/given-app.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

/** From the contract, written out once more on purpose. */
const STATUSES = {
  invalid_request: 400,
  invalid_id: 400,
  unauthorized: 401,
  forbidden: 403,
  route_unknown: 404,
  workflow_unknown: 404,
  version_unknown: 404,
  run_unknown: 404,
  path_unknown: 404,
  state_unknown: 404,
  promise_unknown: 404,
  schedule_unknown: 404,
  method_not_allowed: 405,
  run_conflict: 409,
  run_ended: 409,
  wrong_status: 409,
  halted: 409,
  body_too_large: 413,
  rejected: 422,
  limit_reached: 429,
  internal: 500,
  not_configured: 503,
  overloaded: 503,
  ledger_unavailable: 503,
} as const

function givenThrowing(thrown: unknown) {
  return givenApp({ runs: { get: () => Promise.reject(thrown) } })
}

test("every code of the closed list has a status here", () => {
  expect(Object.keys(STATUSES).sort()).toEqual([...API_ERROR_CODES].sort())
})

test.each(API_ERROR_CODES)("%s has its status, its body and nothing else", async (code) => {
  const { ask } = givenThrowing(new BelayError(code, "what, which, what to do", { amount: 5n }))
  const answer = await ask("GET /v1/runs/a")
  expect(answer.status).toBe(STATUSES[code])
  expect(answer.headers.get("content-type")).toBe("application/json")
  expect(answer.body).toEqual({
    error: { code, message: "what, which, what to do", details: { amount: "5" } },
  })
  expect(answer.headers.has("retry-after")).toBe(STATUSES[code] === 503)
  expect(answer.headers.has("www-authenticate")).toBe(code === "unauthorized")
})

test("a huge value in a message does not come back whole, and what to do stays", async () => {
  const { ask } = givenThrowing(
    new BelayError("workflow_unknown", `No workflow "${"x".repeat(900_000)}"; known are: a, b.`),
  )
  const { message } = await ask("GET /v1/runs/a")
  expect(message.length).toBe(2_001)
  expect(message).toMatch(/^No workflow "x+…x+"; known are: a, b\.$/)
  const whole = "y".repeat(2_000)
  const asking = givenThrowing(new BelayError("run_conflict", whole)).ask("GET /v1/runs/a")
  expect((await asking).message).toBe(whole)
})

test("an error without details has no such member", async () => {
  const { ask } = givenThrowing(new BelayError("run_conflict", "other input"))
  expect((await ask("GET /v1/runs/a")).body).toEqual({
    error: { code: "run_conflict", message: "other input" },
  })
})

test("a value of the caller that cannot be stored is the caller's mistake", async () => {
  const { ask } = givenThrowing(new EncodingError("too deep", "a.b"))
  expect(await ask("GET /v1/runs/a")).toMatchObject({ status: 400, code: "invalid_request" })
})

describe("what nobody foresaw", () => {
  test.each([
    ["an error", new TypeError("secret in a message")],
    ["a text", "secret in a message"],
    ["nothing", undefined],
    ["null", null],
    ["an object", { code: "run_unknown", message: "secret in a message" }],
    [
      "an error that looks like ours",
      Object.assign(new Error("secret in a message"), { code: "run_unknown" }),
    ],
    [
      "an error thrown by user code in an object",
      Object.assign(new Error("secret"), { remote: true, retryable: true }),
    ],
  ])("%s is 500 internal, logged, and tells nothing", async (_name, thrown) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { ask } = givenThrowing(thrown)
    const answer = await ask("GET /v1/runs/a")
    expect(answer).toMatchObject({ status: 500, code: "internal" })
    expect(JSON.stringify(answer.body)).not.toContain("secret")
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
    expect(log).toHaveBeenCalledOnce()
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({
      level: "error",
      where: "GET /v1/runs/:id",
    })
  })

  test.each(["overloaded", "retryable"])(
    "an object that is %s is 503 and worth another try",
    async (mark) => {
      vi.spyOn(console, "error").mockImplementation(() => undefined)
      const { ask } = givenThrowing(Object.assign(new Error("reset"), { [mark]: true }))
      const answer = await ask("GET /v1/runs/a")
      expect(answer).toMatchObject({ status: 503, code: "overloaded" })
      expect(answer.headers.get("retry-after")).toBe("1")
    },
  )

  test("a promise's token is in no log", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { ask } = givenApp({ runs: { settlePromise: () => Promise.reject(new Error("boom")) } })
    expect((await ask("POST /v1/promises/secret-token/resolve")).status).toBe(500)
    expect(log).toHaveBeenCalledOnce()
    expect(JSON.stringify(log.mock.calls)).not.toContain("secret-token")
  })
})

describe("routes", () => {
  test.each([
    "GET /v1",
    "GET /v1/index",
    "GET /v1/stats/a",
    "GET /V1/runs/a",
    "GET /v1/runs/a/result/more",
    "GET /nothing/%zz",
    "OPTIONS /nothing",
  ])("%s is 404 route_unknown", async (line) => {
    const { ask } = givenApp()
    const answer = await ask(line)
    expect(answer).toMatchObject({ status: 404, code: "route_unknown" })
    expect(answer.message).toContain(line)
  })

  test.each([
    ["PUT /v1/runs/a", "GET, HEAD, POST, DELETE"],
    ["OPTIONS /v1/runs/a", "GET, HEAD, POST, DELETE"],
    ["DELETE /v1/runs/a/result", "GET, HEAD"],
    ["POST /v1/runs/a/result", "GET, HEAD"],
    ["GET /v1/runs/a/cancel", "POST"],
    ["GET /v1/runs/a/signals/go", "POST"],
    ["HEAD /v1/runs/a/cancel", "POST"],
    ["GET /v1/promises/t/resolve", "POST"],
    ["POST /healthz", "GET, HEAD"],
  ])("%s is 405 and says what is allowed: %s", async (line, allow) => {
    const { ask, calls } = givenApp()
    const answer = await ask(line)
    expect(answer.status).toBe(405)
    expect(answer.headers.get("allow")).toBe(allow)
    if (!line.startsWith("HEAD")) expect(answer.code).toBe("method_not_allowed")
    expect(calls).toEqual([])
  })

  test("HEAD is GET without the body", async () => {
    const { ask } = givenApp()
    for (const path of ["/healthz", "/v1/runs/a", "/v1/runs/a/result"]) {
      const head = await ask(`HEAD ${path}`)
      const get = await ask(`GET ${path}`)
      expect(head.status).toBe(200)
      expect(head.body).toBe("")
      expect([...head.headers]).toEqual([...get.headers])
    }
  })

  test.each(["GET /healthz", "GET /v1/runs/a", "GET /nothing", "PUT /healthz", "GET /v1/runs/%00"])(
    "%s: every answer carries the security headers",
    async (line) => {
      const { ask } = givenApp()
      const { headers } = await ask(line)
      expect(headers.get("x-content-type-options")).toBe("nosniff")
      expect(headers.get("x-frame-options")).toBe("DENY")
      expect(headers.get("content-security-policy")).toContain("default-src 'none'")
      expect(headers.get("referrer-policy")).toBe("no-referrer")
      expect(headers.get("cache-control")).toBe("no-store")
      expect(headers.get("content-type")).toBe("application/json")
    },
  )
})
