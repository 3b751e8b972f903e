// A ledger that is silent, slow, broken or away: what the relay says about the events it was given.
import { expect, test } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import { transferOutcome } from "../../src/ledger/status-outcome.ts"
import { ask, ledgerOf, readMetrics, startRelay } from "./relay-kit.ts"

const TRANSFERS = "/v1/create_transfers"
const ONE = { transfers: [{ id: "1" }] }
const CHAIN = { transfers: [{ id: "1", flags: ["linked"] }, { id: "2" }] }

const never = <Result>() => new Promise<Result>(() => undefined)

const UNKNOWN = { submitted: true, outcome: "unknown" }

test("a ledger that never answers is reported as submitted, outcome unknown, at the deadline", async () => {
  const { relay, log } = await startRelay({ ledger: ledgerOf({ createTransfers: () => never() }) })
  const startedAtMs = Date.now()
  const reply = await ask(relay, TRANSFERS, ONE, { deadlineMs: startedAtMs + 200 })
  expect(reply).toMatchObject({
    status: 504,
    signed: true,
    body: { ...UNKNOWN, error: { code: "ledger_unknown" } },
  })
  expect(Date.now() - startedAtMs).toBeLessThan(2_000)
  expect(log).toContainEqual(expect.objectContaining({ event: "request", status: 504, events: 1 }))
})

test("a ledger that fails in an unforeseen way leaves the outcome unknown", async () => {
  const ledger = ledgerOf({ createTransfers: () => Promise.reject(new Error("disk I/O error")) })
  const { relay, log } = await startRelay({ ledger })
  const reply = await ask(relay, TRANSFERS, ONE)
  expect(reply).toMatchObject({ status: 500, signed: true, body: UNKNOWN })
  expect(JSON.stringify(reply.body)).not.toContain("disk")
  expect(log).toContainEqual(expect.objectContaining({ message: "disk I/O error" }))
})

test("a ledger's own word on whether it was submitted is passed on", async () => {
  let error = new LedgerError("ledger_unknown", "the session ended")
  const { relay } = await startRelay({
    ledger: ledgerOf({ createTransfers: () => Promise.reject(error) }),
  })
  expect(await ask(relay, TRANSFERS, ONE)).toMatchObject({ status: 504, body: UNKNOWN })
  error = new LedgerError("ledger_unavailable", "no session yet")
  expect(await ask(relay, TRANSFERS, ONE)).toMatchObject({
    status: 503,
    body: { submitted: false, error: { message: "no session yet" } },
  })
  error = new LedgerError("ledger_invalid", "too many events")
  expect(await ask(relay, TRANSFERS, ONE)).toMatchObject({
    status: 400,
    body: { submitted: false },
  })
})

test("a chain whose earlier commit cannot be read back has an unknown outcome, although lookups change nothing", async () => {
  const { relay } = await startRelay({
    ledger: ledgerOf({
      createTransfers: async () => [
        transferOutcome("exists", 1n),
        transferOutcome("linked_event_failed", 2n),
      ],
      lookupTransfers: () => Promise.reject(new LedgerError("ledger_unavailable", "gone")),
    }),
  })
  expect(await ask(relay, TRANSFERS, CHAIN)).toMatchObject({ status: 504, body: UNKNOWN })
})

test("a reply that has not one outcome for each event says nothing about any of them", async () => {
  const created = transferOutcome("created", 1n)
  for (const outcomes of [[], [created], [created, created, created]]) {
    const ledger = ledgerOf({ createTransfers: async () => outcomes })
    const { relay, log } = await startRelay({ ledger })
    expect(await ask(relay, TRANSFERS, { transfers: [{ id: "1" }, { id: "2" }] })).toMatchObject({
      status: 502,
      signed: true,
      body: { ...UNKNOWN, error: { code: "ledger_unknown" } },
    })
    expect(log).toContainEqual({
      event: "call_failed",
      operation: "create_transfers",
      code: "ledger_unknown",
      message: `The ledger gave ${outcomes.length} outcomes for 2 events, so none of them can be told: check its version.`,
    })
    const metrics = await readMetrics(relay)
    expect(metrics).toContain("belay_relay_reply_mismatches_total 1")
    expect(metrics).toContain(
      'belay_relay_outcomes_unknown_total{operation="create_transfers",status="502"} 1',
    )
  }
})
