// Mounted routes: a system's routes stand behind the same doors and reach the rest through their host.
import { Hono } from "hono"
import { expect, test, vi } from "vitest"
import { BelayError } from "../../src/engine/errors.ts"
import type { SystemEnvironment } from "../../src/systems/host.ts"
import { DEPLOYED, givenApp, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
const ROOMY_BYTES = 2 * 1024 * 1024

function thingRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()
  routes.post("/things/:id", async (c) => {
    const host = c.get("host")
    const id = host.pathSegment(c.req.raw, 1)
    const waitMs = host.waitMs(c.req.raw) ?? null
    const faults = host.faults(c.req.raw)
    const trace = host.trace(c.req.raw) ?? null
    const body = (await host.readBody(c.req.raw)) ?? null
    return c.json({ id, waitMs, faults, trace, body } as never)
  })
  routes.post("/roomy", async (c) => {
    const body = await c.get("host").readBody(c.req.raw, ROOMY_BYTES)
    return c.json({ length: String(body).length })
  })
  routes.get("/things/:id", async (c) => {
    const run = await c.get("host").runs.get(`thing-${c.req.param("id")}`)
    return c.json({ run: run?.id ?? null })
  })
  routes.get("/broken", () => {
    throw new BelayError("ledger_unavailable", "the relay does not answer")
  })
  routes.get("/page", (c) =>
    c.html("<p>hello</p>", 200, { "content-security-policy": "default-src 'self'" }),
  )
  return routes
}

function givenThings(variables?: Parameters<typeof givenApp>[0]) {
  return givenApp({ ...variables, mount: (app) => void app.route("/", thingRoutes()) })
}

test("a system reads path, wait, faults and body through its host", async () => {
  const { ask } = givenThings()
  const answer = await ask("POST /things/a%2Fb?wait=99999", {
    body: { a: 1 },
    headers: { "x-belay-fault": "pay:1:hang", traceparent: TRACEPARENT },
  })
  expect(answer.body).toEqual({
    id: "a/b",
    waitMs: 30_000,
    trace: { traceparent: TRACEPARENT },
    faults: [{ step: "pay", call: 1, attempt: 1, action: "hang" }],
    body: { a: 1 },
  })
  expect((await ask("POST /things/a")).body).toMatchObject({ waitMs: null, faults: [], body: null })
})

test("a system reaches the runs", async () => {
  const { ask, calls } = givenThings()
  expect((await ask("GET /things/7")).body).toEqual({ run: "thing-7" })
  expect(calls).toEqual([{ method: "get", args: ["thing-7"] }])
})

test("what a system's host refuses is answered as everywhere", async () => {
  const { ask, send } = givenThings()
  expect(await ask("POST /things/%00")).toMatchObject({ status: 400, code: "invalid_id" })
  expect(await ask("POST /things/")).toMatchObject({ status: 400, code: "invalid_id" })
  expect(await ask("POST /things/a?wait=x")).toMatchObject({ status: 400, code: "invalid_request" })
  const notJson = new Request("http://belay/things/a", { method: "POST", body: "{" })
  expect(await send(notJson)).toMatchObject({ status: 400, code: "invalid_request" })
  expect(await ask("GET /broken")).toMatchObject({ status: 503, code: "ledger_unavailable" })
})

test("a system may take larger bodies, up to its own limit", async () => {
  const { ask } = givenThings()
  const fits = "x".repeat(ROOMY_BYTES - 2)
  expect((await ask("POST /roomy", { body: fits })).body).toEqual({ length: fits.length })
  expect(await ask("POST /roomy", { body: `${fits}x` })).toMatchObject({ status: 413 })
})

test("a system's routes need roles, and other methods on them are 405", async () => {
  const { ask } = givenThings({ variables: DEPLOYED })
  expect((await ask("POST /things/a")).status).toBe(401)
  expect((await ask("POST /things/a", { token: READ_TOKEN })).status).toBe(403)
  expect((await ask("POST /things/a", { token: START_TOKEN })).status).toBe(200)
  const put = await ask("PUT /things/a", { token: START_TOKEN })
  expect(put).toMatchObject({ status: 405, code: "method_not_allowed" })
  expect(put.headers.get("allow")).toBe("GET, HEAD, POST")
})

test("a page keeps its own policy and gets the other headers", async () => {
  const { ask } = givenThings()
  const { headers, body } = await ask("GET /page")
  expect(body).toBe("<p>hello</p>")
  expect(headers.get("content-security-policy")).toBe("default-src 'self'")
  expect(headers.get("x-content-type-options")).toBe("nosniff")
})

test("an answer with headers that cannot be changed gets ours too", async () => {
  const { app, env } = givenApp({
    mount: (mounted) =>
      void mounted.get("/moved", () => Response.redirect("http://belay/healthz", 302)),
  })
  const moved = await app.fetch(new Request("http://belay/moved"), env)
  expect(moved.status).toBe(302)
  expect(moved.headers.get("location")).toBe("http://belay/healthz")
  expect(moved.headers.get("x-content-type-options")).toBe("nosniff")
})

test("an answer nobody can send is a failure of that request alone", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const { ask } = givenApp({ mount: (app) => void app.get("/unsendable", () => Response.error()) })
  expect(await ask("GET /unsendable")).toMatchObject({ status: 500, code: "internal" })
  expect(log).toHaveBeenCalledOnce()
  vi.restoreAllMocks()
})
