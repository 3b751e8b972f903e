// Retries that arrive while their original is still under way.
import { expect, test } from "vitest"
import type { RelayKey } from "../../src/ledger/signature.ts"
import { type TransferOutcome, transferOutcome } from "../../src/ledger/status-outcome.ts"
import { ask, heldCall, KEY, ledgerOf, readMetrics, startRelay } from "./relay-kit.ts"

const PATH = "/v1/create_transfers"
const BODY = { transfers: [{ id: "1", ledger: 1, code: 1 }] }
const OTHER: RelayKey = { id: "other", secret: "another tenant's secret" }

/** A relay whose ledger keeps every creation of transfers until it is told. */
async function startHeld() {
  const held = heldCall<TransferOutcome[]>()
  let calls = 0
  const ledger = ledgerOf({
    lookupAccounts: async () => [],
    lookupTransfers: () => {
      calls += 1
      return held.promise.then(() => [])
    },
    createTransfers: () => {
      calls += 1
      return held.promise
    },
  })
  const keys = new Map([KEY, OTHER].map(({ id, secret }) => [id, secret]))
  const { relay } = await startRelay({ ledger, keys })
  return {
    relay,
    release: () => held.resolve([transferOutcome("created", 3n)]),
    calls: () => calls,
  }
}

test("a storm of the same retries is one call of the ledger, and all hear its answer", async () => {
  const { relay, release, calls } = await startHeld()
  const asked = Array.from({ length: 50 }, () => ask(relay, PATH, BODY))
  await expect.poll(() => readMetrics(relay)).toContain("belay_relay_single_flight_hits_total 49")
  expect(await readMetrics(relay)).toContain("belay_relay_calls_in_flight 1\n")
  expect(await readMetrics(relay)).toContain("belay_relay_callers_waiting 50\n")
  release()
  for (const reply of await Promise.all(asked)) {
    expect(reply).toMatchObject({
      status: 200,
      signed: true,
      body: { outcomes: [{ status: "created", timestamp: "3" }] },
    })
  }
  expect(calls()).toBe(1)
  const metrics = await readMetrics(relay)
  expect(metrics).toContain(
    'belay_relay_events_total{operation="create_transfers",class="success"} 1',
  )
  expect(metrics).toContain("belay_relay_callers_waiting 0\n")
})

test("each caller keeps its own deadline, and one that comes after a timeout still joins", async () => {
  const { relay, release, calls } = await startHeld()
  const short = ask(relay, PATH, BODY, { deadlineMs: Date.now() + 400 })
  const long = ask(relay, PATH, BODY, { deadlineMs: Date.now() + 5_000 })
  expect(await short).toMatchObject({ status: 504, body: { submitted: true, outcome: "unknown" } })
  const late = ask(relay, PATH, BODY)
  await expect.poll(() => readMetrics(relay)).toContain("belay_relay_single_flight_hits_total 2")
  release()
  expect(await long).toMatchObject({ status: 200 })
  expect(await late).toMatchObject({ status: 200 })
  expect(calls()).toBe(1)
})

test("another body, another key, another operation and an answered original are calls of their own", async () => {
  const { relay, release, calls } = await startHeld()
  const asked = [
    ask(relay, PATH, BODY),
    ask(relay, PATH, BODY, { key: OTHER }),
    ask(relay, PATH, { transfers: [{ id: "2", ledger: 1, code: 1 }] }),
  ]
  await expect.poll(calls).toBe(3)
  release()
  for (const reply of await Promise.all(asked)) expect(reply.status).toBe(200)
  expect(await ask(relay, PATH, BODY)).toMatchObject({ status: 200 })
  expect(calls()).toBe(4)
})

test("a read is never shared: it could be older than the caller's own last write", async () => {
  const { relay, release, calls } = await startHeld()
  const asked = [1, 2].map(() => ask(relay, "/v1/lookup_transfers", { ids: ["1"] }))
  await expect.poll(calls).toBe(2)
  release()
  for (const reply of await Promise.all(asked)) expect(reply.status).toBe(200)
})

test("what is with the ledger is never told as not submitted, also when its retry cannot wait", async () => {
  const { relay, release, calls } = await startHeld()
  const first = ask(relay, PATH, BODY)
  await expect.poll(calls).toBe(1)
  const unknown = { status: 504, signed: true, body: { submitted: true, outcome: "unknown" } }
  expect(await ask(relay, PATH, BODY, { deadlineMs: Date.now() - 1 })).toMatchObject(unknown)
  release()
  expect(await first).toMatchObject({ status: 200 })
  expect(calls()).toBe(1)
})

test("a retry under either of two keys finds its own call, also while both have sent the same body", async () => {
  const { relay, release, calls } = await startHeld()
  const askAs = (key: RelayKey) => ask(relay, PATH, BODY, { key })
  const [one, other] = [askAs(KEY), askAs(OTHER)]
  await expect.poll(calls).toBe(2)
  const retries = [askAs(KEY), askAs(OTHER)]
  await expect.poll(() => readMetrics(relay)).toContain("belay_relay_single_flight_hits_total 2")
  release()
  for (const reply of await Promise.all([one, other, ...retries])) {
    expect(reply).toMatchObject({ status: 200 })
  }
  expect(calls()).toBe(2)
})
