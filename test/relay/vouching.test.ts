// "Not submitted", said by a relay that cannot know: the same signed request, played where it was not taken before.
import { expect, test } from "vitest"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import type { Fetch } from "../../src/ledger/relay-call.ts"
import { DEADLINE_HEADER, SIGNATURE_HEADER } from "../../src/ledger/signature.ts"
import { transferOutcome } from "../../src/ledger/status-outcome.ts"
import type { LedgerBackend } from "../../src/relay/ledger-backend.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { KEY, ledgerOf, send, sign, startRelay } from "./relay-kit.ts"

const PATH = "/v1/create_transfers"
const TRANSFER = {
  id: 9n,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 5n,
  ledger: 1,
  code: 1,
}
const UNKNOWN = { code: "ledger_unknown", submitted: true }

/** A ledger that several relays share, as a cluster is, and how often transfers reached it. */
function sharedLedger(): { readonly ledger: LedgerBackend; readonly calls: () => number } {
  let calls = 0
  const ledger = ledgerOf({
    lookupAccounts: async () => [],
    createTransfers: async (transfers) => {
      calls += 1
      return transfers.map(() => transferOutcome("created", 1n))
    },
  })
  return { ledger, calls: () => calls }
}

/** A proxy that loses the answer of the relay asked, sends the request again, and hands on what it hears then. */
function retryingProxy(next: (url: string) => Promise<string>): Fetch {
  return async (url, init) => {
    await (await fetch(url, init)).arrayBuffer()
    // Not signed; whoever stands between may set it to a time that is over.
    const headers = { ...init.headers, [DEADLINE_HEADER]: "1" }
    return fetch(await next(url), { ...init, headers })
  }
}

/** Until the clock shows another millisecond: what was signed before is older than what starts now. */
async function nextMillisecond(): Promise<void> {
  const nowMs = Date.now()
  while (Date.now() === nowMs) await new Promise((resolve) => setTimeout(resolve, 1))
}

test("a relay that was restarted does not vouch for what may have reached it before", async () => {
  const { ledger, calls } = sharedLedger()
  const { relay } = await startRelay({ ledger })
  const proxy = retryingProxy(async (url) => {
    await relay.drain()
    await nextMillisecond()
    await startRelay({ ledger, port: relay.port })
    return url
  })
  const client = new RelayLedger({ urls: [relay.url], key: KEY, fetch: proxy })
  await expect(client.createTransfers([TRANSFER])).rejects.toMatchObject(UNKNOWN)
  expect(calls()).toBe(1)
})

test("whatever it refuses of that time is refused unsigned, and what it does is signed", async () => {
  const timeMs = Date.now()
  await nextMillisecond()
  const { relay } = await startRelay({ ledger: sharedLedger().ledger, rules: { eventsMax: 1 } })
  const one = JSON.stringify({ transfers: [{ id: "9" }] })
  const two = JSON.stringify({ transfers: [{ id: "9" }, { id: "10" }] })
  const ask = async (body: string, parts: object) => {
    return send(relay, await sign(body, { path: PATH, ...parts }), PATH)
  }
  const old = { timeMs }
  const refused = { body: { submitted: false } }
  expect(await ask(two, old)).toMatchObject({ ...refused, status: 400, signed: false })
  expect(await ask(one, { timeMs, deadlineMs: 1 })).toMatchObject({
    ...refused,
    status: 503,
    signed: false,
  })
  expect(await ask(one, old)).toMatchObject({ status: 200, signed: true })
  expect(await ask(two, {})).toMatchObject({ ...refused, status: 400, signed: true })
})

test("a relay takes requests for its own addresses alone, where these are set", async () => {
  const { ledger, calls } = sharedLedger()
  const own = async (audience: string): Promise<Relay> => {
    return (await startRelay({ ledger, audiences: [audience, "https://both.example"] })).relay
  }
  const relays = [await own("https://one.example"), await own("https://other.example")] as const
  const path = PATH
  const body = JSON.stringify({ transfers: [{ id: "9" }] })
  const recorded = await sign(body, { path, audience: "https://one.example" })
  expect(await send(relays[0], recorded, PATH)).toMatchObject({ status: 200, signed: true })
  expect(await send(relays[1], recorded, PATH)).toMatchObject({
    status: 401,
    signed: false,
    body: { error: { message: expect.stringContaining("https://one.example") as string } },
  })
  const second = await sign(body, { path, audience: "https://both.example" })
  for (const relay of relays) expect((await send(relay, second, PATH)).status).toBe(200)
  expect(calls()).toBe(3)
})

test("a client hears unknown when its request was played to a relay it did not address", async () => {
  const { ledger, calls } = sharedLedger()
  const port = await freePort()
  const audiences = [`http://127.0.0.1:${port}`]
  const { relay: asked } = await startRelay({ ledger, port, audiences })
  const { relay: other, log } = await startRelay({ ledger, audiences: ["https://other.example"] })
  const proxy = retryingProxy(async (url) => url.replace(asked.url, other.url))
  const client = new RelayLedger({ urls: [asked.url], key: KEY, fetch: proxy })
  await expect(client.createTransfers([TRANSFER])).rejects.toMatchObject(UNKNOWN)
  expect(calls()).toBe(1)
  expect(log).toContainEqual({
    event: "auth_refused",
    reason: "audience",
    operation: "create_transfers",
  })
})

/** A port that nobody listens on just now. */
async function freePort(): Promise<number> {
  const { relay } = await startRelay()
  await relay.drain()
  return relay.port
}

test("the audience is signed, needed, and has a form", async () => {
  const { relay } = await startRelay()
  const init = await sign('{"ids":[]}')
  for (const [audience, message] of [
    ["https://another.example", /does not fit/],
    ["relay.example", /x-belay-audience, .*forms/],
    [`https://${"x".repeat(300)}`, /x-belay-audience, .*forms/],
    ["https://one.example/path", /x-belay-audience, .*forms/],
    ["", /x-belay-audience, .*forms/],
  ] as const) {
    const headers = { ...init.headers, "x-belay-audience": audience }
    const reply = await send(relay, { ...init, headers })
    expect(reply).toMatchObject({ status: 401, signed: false })
    expect(reply.headers.get(SIGNATURE_HEADER)).toBeNull()
    expect(JSON.stringify(reply.body)).toMatch(message)
  }
  expect(await send(relay, init)).toMatchObject({ status: 200 })
})
