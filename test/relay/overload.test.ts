// Thousands of callers and a ledger that never answers: what is taken on, what is refused, and what is left of it.
import { once } from "node:events"
import { connect } from "node:net"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import {
  AUDIENCE_HEADER,
  DEADLINE_HEADER,
  KEY_HEADER,
  makeNonce,
  NONCE_HEADER,
  SIGNATURE_HEADER,
  TIME_HEADER,
  requestText,
} from "../../src/ledger/signature.ts"
import { createHmac } from "node:crypto"
import { hashBytes } from "../../src/relay/access/relay-signer.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { thoroughly } from "../setup/thorough.ts"
import { ask, KEY, ledgerOf, readMetrics, send, startRelay } from "./relay-kit.ts"

const PATH = "/v1/create_transfers"
const CALLERS = thoroughly(10_000, 2_500)
const CONNECTIONS = 20

const STATUS_LINE = /HTTP\/1\.1 (\d{3})/g
const STATUS_LINE_CHARACTERS = "HTTP/1.1 200".length

/** Long enough for all of them to arrive on a busy machine, in ms. */
const WAIT_MS = 4_000
const FLOOD_TEST_TIMEOUT_MS = 60_000

const never = <Result>() => new Promise<Result>(() => undefined)

function signedRequest(body: string, deadlineMs: number): string {
  const [timeMs, nonce] = [Date.now(), makeNonce()]
  const [audience, bodyHash] = ["http://127.0.0.1", hashBytes(body)]
  const text = requestText({ method: "POST", path: PATH, audience, timeMs, nonce, bodyHash })
  const signature = createHmac("sha256", KEY.secret).update(text).digest("hex")
  return [
    `POST ${PATH} HTTP/1.1`,
    "host: relay",
    "content-type: application/json",
    `content-length: ${body.length}`,
    `${KEY_HEADER}: ${KEY.id}`,
    `${AUDIENCE_HEADER}: ${audience}`,
    `${TIME_HEADER}: ${timeMs}`,
    `${NONCE_HEADER}: ${nonce}`,
    `${SIGNATURE_HEADER}: ${signature}`,
    `${DEADLINE_HEADER}: ${deadlineMs}`,
    "",
    body,
  ].join("\r\n")
}

interface Flood {
  /** Answered 504. */
  readonly unknown: number
  /** Answered 429, or 503 because the deadline was over before their turn came. */
  readonly refused: number
}

/** Sends all of them at once over a few connections; how many were answered, and how. */
async function flood(
  relay: Relay,
  bodyOf: (caller: number) => string,
  waitMs: number,
): Promise<Flood> {
  const deadlineMs = Date.now() + waitMs
  const requests = Array.from({ length: CALLERS }, (_, caller) => {
    return signedRequest(bodyOf(caller), deadlineMs)
  })
  const counts: Record<string, number> = {}
  const share = CALLERS / CONNECTIONS
  const connections = Array.from({ length: CONNECTIONS }, async (_, index) => {
    const socket = connect(relay.port, "127.0.0.1")
    let missing = share
    let rest = ""
    socket.on("data", (chunk) => {
      rest += String(chunk)
      let read = 0
      for (const match of rest.matchAll(STATUS_LINE)) {
        const status = String(match[1])
        counts[status] = (counts[status] ?? 0) + 1
        missing -= 1
        read = match.index + match[0].length
      }
      // A status line may come in two parts.
      rest = rest.slice(Math.max(read, rest.length - STATUS_LINE_CHARACTERS))
      if (missing === 0) socket.end()
    })
    socket.write(requests.slice(index * share, (index + 1) * share).join(""))
    await once(socket, "close")
  })
  await Promise.all(connections)
  const { 504: unknown = 0, 429: overloaded = 0, 503: late = 0 } = counts
  return { unknown, refused: overloaded + late }
}

function heapAfterCollection(): number {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** A ledger that answers lookups and keeps every transfer for ever. */
async function startSilent(options: Parameters<typeof startRelay>[0] = {}) {
  let calls = 0
  const ledger = ledgerOf({
    lookupAccounts: async () => [],
    createTransfers: () => {
      calls += 1
      return never()
    },
  })
  const { relay } = await startRelay({ ledger, ...options })
  return { relay, calls: () => calls }
}

const oneTransfer = (wave: number) => (caller: number) => {
  return JSON.stringify({ transfers: [{ id: `${wave * CALLERS + caller + 1}` }] })
}

test(
  `of ${CALLERS} callers a bounded number is taken on, all are answered, and nothing piles up`,
  async () => {
    const { relay, calls } = await startSilent()
    expect(await flood(relay, oneTransfer(1), WAIT_MS)).toEqual({
      unknown: 1_024,
      refused: CALLERS - 1_024,
    })
    expect(calls()).toBe(1_024)
    expect(await flood(relay, oneTransfer(2), WAIT_MS)).toEqual({ unknown: 0, refused: CALLERS })
    const heapBytes = heapAfterCollection()
    expect(await flood(relay, oneTransfer(3), WAIT_MS)).toEqual({ unknown: 0, refused: CALLERS })
    // The nonces are kept for a minute, some hundred bytes each; nothing else may stay.
    expect(heapAfterCollection() - heapBytes).toBeLessThan(8 * 1_024 * 1_024)
    expect(calls()).toBe(1_024)
    const metrics = await readMetrics(relay)
    expect(metrics).toContain("belay_relay_calls_in_flight 1024\n")
    expect(metrics).toContain("belay_relay_events_in_flight 1024\n")
    expect(metrics).toContain("belay_relay_callers_waiting 0\n")
    expect((await send(relay, { method: "GET" }, "/healthz")).status).toBe(200)
  },
  FLOOD_TEST_TIMEOUT_MS,
)

test(
  `${CALLERS} retries of one call that was submitted: all hear that, the bounded number that waits, and those beyond it at once`,
  async () => {
    const { relay, calls } = await startSilent()
    expect(await flood(relay, () => oneTransfer(0)(0), WAIT_MS)).toEqual({
      unknown: CALLERS,
      refused: 0,
    })
    const heapBytes = heapAfterCollection()
    expect(await flood(relay, () => oneTransfer(0)(0), WAIT_MS)).toEqual({
      unknown: CALLERS,
      refused: 0,
    })
    expect(heapAfterCollection() - heapBytes).toBeLessThan(8 * 1_024 * 1_024)
    expect(calls()).toBe(1)
    expect(await readMetrics(relay)).toContain("belay_relay_callers_waiting 0\n")
  },
  FLOOD_TEST_TIMEOUT_MS,
)

test("events and bytes in flight are bounded as well as calls", async () => {
  const events = (id: number, count: number) => ({
    transfers: Array.from({ length: count }, (_, index) => ({ id: `${id * 100 + index}` })),
  })
  for (const [limit, what] of [
    [{ eventsInFlightMax: 15 }, "20 events"],
    [{ bytesInFlightMax: 200 }, "bytes of events"],
  ] as const) {
    const { relay, calls } = await startSilent(limit)
    for (const id of [1, 2]) {
      const deadlineMs = Date.now() + 400
      expect(await ask(relay, PATH, events(id, 10), { deadlineMs })).toMatchObject({ status: 504 })
    }
    const third = await ask(relay, PATH, events(3, 1))
    expect(third).toMatchObject({
      status: 429,
      signed: true,
      body: {
        error: { code: "overloaded", message: expect.stringContaining(what) as string },
        submitted: false,
      },
    })
    expect(third.headers.get("retry-after")).toBe("1")
    expect(calls()).toBe(2)
  }
})
