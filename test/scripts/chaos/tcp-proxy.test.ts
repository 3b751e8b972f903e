// The TCP proxy: what a caller and a server see of each fault.

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { TcpProxy, type WireFault } from "../../../scripts/support/tcp-proxy.ts"
import { waitUntil } from "../../../scripts/support/wait-until.ts"

const SOON_MS = 5_000
const TEXT = "answer ".repeat(100)

let server: Server
let proxy: TcpProxy
let arrived: number

beforeEach(async () => {
  arrived = 0
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      arrived += 1
      response.end(TEXT)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  proxy = await TcpProxy.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  await proxy.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** The answer's text; `undefined` when there was none to the end. */
async function ask(fault: WireFault, timeoutMs = SOON_MS): Promise<string | undefined> {
  proxy.plan = () => fault
  try {
    const response = await fetch(proxy.url, {
      method: "POST",
      body: "x".repeat(1_000),
      headers: { connection: "close" },
      signal: AbortSignal.timeout(timeoutMs),
    })
    return await response.text()
  } catch {
    return undefined
  }
}

const requestHasArrived = () =>
  waitUntil("the request", SOON_MS, () => (arrived === 1 ? true : undefined))

test("what passes, passes whole", async () => {
  expect(await ask({ kind: "pass" })).toBe(TEXT)
})

test("slow: whole and late", async () => {
  const beganAtMs = Date.now()
  expect(await ask({ kind: "slow", ms: 100 })).toBe(TEXT)
  expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(190)
})

test.each<WireFault>([
  { kind: "cut_answer", afterBytes: 0 },
  { kind: "cut_answer", afterBytes: 60 },
  { kind: "half_close" },
])("the request arrives, the caller has no whole answer: %j", async (fault) => {
  expect(await ask(fault)).toBeUndefined()
  await requestHasArrived()
})

test("silence: the request arrives, and the caller waits until he gives up", async () => {
  expect(await ask({ kind: "silence" }, 200)).toBeUndefined()
  await requestHasArrived()
})

test("a request that is cut does not arrive", async () => {
  expect(await ask({ kind: "cut_request", afterBytes: 300 })).toBeUndefined()
  expect(arrived).toBe(0)
})

test("closed: nobody gets through; open again: as before", async () => {
  proxy.isOpen = false
  expect(await ask({ kind: "pass" })).toBeUndefined()
  proxy.isOpen = true
  expect(await ask({ kind: "pass" })).toBe(TEXT)
  expect(arrived).toBe(1)
})

test("cut: those who wait lose their connection", async () => {
  const waiting = ask({ kind: "silence" })
  await requestHasArrived()
  expect(proxy.cut()).toBe(1)
  expect(await waiting).toBeUndefined()
})
