// The relay as a process, with TigerBeetle's real client and no cluster: what its callers, its operator and its machine
// see. Nothing here waits for a ledger: every call is answered, memory stays bounded, and the end is clean.
import { execFileSync } from "node:child_process"
import { Agent, request } from "node:http"
import { createServer, type AddressInfo } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import { freePort, isFreePort } from "../../scripts/support/free-port.ts"
import { RelayProcess } from "../../scripts/support/relay-process.ts"
import { thoroughly } from "../setup/thorough.ts"
import { nativeClientMissing } from "../support/native-client.ts"
import { reportNotRun } from "../support/not-run.ts"
import { type Reply, sign } from "./relay-kit.ts"

const TEST_TIMEOUT_MS = 90_000
const CALLS = thoroughly(10_000, 3_000)

/** More than the relay lets in at once, so that some wait and the others are refused. */
const CONNECTIONS = 2_000

/** A relay that kept what it has answered would burst it: 30,000 calls and their nonces must fit. */
const HEAP_LIMIT = "--max-old-space-size=64"

/** The relay's whole memory, most of it not the heap's; 130 MB idle and about 240 MB were seen. */
const RSS_BYTES_MAX = 400 * 1024 * 1024

/** What two more storms may add; about 40 MB were seen, nearly nothing in later ones. */
const RSS_GROWTH_BYTES_MAX = 96 * 1024 * 1024

const ended: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end()
})

/** What the native client itself writes, past the relay's log, a few times a second while its cluster is away. */
const NATIVE_LINE = /^warning\(message_bus\).*on_connect/

async function startRelay(addresses: string, variables: Record<string, string> = {}) {
  const lines: string[] = []
  const relay = await RelayProcess.start({
    ledgerFile: ":memory:",
    tigerBeetle: { addresses },
    variables,
    onLine: (line) => lines.push(line),
  })
  ended.push(() => relay.kill())
  return { relay, lines }
}

async function deadAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

/** Accepts and never answers. */
async function blackHoleAddress(): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => undefined).resume())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  ended.push(() => {
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function creating(id: number): object {
  const transfer = { id: String(id), debit_account_id: "1", credit_account_id: "2", amount: "1" }
  return { transfers: [{ ...transfer, ledger: 1, code: 1 }] }
}

interface Timed {
  readonly status: number
  readonly body: unknown
  readonly tookMs: number
}

/** One signed call; `status` 0 when the relay gave no answer at all. */
async function call(
  relay: RelayProcess,
  path: string,
  body: object,
  deadlineMs: number,
  agent?: Agent,
): Promise<Timed> {
  const text = JSON.stringify(body)
  const { headers } = await sign(text, { key: relay.key, path, deadlineMs })
  const startedAtMs = performance.now()
  const answer = await new Promise<Pick<Reply, "status" | "body">>((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, body: error.message })
    const sent = request(
      `${relay.url}${path}`,
      {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(text) },
        ...(agent === undefined ? {} : { agent }),
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", failed)
        response.on("end", () => {
          const read: unknown = JSON.parse(Buffer.concat(chunks).toString())
          resolve({ status: response.statusCode ?? 0, body: read })
        })
      },
    )
    sent.on("error", failed)
    sent.end(text)
  })
  return { ...answer, tookMs: performance.now() - startedAtMs }
}

/** How many calls were answered with which status. */
async function storm(
  relay: RelayProcess,
  firstId: number,
  waitMs: number,
): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const deadlineMs = Date.now() + waitMs
  const answers = await Promise.all(
    Array.from({ length: CALLS }, (_, index) =>
      call(relay, "/v1/create_transfers", creating(firstId + index), deadlineMs, agent),
    ),
  )
  agent.destroy()
  const counts: Record<string, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

function rssBytes(pid: number): number {
  const said = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })
  return Number(said.trim()) * 1024
}

const missing = nativeClientMissing()
if (missing !== undefined) reportNotRun(missing)

describe.skipIf(missing !== undefined)("the relay without its cluster", () => {
  test.for([
    { where: "where nobody listens", addressOf: deadAddress },
    { where: "where somebody listens and never answers", addressOf: blackHoleAddress },
  ])(
    "is alive, not ready, and answers each call at its deadline: $where",
    { timeout: TEST_TIMEOUT_MS },
    async ({ addressOf }) => {
      const address = await addressOf()
      const { relay } = await startRelay(address)
      expect((await fetch(`${relay.url}/healthz`)).status).toBe(200)
      const readiness = await fetch(`${relay.url}/readyz`)
      expect(readiness.status).toBe(503)
      expect(await readiness.json()).toMatchObject({
        ready: false,
        ledger: { kind: "tigerbeetle", place: `cluster 0 at ${address}` },
        lastAnswerAgeMs: null,
      })

      const waitMs = 1_500
      const answers = await Promise.all([
        call(relay, "/v1/create_transfers", creating(1), Date.now() + waitMs),
        call(relay, "/v1/lookup_transfers", { ids: ["1"] }, Date.now() + waitMs),
      ])
      for (const { status, body, tookMs } of answers) {
        expect([status, body]).toMatchObject([504, { submitted: true, outcome: "unknown" }])
        // The deadline is in whole ms of another clock.
        expect(tookMs).toBeGreaterThan(waitMs - 50)
        expect(tookMs).toBeLessThan(waitMs + 500)
      }
    },
  )

  test(
    `answers ${CALLS} callers at once, all of them, again and again, in a memory that stays bounded`,
    async () => {
      const { relay } = await startRelay(await deadAddress(), { NODE_OPTIONS: HEAP_LIMIT })
      const waitMs = 6_000
      const first = await storm(relay, 1, waitMs)
      const rssAfterFirst = rssBytes(relay.pid)
      const others = [
        await storm(relay, 1 + CALLS, waitMs),
        await storm(relay, 1 + 2 * CALLS, waitMs),
      ]
      const rssAfterAll = rssBytes(relay.pid)
      for (const counts of [first, ...others]) {
        const answered = (counts[504] ?? 0) + (counts[503] ?? 0) + (counts[429] ?? 0)
        expect([answered, counts]).toEqual([CALLS, counts])
      }
      // Those that were let in waited for their deadline, the others heard at once that they were not. What was let
      // in is never given back while the cluster is away, so nobody is let in later.
      expect(first[504]).toBeGreaterThan(500)
      expect(first[504]).toBeLessThan(CONNECTIONS)
      for (const counts of others) expect(counts[504] ?? 0).toBe(0)
      expect(rssAfterAll).toBeLessThan(RSS_BYTES_MAX)
      expect(rssAfterAll - rssAfterFirst).toBeLessThan(RSS_GROWTH_BYTES_MAX)
    },
    TEST_TIMEOUT_MS,
  )

  test(
    "ends when it is told to: who waits is answered, the status is 0, nothing is left behind",
    async () => {
      const { relay, lines } = await startRelay(await deadAddress())
      const waiting = Array.from({ length: 50 }, (_, index) =>
        call(relay, "/v1/create_transfers", creating(1 + index), Date.now() + 60_000),
      )
      await expect
        .poll(async () => (await fetch(`${relay.url}/readyz`)).json(), {
          timeout: 5_000,
        })
        .toMatchObject({ inFlight: 50 })
      const { pid } = relay
      const startedAtMs = performance.now()
      process.kill(pid, "SIGTERM")
      for (const answer of await Promise.all(waiting)) {
        expect([answer.status, answer.body]).toMatchObject([504, { outcome: "unknown" }])
      }
      expect(await relay.ended).toEqual({ code: 0, signal: null })
      const tookMs = performance.now() - startedAtMs
      // The grace for what is in flight, and the time the native client may take to end.
      expect(tookMs).toBeLessThan(5_000 + 1_500)
      expect(() => process.kill(pid, 0)).toThrow("ESRCH")
      expect(await isFreePort(Number(new URL(relay.url).port))).toBe(true)
      expect(lines.filter((line) => !NATIVE_LINE.test(line) && !line.startsWith("{"))).toHaveLength(
        1,
      )
    },
    TEST_TIMEOUT_MS,
  )
})
