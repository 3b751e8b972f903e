// Who may call what, and what a deployed Worker without its secret says.
import { describe, expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { runRecord } from "./support/fake-runs.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

const START = { workflow: "greet" }

/** Every route, and which roles may use it. */
const ROUTES: readonly (readonly [string, unknown, { read: boolean; start: boolean }])[] = [
  ["POST /v1/runs/a", START, { read: false, start: true }],
  ["POST /v1/runs/a/signals/go", 1, { read: false, start: true }],
  ["POST /v1/runs/a/updates/go", 1, { read: false, start: true }],
  ["GET /v1/runs/a", undefined, { read: true, start: false }],
  ["HEAD /v1/runs/a", undefined, { read: true, start: false }],
  ["GET /v1/runs/a/result", undefined, { read: true, start: false }],
  ["GET /v1/runs/a/journal", undefined, { read: true, start: false }],
  ["GET /v1/runs/a/updates/go?key=k", undefined, { read: true, start: false }],
  ["GET /v1/runs/a/state/s", undefined, { read: true, start: false }],
  ["POST /v1/runs/a/cancel", undefined, { read: false, start: false }],
  ["POST /v1/runs/a/kill", undefined, { read: false, start: false }],
  ["POST /v1/runs/a/retry", undefined, { read: false, start: false }],
  ["POST /v1/runs/a/skip", { path: "0" }, { read: false, start: false }],
  ["POST /things/a", {}, { read: false, start: true }],
  ["PUT /things/a", {}, { read: false, start: true }],
  ["DELETE /things/a", undefined, { read: false, start: false }],
  ["GET /things/a", undefined, { read: true, start: false }],
]

function givenDeployed() {
  return givenApp({
    variables: DEPLOYED,
    mount: (app) => {
      app.on(["GET", "POST", "PUT", "DELETE"], "/things/:id", () => Response.json({}))
      app.get(
        "/buy",
        () => new Response("<p>buy</p>", { headers: { "content-type": "text/html" } }),
      )
    },
  })
}

describe.each(ROUTES)("%s", (line, body, allowed) => {
  test("is 401 without a token and with an unknown one", async () => {
    const { ask, calls } = givenDeployed()
    for (const token of [undefined, "unknown", OPERATE_TOKEN.slice(0, -1), `${OPERATE_TOKEN}x`]) {
      const answer = await ask(line, { body, ...(token !== undefined && { token }) })
      expect(answer.status).toBe(401)
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="belay"')
    }
    expect(calls).toEqual([])
  })

  test("is open to operate, and to read and start as the contract says", async () => {
    const { ask } = givenDeployed()
    expect((await ask(line, { body, token: OPERATE_TOKEN })).status).toBeLessThan(300)
    const reader = await ask(line, { body, token: READ_TOKEN })
    const starter = await ask(line, { body, token: START_TOKEN })
    expect(reader.status < 300 ? 200 : reader.status).toBe(allowed.read ? 200 : 403)
    expect(starter.status < 300 ? 200 : starter.status).toBe(allowed.start ? 200 : 403)
  })
})

test("a refusal names the role that is missing, and a token may have several roles or none", async () => {
  const { ask } = givenApp({
    variables: { BELAY_TOKENS: JSON.stringify({ both: ["start", "read"], none: [] }) },
  })
  expect((await ask("GET /v1/runs/a", { token: "both" })).status).toBe(200)
  expect((await ask("POST /v1/runs/a", { token: "both", body: START })).status).toBe(201)
  const killed = await ask("POST /v1/runs/a/kill", { token: "both" })
  expect(killed).toMatchObject({ status: 403, code: "forbidden" })
  expect(killed.message).toContain('"operate"')
  expect(await ask("GET /v1/runs/a", { token: "none" })).toMatchObject({ status: 403 })
})

test.each([
  ["basic credentials", "Basic dXNlcjpwYXNz"],
  ["the bare token", OPERATE_TOKEN],
  ["an empty token", "Bearer "],
  ["two tokens", `Bearer ${READ_TOKEN} ${OPERATE_TOKEN}`],
])("%s in the Authorization header is 401", async (_name, authorization) => {
  const { ask } = givenDeployed()
  const answer = await ask("GET /v1/runs/a", { headers: { authorization } })
  expect(answer).toMatchObject({ status: 401, code: "unauthorized" })
})

test("the scheme's name is read in any case", async () => {
  const { ask } = givenDeployed()
  const answer = await ask("GET /v1/runs/a", { headers: { authorization: `bEARER ${READ_TOKEN}` } })
  expect(answer.status).toBe(200)
})

test("health, pages and promise tokens need no token", async () => {
  const { ask } = givenDeployed()
  expect((await ask("GET /healthz")).status).toBe(200)
  expect((await ask("GET /openapi.json")).status).toBe(200)
  expect((await ask("GET /buy")).status).toBe(200)
  expect((await ask("POST /v1/promises/t1/resolve", { body: 1 })).status).toBe(200)
  expect((await ask("POST /v1/promises/t1/reject", { body: { message: "no" } })).status).toBe(200)
  expect((await ask("GET /")).status).toBe(200)
  // A page is free; what it is for is not.
  expect((await ask("POST /buy")).status).toBe(401)
  expect((await ask("GET /buy/x")).status).toBe(401)
})

test("an unknown route is 401 without a token, so that nobody can map the server", async () => {
  const { ask } = givenDeployed()
  expect((await ask("GET /v1/nothing")).status).toBe(401)
  expect((await ask("GET /v1/nothing", { token: READ_TOKEN })).status).toBe(404)
})

describe("without usable tokens", () => {
  const MALFORMED = [
    ["no secret", undefined],
    ["an empty secret", ""],
    ["a secret that is not JSON", "secret"],
    ["a list", '["token"]'],
    ["null", "null"],
    ["no tokens", "{}"],
    ["an unknown role", '{"t": ["admin"]}'],
    ["roles as a text", '{"t": "read"}'],
    ["an empty token", '{"": ["read"]}'],
    ["one good token beside a bad one", '{"t": ["read"], "u": 1}'],
  ] as const

  test.each(MALFORMED)(
    "%s: a deployed Worker serves health alone and says how to set it",
    async (_name, tokens) => {
      const { ask, calls } = givenApp({
        variables: tokens === undefined ? {} : { BELAY_TOKENS: tokens },
      })
      const lines = [
        "GET /v1/runs/a",
        "POST /v1/runs/a",
        "GET /",
        "GET /buy",
        "POST /v1/promises/t/resolve",
      ]
      for (const line of lines) {
        const answer = await ask(line, { token: "t" })
        expect(answer).toMatchObject({ status: 503, code: "not_configured" })
        expect(answer.headers.get("retry-after")).toMatch(/^\d+$/)
        expect(answer.message).toContain("BELAY_TOKENS")
        expect(answer.message).toContain("wrangler secret put")
      }
      expect((await ask("GET /healthz")).status).toBe(200)
      expect((await ask("HEAD /healthz")).status).toBe(200)
      expect(calls).toEqual([])
    },
  )

  test.each(MALFORMED)("%s: a development server is open", async (_name, tokens) => {
    const { ask } = givenApp({
      variables: { BELAY_DEV: "1", ...(tokens !== undefined && { BELAY_TOKENS: tokens }) },
    })
    expect((await ask("GET /v1/runs/a")).status).toBe(200)
    expect((await ask("POST /v1/runs/a/kill")).status).toBe(202)
  })

  test.each(["0", "", "true", "yes"])(
    "BELAY_DEV=%j does not open the server",
    async (BELAY_DEV) => {
      const { ask } = givenApp({ variables: { BELAY_DEV } })
      expect((await ask("GET /v1/runs/a")).status).toBe(503)
    },
  )
})

test("tokens beside BELAY_DEV are enforced", async () => {
  const { ask } = givenApp({ variables: { ...DEPLOYED, BELAY_DEV: "1" } })
  expect((await ask("GET /v1/runs/a")).status).toBe(401)
  expect((await ask("GET /v1/runs/a", { token: START_TOKEN })).status).toBe(403)
  expect((await ask("GET /v1/runs/a", { token: READ_TOKEN })).status).toBe(200)
})

test("a changed secret counts from the next request on", async () => {
  const { app } = givenApp()
  const request = () =>
    new Request("http://belay/v1/runs/a", { headers: { authorization: "Bearer old" } })
  const old = { BELAY_TOKENS: '{"old": ["read"]}' } as Cloudflare.Env
  const fresh = { BELAY_TOKENS: '{"new": ["read"]}' } as Cloudflare.Env
  expect((await app.fetch(request(), old)).status).toBe(200)
  expect((await app.fetch(request(), fresh)).status).toBe(401)
  expect((await app.fetch(request(), old)).status).toBe(200)
})

describe("stacks and promise tokens", () => {
  const failed = runRecord({
    status: "failed",
    errorText: encode(new Error("it broke", { cause: new Error("the cause") })),
    resultText: encode({ inner: [new Error("deep"), new Map([["k", new Error("in a map")]])] }),
    waitingFor: [{ kind: "promise", path: "0", token: "secret-promise-token" }],
  })

  test.each(["", "?values=encoded"])(
    "are shown to operate and to no one else (%s)",
    async (query) => {
      const { ask } = givenApp({ variables: DEPLOYED, runs: { get: async () => failed } })
      const reader = JSON.stringify(
        (await ask(`GET /v1/runs/a${query}`, { token: READ_TOKEN })).body,
      )
      const operator = JSON.stringify(
        (await ask(`GET /v1/runs/a${query}`, { token: OPERATE_TOKEN })).body,
      )
      for (const secret of ["stack", "auth.test.ts", "secret-promise-token"]) {
        expect(reader).not.toContain(secret)
        expect(operator).toContain(secret)
      }
      expect(reader).toContain("it broke")
      expect(reader).toContain("the cause")
      expect(reader).toContain("in a map")
    },
  )

  test("are shown on an open development server", async () => {
    const { ask } = givenApp({ runs: { get: async () => failed } })
    const answer = JSON.stringify((await ask("GET /v1/runs/a")).body)
    expect(answer).toContain("stack")
    expect(answer).toContain("secret-promise-token")
  })
})

test("an operator's action is signed with the token's place, never the token", async () => {
  const { ask, calls } = givenApp({ variables: DEPLOYED })
  await ask("POST /v1/runs/a/kill", { token: OPERATE_TOKEN, body: { reason: "stuck" } })
  expect(calls).toEqual([
    { method: "kill", args: ["a", { reason: "stuck", by: "token 1 of BELAY_TOKENS" }] },
  ])
})

test.each([
  [["read"], ["read"]],
  [
    ["read", "start"],
    ["start", "read"],
  ],
  [["operate"], ["start", "read", "operate"]],
  [[], []],
])("a token with %j is told that it has %j", async (given, told) => {
  const { ask } = givenApp({ variables: { BELAY_TOKENS: JSON.stringify({ mine: given }) } })
  expect(await ask("GET /v1/roles", { token: "mine" })).toMatchObject({
    status: 200,
    body: { roles: told },
  })
  expect((await ask("GET /v1/roles")).code).toBe("unauthorized")
  expect((await ask("GET /v1/roles", { token: "other" })).code).toBe("unauthorized")
})

test("a development server without tokens gives all roles to everybody", async () => {
  const { ask } = givenApp()
  expect((await ask("GET /v1/roles")).body).toEqual({ roles: ["start", "read", "operate"] })
  const unset = givenApp({ variables: {} })
  expect((await unset.ask("GET /v1/roles")).code).toBe("not_configured")
})
