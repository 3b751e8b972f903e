// How the relay ends: nothing that was begun is left without an answer.
import { once } from "node:events"
import { connect } from "node:net"
import { expect, test } from "vitest"
import type { TransferOutcome } from "../../src/ledger/status-outcome.ts"
import { ask, heldCall, ledgerOf, readMetrics, send, sign, startRelay } from "./relay-kit.ts"

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
  const ending = log.map(({ event }) => event).filter((event) => event.startsWith("drain"))
  expect(ending).toEqual(["draining", "drained"])
})

test("a request that was still being sent when the end began is refused, signed, as not submitted", async () => {
  const { relay, held, asked } = await startWithHeldCall(5_000)
  const body = JSON.stringify({ transfers: [{ id: "9" }] })
  const { headers } = await sign(body, { path: PATH })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`POST ${PATH} HTTP/1.1`, "host: relay", `content-length: ${body.length}`, ...lines]
  const socket = connect(relay.port, "127.0.0.1")
  let text = ""
  socket.on("data", (chunk) => (text += String(chunk)))
  socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 5)}`)
  // Its head is with the relay before the end begins.
  await new Promise((resolve) => setTimeout(resolve, 50))
  const drained = relay.drain()
  socket.write(body.slice(5))
  await once(socket, "close")
  expect(text).toMatch(/^HTTP\/1\.1 503 /)
  expect(text).toMatch(/^x-belay-signature: [0-9a-f]{64}\r$/m)
  expect(text).toMatch(/^connection: close\r$/im)
  expect(text).toContain('"code":"draining"')
  held.resolve([])
  expect(await asked).toMatchObject({ status: 200 })
  await drained
})

test("a caller that joined a call hears its answer at the end as well", async () => {
  const { relay, held, asked } = await startWithHeldCall(5_000)
  const joined = ask(relay, PATH, NOTHING)
  await expect.poll(() => readMetrics(relay)).toContain("belay_relay_callers_waiting 2\n")
  const drained = relay.drain()
  held.resolve([])
  for (const reply of [await asked, await joined]) expect(reply).toMatchObject({ status: 200 })
  await drained
})

test("a caller that never finishes its request does not keep the relay from ending", async () => {
  const { relay } = await startWithHeldCall(100)
  const startedAtMs = Date.now()
  const dribbling = connect(relay.port, "127.0.0.1")
  dribbling.write(`POST ${PATH} HTTP/1.1\r\nhost: relay\r\ncontent-length: 10\r\n`)
  dribbling.on("error", () => undefined)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await relay.drain()
  expect(Date.now() - startedAtMs).toBeLessThan(4_000)
})
