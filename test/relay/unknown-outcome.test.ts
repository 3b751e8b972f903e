// A ledger that is silent, slow, broken or away: what the relay says about the events it was given.
import { expect, test, vi } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import { transferOutcome } from "../../src/ledger/status-outcome.ts"
import { ask, ledgerOf, send, startRelay } from "./relay-kit.ts"

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
  expect(log).toContainEqual(expect.objectContaining({ event: "outcome_unknown" }))
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

test("a stalled ledger is given nothing new and is not ready, until it answers", async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  try {
    let release: (outcomes: []) => void = () => undefined
    const ledger = ledgerOf({
      createTransfers: () => new Promise<[]>((resolve) => (release = resolve)),
      lookupAccounts: async () => [],
    })
    const { relay } = await startRelay({ ledger })
    const deadlineMs = Date.now() + 50
    const transfers = { transfers: [] }
    expect(await ask(relay, TRANSFERS, transfers, { deadlineMs })).toMatchObject({ status: 504 })

    vi.setSystemTime(Date.now() + 11_000)
    const refused = await ask(relay, TRANSFERS, transfers)
    expect(refused).toMatchObject({
      status: 503,
      body: { error: { code: "stalled" }, submitted: false },
    })
    const notReady = await send(relay, { method: "GET" }, "/readyz")
    expect(notReady).toMatchObject({ status: 503, body: { ready: false, stalled: true } })

    release([])
    await expect
      .poll(async () => (await send(relay, { method: "GET" }, "/readyz")).status)
      .toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test("a relay whose ledger has never answered is alive but not ready, with one probe for all who ask", async () => {
  let probes = 0
  const ledger = ledgerOf({
    lookupAccounts: () => {
      probes += 1
      return never()
    },
  })
  const { relay } = await startRelay({ ledger })
  expect(await send(relay, { method: "GET" }, "/healthz")).toMatchObject({ status: 200 })
  const asked = [1, 2, 3].map(() => send(relay, { method: "GET" }, "/readyz"))
  for (const reply of await Promise.all(asked)) {
    expect(reply).toMatchObject({ status: 503, body: { ready: false, lastAnswerAgeMs: null } })
  }
  expect(probes).toBe(1)
})

test("readiness says which ledger it is and what it is not for", async () => {
  const { relay } = await startRelay()
  expect(await send(relay, { method: "GET" }, "/readyz")).toMatchObject({
    status: 200,
    body: {
      ready: true,
      ledger: { kind: "embedded", note: "for development and tests, not for production money" },
    },
  })
})
