// What the relay refuses before it knows who asks, and how much it takes on.
import { connect } from "node:net"
import { expect, test } from "vitest"
import { BODY_BYTES_MAX } from "../../src/ledger/limits.ts"
import { type TransferOutcome, transferOutcome } from "../../src/ledger/status-outcome.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { ask, heldCall, ledgerOf, send, sign, startRelay } from "./relay-kit.ts"

const LOOKUP = "/v1/lookup_accounts"

/** The status line that comes back for these raw bytes. */
async function sendRaw(relay: Relay, head: readonly string[]): Promise<string> {
  const socket = connect(relay.port, "127.0.0.1")
  socket.write(`${head.join("\r\n")}\r\n\r\n`)
  let text = ""
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.includes("\r\n")) break
  }
  socket.destroy()
  return text.slice(0, text.indexOf("\r\n"))
}

test("a body announced too large is refused unread; one at the limit is read", async () => {
  const { relay } = await startRelay()
  const head = [`POST ${LOOKUP} HTTP/1.1`, "host: relay", "content-type: application/json"]
  const tooLarge = [...head, `content-length: ${BODY_BYTES_MAX + 1}`]
  expect(await sendRaw(relay, tooLarge)).toBe("HTTP/1.1 413 Payload Too Large")
  const padded = `{"ids":[]}`.padEnd(BODY_BYTES_MAX, " ")
  expect(await send(relay, await sign(padded))).toMatchObject({ status: 200 })
})

test("a body without a length is refused, so that room can be kept for it", async () => {
  const { relay } = await startRelay()
  const head = [`POST ${LOOKUP} HTTP/1.1`, "host: relay", "content-type: application/json"]
  const chunked = [...head, "transfer-encoding: chunked"]
  expect(await sendRaw(relay, chunked)).toBe("HTTP/1.1 411 Length Required")
})

test("other methods, paths and content types have their own answers", async () => {
  const { relay } = await startRelay()
  expect(await send(relay, { method: "GET" })).toMatchObject({ status: 405 })
  expect(await send(relay, { method: "GET" }, "/v1/nothing")).toMatchObject({
    status: 404,
    body: { error: { code: "route_unknown" }, submitted: false },
  })
  const init = await sign("{}")
  const headers = { ...init.headers, "content-type": "application/octet-stream" }
  expect(await send(relay, { ...init, headers })).toMatchObject({ status: 415 })
})

test("more calls than the ledger may hold are refused as certainly not submitted", async () => {
  const held = heldCall<TransferOutcome[]>()
  let calls = 0
  const ledger = ledgerOf({
    lookupAccounts: () => Promise.resolve([]),
    createTransfers: () => {
      calls += 1
      return held.promise
    },
  })
  const { relay } = await startRelay({ ledger, callsInFlightMax: 2 })
  const path = "/v1/create_transfers"
  const one = (id: number) => ({ transfers: [{ id: `${id}` }] })
  const waiting = [1, 2].map((id) => ask(relay, path, one(id)))
  await expect.poll(() => calls).toBe(2)
  const third = await ask(relay, path, one(3))
  expect(third).toMatchObject({
    status: 429,
    signed: true,
    body: { error: { code: "overloaded" }, submitted: false },
  })
  expect(third.headers.get("retry-after")).toBe("1")
  held.resolve([transferOutcome("created", 1n)])
  for (const reply of await Promise.all(waiting)) expect(reply.status).toBe(200)
  expect(await ask(relay, path, one(3))).toMatchObject({ status: 200 })
})

test("a call that was answered 504 still counts until the ledger settles it", async () => {
  const held = heldCall<TransferOutcome[]>()
  const { relay } = await startRelay({
    ledger: ledgerOf({ lookupAccounts: async () => [], createTransfers: () => held.promise }),
    callsInFlightMax: 1,
  })
  const path = "/v1/create_transfers"
  const deadlineMs = Date.now() + 400
  const [one, other] = ["1", "2"].map((id) => ({ transfers: [{ id }] }))
  expect(await ask(relay, path, one, { deadlineMs })).toMatchObject({ status: 504 })
  expect(await ask(relay, path, other)).toMatchObject({ status: 429 })
  held.resolve([transferOutcome("created", 1n)])
  await expect.poll(async () => (await ask(relay, path, other)).status, { interval: 20 }).toBe(200)
})

test("work whose deadline has passed is not begun", async () => {
  const { relay } = await startRelay({ ledger: ledgerOf({ lookupAccounts: async () => [] }) })
  const deadlineMs = Date.now() - 1_000
  const reply = await ask(relay, "/v1/create_transfers", { transfers: [] }, { deadlineMs })
  expect(reply).toMatchObject({
    status: 503,
    signed: true,
    body: { error: { code: "deadline_passed" }, submitted: false },
  })
})

test("a deadline is meant by the clock that signed it, however far that one is off", async () => {
  const { relay } = await startRelay({ ledger: ledgerOf({ lookupAccounts: async () => [] }) })
  for (const skewMs of [-50_000, 0, 50_000]) {
    const timeMs = Date.now() + skewMs
    const inTime = { timeMs, deadlineMs: timeMs + 500 }
    expect(await ask(relay, "/v1/lookup_accounts", { ids: [] }, inTime)).toMatchObject({
      status: 200,
    })
    const late = { timeMs, deadlineMs: timeMs - 500 }
    // What was signed before the relay began it does not vouch for: then the refusal is unsigned.
    expect(await ask(relay, "/v1/lookup_accounts", { ids: [] }, late)).toMatchObject({
      status: 503,
      signed: skewMs >= 0,
      body: { error: { code: "deadline_passed" } },
    })
  }
})

test("a malformed deadline is an error, not a missing one", async () => {
  const { relay } = await startRelay()
  const init = await sign('{"ids":[]}')
  const headers = { ...init.headers, "x-belay-deadline": "soon" }
  expect(await send(relay, { ...init, headers })).toMatchObject({
    status: 400,
    body: { error: { message: 'x-belay-deadline: expected ms since 1970, got "soon".' } },
  })
})
