// The ledger's watch: what a Worker says of its relays, ready or not.

import { env } from "cloudflare:workers"
import { Hono } from "hono"
import { expect, test } from "vitest"
import { ledgerWatchRoutes } from "../../src/systems/ledger-watch/routes.ts"
import { send } from "./support/service.ts"

const TWO = { BELAY_RELAY_URL: "https://one.example,https://two.example" }

function asked(answers: Readonly<Record<string, () => Promise<Response>>>) {
  const routes = ledgerWatchRoutes((url) => answers[new URL(url).host]?.() ?? Promise.reject())
  return new Hono().route("/", routes).request("http://belay/ledger/health", {}, TWO)
}

test("the real relay is ready, and says at home which ledger it keeps", async () => {
  expect(env.BELAY_RELAY_URL).toContain("http")
  const { status, body } = await send("GET /ledger/health")
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { ready: true, relays: [{ relay: 1, ready: true, ledger: "embedded", inFlight: 0 }] },
  })
})

test("one relay of two is enough; why the other is not ready is said, where it is is not", async () => {
  const response = await asked({
    "one.example": () => Promise.resolve(Response.json({ ready: true })),
    "two.example": () => Promise.reject(new TypeError("https://two.example is away")),
  })
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({
    ready: true,
    relays: [
      { relay: 1, ready: true },
      { relay: 2, ready: false, problem: expect.stringContaining("does not answer") },
    ],
  })
  expect(text).not.toContain("example")
})

test("a relay that stops, one whose ledger is silent, something else altogether: none is ready", async () => {
  const stopping = () =>
    Promise.resolve(Response.json({ ready: false, draining: true }, { status: 503 }))
  const stalled = () =>
    Promise.resolve(Response.json({ ready: false, stalled: true }, { status: 503 }))
  const page = () => Promise.resolve(Response.json({ hello: "world" }))
  const problems = async (one: () => Promise<Response>, two: () => Promise<Response>) => {
    const response = await asked({ "one.example": one, "two.example": two })
    const body = await response.json<{ ready: boolean; relays: { problem: string }[] }>()
    return [body.ready, ...body.relays.map(({ problem }) => problem)]
  }
  expect(await problems(stopping, stalled)).toEqual([
    false,
    expect.stringContaining("being stopped"),
    expect.stringContaining("for a while"),
  ])
  expect(await problems(page, page)).toEqual([
    false,
    expect.stringContaining("no relay"),
    expect.stringContaining("no relay"),
  ])
})
