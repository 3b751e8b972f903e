// How the relay ends: nothing that was begun is left without an answer.
import { expect, test } from "vitest"
import type { TransferOutcome } from "../../src/ledger/status-outcome.ts"
import { ask, heldCall, ledgerOf, send, startRelay } from "./relay-kit.ts"

const PATH = "/v1/create_transfers"
const NOTHING = { transfers: [] }

async function startWithHeldCall(drainGraceMs: number) {
  const held = heldCall<TransferOutcome[]>()
  let calls = 0
  let closed = false
  const ledger = ledgerOf({
    lookupAccounts: async () => [],
    createTransfers: () => {
      calls += 1
      return held.promise
    },
  })
  const { relay } = await startRelay({
    ledger: { ...ledger, close: () => (closed = true) },
    drainGraceMs,
  })
  const asked = ask(relay, PATH, NOTHING)
  await expect.poll(() => calls).toBe(1)
  return { relay, held, asked, isClosed: () => closed }
}

test("a drain waits for what is in flight, answers it, and closes the ledger last", async () => {
  const { relay, held, asked, isClosed } = await startWithHeldCall(5_000)
  const drained = relay.drain()
  await expect(send(relay, { method: "GET" }, "/healthz")).rejects.toThrow("fetch failed")
  expect(isClosed()).toBe(false)
  held.resolve([])
  expect(await asked).toMatchObject({ status: 200, signed: true, body: { outcomes: [] } })
  await drained
  expect(isClosed()).toBe(true)
})

test("what is not settled within the grace is answered as unknown", async () => {
  const { relay, asked, isClosed } = await startWithHeldCall(100)
  await relay.drain()
  expect(await asked).toMatchObject({
    status: 504,
    signed: true,
    body: { submitted: true, outcome: "unknown" },
  })
  expect(isClosed()).toBe(true)
})

test("a drain asked for twice is one drain", async () => {
  const { relay, log } = await startRelay()
  await Promise.all([relay.drain(), relay.drain()])
  expect(log.map(({ event }) => event)).toEqual(["draining", "drained"])
})
