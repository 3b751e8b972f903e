// What the relay counts, and who may read it.
import { once } from "node:events"
import { connect } from "node:net"
import { describe, expect, test } from "vitest"
import { FENCE_ACCOUNTS } from "../../src/ledger/fence.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import { RelayMetrics } from "../../src/relay/metrics/metrics.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { ask, ledgerOf, readMetrics, send, sign, startRelay } from "./relay-kit.ts"

const TOKEN = "a-token-for-scrapers"

const account = (id: number) => ({ id: `${id}`, ledger: 1, code: 1 })

function transfer(id: number, debit: number, fields: object = {}) {
  const accounts = { debit_account_id: `${debit}`, credit_account_id: "2" }
  return { id: `${id}`, ...accounts, amount: "1", ledger: 1, code: 1, ...fields }
}

/** Asks for one of the paths that are shown to those who watch over the relay. */
function look(relay: Relay, path: string, headers: Record<string, string> = {}) {
  return fetch(`${relay.url}${path}`, { headers })
}

test("events are counted by class and by status, requests by status code", async () => {
  const { relay } = await startRelay()
  const accounts = [account(1), account(2), { ...account(3), code: 0 }]
  await ask(relay, "/v1/create_accounts", { accounts })
  const transfers = [transfer(10, 1), transfer(11, 1), transfer(12, 99), transfer(10, 1)]
  await ask(relay, "/v1/create_transfers", { transfers })
  const conflict = [transfer(10, 1, { amount: "5" })]
  await ask(relay, "/v1/create_transfers", { transfers: conflict })
  await ask(relay, "/v1/create_transfers", { transfers: [{ id: "x" }] })
  const metrics = await readMetrics(relay)
  for (const line of [
    'belay_relay_events_total{operation="create_accounts",class="success"} 2',
    'belay_relay_events_total{operation="create_accounts",class="invalid"} 1',
    'belay_relay_events_total{operation="create_transfers",class="success"} 3',
    'belay_relay_events_total{operation="create_transfers",class="rejected"} 1',
    'belay_relay_events_total{operation="create_transfers",class="conflict"} 1',
    'belay_relay_account_statuses_total{status="code_must_not_be_zero"} 1',
    'belay_relay_transfer_statuses_total{status="created"} 2',
    'belay_relay_transfer_statuses_total{status="exists"} 1',
    'belay_relay_transfer_statuses_total{status="debit_account_not_found"} 1',
    'belay_relay_transfer_statuses_total{status="credit_account_not_found"} 0',
    'belay_relay_transfer_statuses_total{status="exists_with_different_amount"} 1',
    'belay_relay_requests_total{operation="create_transfers",status="200"} 2',
    'belay_relay_requests_total{operation="create_transfers",status="400"} 1',
    'belay_relay_request_events_count{operation="create_transfers"} 2',
    'belay_relay_request_events_bucket{le="2",operation="create_transfers"} 1',
    'belay_relay_request_seconds_count{operation="create_transfers"} 3',
    'belay_relay_ledger_seconds_count{method="createTransfers"} 2',
    "belay_relay_ready 1",
    "belay_relay_stalled 0",
    "belay_relay_draining 0",
    "belay_relay_calls_in_flight 0",
    "belay_relay_events_in_flight 0",
    "belay_relay_bytes_in_flight 0",
    "belay_relay_nonces 4",
  ]) {
    expect(metrics).toContain(`${line}\n`)
  }
})

test("fences, refused strangers and failures of the ledger are counted by kind", async () => {
  const { relay } = await startRelay()
  await ask(relay, "/v1/fence_transfer", { id: "1" })
  await ask(relay, "/v1/fence_transfer", { id: "1" })
  const stranger = { id: "nobody", secret: "nobody's secret at all" }
  await ask(relay, "/v1/lookup_accounts", { ids: [] }, { key: stranger })
  const init = await sign('{"ids":[]}')
  await send(relay, init)
  await send(relay, init)
  await send(relay, { method: "GET" }, "/v1/nothing")
  const metrics = await readMetrics(relay)
  for (const line of [
    'belay_relay_fences_total{result="fenced"} 1',
    'belay_relay_fences_total{result="already_failed"} 1',
    'belay_relay_fences_total{result="committed"} 0',
    'belay_relay_auth_refusals_total{reason="key"} 1',
    'belay_relay_auth_refusals_total{reason="replay"} 1',
    'belay_relay_requests_total{operation="lookup_accounts",status="401"} 2',
    'belay_relay_requests_total{operation="none",status="404"} 1',
  ]) {
    expect(metrics).toContain(`${line}\n`)
  }
  const broken = ledgerOf({
    createTransfers: () => Promise.reject(new Error("no")),
    lookupAccounts: async () => [],
  })
  const { relay: other } = await startRelay({ ledger: broken })
  await ask(other, "/v1/create_transfers", { transfers: [] })
  expect(await readMetrics(other)).toContain('belay_relay_ledger_errors_total{code="unforeseen"} 1')
})

test("every status of a transfer has its own count from the start", async () => {
  const { relay } = await startRelay()
  const metrics = await readMetrics(relay)
  for (const status of Object.keys(TRANSFER_STATUSES)) {
    expect(metrics).toContain(`belay_relay_transfer_statuses_total{status="${status}"} 0\n`)
  }
})

test("labels are from closed sets: nothing a caller sends becomes one", async () => {
  const { relay } = await startRelay()
  const labels = async () => {
    return new Set((await readMetrics(relay)).match(/^\w+\{[^}]*\}/gm))
  }
  const body = { transfers: [transfer(123_456_789, 987_654_321)] }
  await ask(relay, "/v1/create_transfers", body)
  await ask(relay, "/v1/create_accounts", { accounts: [{ id: `${FENCE_ACCOUNTS[0]}` }] })
  await send(relay, { method: "GET" }, "/v1/nothing")
  const before = await labels()
  for (let id = 0; id < 20; id += 1) {
    const key = { id: `key${id}`, secret: "a secret of some length" }
    await ask(relay, "/v1/create_transfers", { transfers: [transfer(1_000 + id, 100 + id)] })
    await send(relay, { method: "GET" }, `/v1/nothing/${id}`)
    await ask(relay, "/v1/lookup_accounts", { ids: [`${id}`] }, { key })
  }
  const added = [...(await labels())].filter((label) => !before.has(label))
  expect(added).toEqual(['belay_relay_requests_total{operation="lookup_accounts",status="401"}'])
  expect([...before].join()).not.toMatch(/123456789|987654321/)
})

test("a ledger that can lose its client says how many it had, another one says nothing", async () => {
  const { relay } = await startRelay({ ledger: { ...ledgerOf({}), generation: 3 } })
  expect(await readMetrics(relay)).toContain("belay_relay_ledger_generation 3\n")
  const { relay: other } = await startRelay()
  expect(await readMetrics(other)).not.toMatch(/^belay_relay_ledger_generation/m)
})

test("the process's own metrics are there where they are asked for", async () => {
  const { relay } = await startRelay({ metrics: new RelayMetrics().addProcess() })
  expect(await readMetrics(relay)).toContain("process_resident_memory_bytes")
})

describe("what came through a proxy or tunnel sees no metrics and no details", () => {
  test.each([
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
    "cf-ray",
    "cdn-loop",
    "x-forwarded-host",
    "x-forwarded-proto",
  ])("%s", async (header) => {
    const { relay } = await startRelay()
    const metrics = await look(relay, "/metrics", { [header]: "203.0.113.7" })
    const nothing = await look(relay, "/nothing", { [header]: "203.0.113.7" })
    expect(metrics.status).toBe(404)
    expect(await metrics.text()).toBe((await nothing.text()).replace("/nothing", "/metrics"))
    const ready = await look(relay, "/readyz", { [header]: "" })
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({ ready: true })
  })
})

test("who asks for another name than a loopback one is no local scraper", async () => {
  const { relay } = await startRelay()
  expect(await pathOf(relay, "relay-1.example.com")).toMatch(/^HTTP\/1\.1 404 /)
  for (const host of ["localhost", `127.0.0.1:${relay.port}`, "[::1]:9000"]) {
    expect(await pathOf(relay, host)).toMatch(/^HTTP\/1\.1 200 /)
  }
})

/** The answer to a request for `/metrics` under this name. */
async function pathOf(relay: Relay, host: string): Promise<string> {
  const socket = connect(relay.port, "127.0.0.1")
  let text = ""
  socket.on("data", (chunk) => (text += String(chunk)))
  socket.end(`GET /metrics HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
  await once(socket, "close")
  return text
}

describe("with an operator's token", () => {
  test("/metrics is never shown without it, and through a tunnel does not even exist", async () => {
    const { relay } = await startRelay({ metricsToken: TOKEN })
    const refused = await look(relay, "/metrics")
    expect(refused.status).toBe(401)
    expect(refused.headers.get("www-authenticate")).toBe("Bearer")
    for (const authorization of ["", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, "Bearer x"]) {
      expect((await look(relay, "/metrics", { authorization })).status).toBe(401)
    }
    const tunnelled = { "cf-ray": "1", authorization: "Bearer x" }
    expect((await look(relay, "/metrics", tunnelled)).status).toBe(404)
  })

  test("it opens metrics and details from anywhere", async () => {
    const { relay } = await startRelay({ metricsToken: TOKEN })
    for (const extra of [{}, { "cf-ray": "1" }]) {
      const headers = { authorization: `Bearer ${TOKEN}`, ...extra }
      const metrics = await look(relay, "/metrics", headers)
      expect(metrics.status).toBe(200)
      expect(metrics.headers.get("content-type")).toContain("text/plain")
      expect(await (await look(relay, "/readyz", headers)).json()).toHaveProperty("ledger")
    }
    const local = await look(relay, "/readyz")
    expect(await local.json()).toHaveProperty("ledger")
  })
})
