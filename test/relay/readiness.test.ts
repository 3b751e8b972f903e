// Whether the relay takes work: before the first answer, while the ledger is silent, and after it came back.
import { afterEach, describe, expect, test, vi } from "vitest"
import type { Account } from "../../src/ledger/records.ts"
import { type TransferOutcome, transferOutcome } from "../../src/ledger/status-outcome.ts"
import { Admission } from "../../src/relay/calls/admission.ts"
import { Deadlines } from "../../src/relay/calls/deadlines.ts"
import { Probe } from "../../src/relay/health/probe.ts"
import { Pulse } from "../../src/relay/health/pulse.ts"
import { Readiness } from "../../src/relay/health/readiness.ts"
import type { RelayLogEntry } from "../../src/relay/relay-log.ts"
import { RelayMetrics } from "../../src/relay/metrics/metrics.ts"
import { Watch } from "../../src/relay/health/watch.ts"
import { WatchedLedger } from "../../src/relay/layers/watched-ledger.ts"
import { ask, heldCall, ledgerOf, send, startRelay } from "./relay-kit.ts"

const TRANSFERS = "/v1/create_transfers"
const READY = { method: "GET" }

const never = <Result>() => new Promise<Result>(() => undefined)

afterEach(() => {
  vi.restoreAllMocks()
})

/** A ledger whose lookups the test answers by hand, the watch over it, and a clock in ms. */
function watchOver() {
  const lookups: ((accounts: Account[]) => void)[] = []
  const backend = ledgerOf({
    lookupAccounts: () => new Promise((resolve) => lookups.push(resolve)),
    createTransfers: () => never(),
  })
  const pulse = new Pulse()
  const ledger = new WatchedLedger(backend, pulse, new RelayMetrics())
  const probe = new Probe(ledger)
  const admission = new Admission(pulse, new Deadlines())
  const { description } = backend
  const readiness = new Readiness({ description, admission, pulse, probe })
  const log: RelayLogEntry[] = []
  const parts = {
    description,
    pulse,
    probe,
    readiness,
    log: (entry: RelayLogEntry) => log.push(entry),
  }
  const watch = new Watch(parts, performance.now())
  const answerAll = async () => {
    for (const answer of lookups.splice(0)) answer([])
    await Promise.resolve()
  }
  return { watch, pulse, ledger, lookups, log, answerAll }
}

test("a relay whose ledger has never answered is alive but not ready, with one probe for all who ask", async () => {
  let probes = 0
  const ledger = ledgerOf({
    lookupAccounts: () => {
      probes += 1
      return never()
    },
  })
  const { relay } = await startRelay({ ledger })
  expect(await send(relay, READY, "/healthz")).toMatchObject({ status: 200 })
  const asked = [1, 2, 3].map(() => send(relay, READY, "/readyz"))
  for (const reply of await Promise.all(asked)) {
    expect(reply).toMatchObject({ status: 503, body: { ready: false, lastAnswerAgeMs: null } })
  }
  expect(probes).toBe(1)
})

test("readiness says which ledger it is and what it is not for", async () => {
  const { relay } = await startRelay()
  expect(await send(relay, READY, "/readyz")).toMatchObject({
    status: 200,
    body: {
      ready: true,
      ledger: { kind: "embedded", note: "for development and tests, not for production money" },
    },
  })
})

test("a ledger that answers nothing at all is given nothing new and is not ready, until it answers", async () => {
  const held: ((accounts: Account[]) => void)[] = []
  const call = heldCall<TransferOutcome[]>()
  let silent = false
  const ledger = ledgerOf({
    createTransfers: () => call.promise,
    lookupAccounts: () =>
      silent ? new Promise((resolve) => held.push(resolve)) : Promise.resolve([]),
  })
  const now = performance.now.bind(performance)
  let aheadMs = 0
  vi.spyOn(performance, "now").mockImplementation(() => now() + aheadMs)
  const { relay } = await startRelay({ ledger })
  await expect.poll(async () => (await send(relay, READY, "/readyz")).status).toBe(200)

  silent = true
  const deadlineMs = Date.now() + 400
  const one = { transfers: [{ id: "1" }] }
  expect(await ask(relay, TRANSFERS, one, { deadlineMs })).toMatchObject({ status: 504 })
  aheadMs = 11_000
  expect(await ask(relay, TRANSFERS, one)).toMatchObject({ status: 504, body: { submitted: true } })
  for (const id of ["2", "3"]) {
    expect(await ask(relay, TRANSFERS, { transfers: [{ id }] })).toMatchObject({
      status: 503,
      signed: true,
      body: { error: { code: "stalled" }, submitted: false },
    })
  }
  const notReady = await send(relay, READY, "/readyz")
  expect(notReady).toMatchObject({
    status: 503,
    body: { ready: false, stalled: true, inFlight: 1 },
  })

  silent = false
  for (const answer of held.splice(0)) answer([])
  await expect.poll(async () => (await send(relay, READY, "/readyz")).status).toBe(200)
  // The transfer is still not settled, and holds up nobody.
  expect(await ask(relay, "/v1/lookup_accounts", { ids: ["1"] })).toMatchObject({ status: 200 })
  call.resolve([transferOutcome("created", 1n)])
})

describe("the relay's own look at its ledger", () => {
  test("one call that is never settled stops nothing while the ledger answers others", async () => {
    const { watch, pulse, ledger, answerAll } = watchOver()
    void ledger.createTransfers([{ id: 1n }])
    const startedAtMs = performance.now()
    for (let seconds = 0; seconds <= 60; seconds += 1) {
      const nowMs = startedAtMs + seconds * 1_000
      watch.look(nowMs)
      vi.spyOn(performance, "now").mockReturnValue(nowMs)
      await answerAll()
      vi.restoreAllMocks()
      expect(pulse.isStalled(nowMs)).toBe(false)
    }
    expect(pulse.hasAnswered).toBe(true)
  })

  test("an idle relay learns of its ledger's end, says so, and learns of its return", async () => {
    const { watch, log, answerAll } = watchOver()
    const startedAtMs = performance.now()
    const spy = vi.spyOn(performance, "now")
    for (let seconds = 0; seconds <= 40; seconds += 1) {
      spy.mockReturnValue(startedAtMs + seconds * 1_000)
      watch.look(startedAtMs + seconds * 1_000)
      if (seconds < 10 || seconds > 30) await answerAll()
    }
    vi.restoreAllMocks()
    expect(log.map(({ event }) => event)).toEqual([
      "ready",
      "not_ready",
      "stalled",
      "recovered",
      "ready",
    ])
  })

  test("a ledger that never answers has few probes, and each is followed by another one later", () => {
    const { watch, lookups, log } = watchOver()
    const startedAtMs = performance.now()
    const seconds = 24 * 3_600
    for (let second = 0; second <= seconds; second += 1) watch.look(startedAtMs + second * 1_000)
    expect(lookups.length).toBeGreaterThan(5)
    expect(lookups.length).toBeLessThan(40)
    expect(log.map(({ event }) => event)).toEqual(["ledger_silent", "stalled"])
    expect(log).toContainEqual({
      event: "ledger_silent",
      ledger: "a test",
      hint: "for this test only",
    })
  })
})

test("who waits for a probe and goes leaves nothing behind with a ledger that never answers", async () => {
  const pulse = new Pulse()
  const ledger = ledgerOf({ lookupAccounts: () => never() })
  const probe = new Probe(new WatchedLedger(ledger, pulse, new RelayMetrics()))
  await Promise.all(Array.from({ length: 100 }, () => probe.start(performance.now()).wait(5)))
  expect(probe.waiting).toBe(0)
})
