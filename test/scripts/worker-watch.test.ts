// The watch over a development server's Worker: when it is started again, and when it is left alone.

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import { WorkerWatch } from "../../scripts/support/worker-watch.ts"

const SOON_MS = 30_000

/** Longer than three looks that nobody answers. */
const LONG_MS = 7_000

let server: Server
let isWell = true
let members: readonly number[] | Error = [1, 2]
let restarts = 0
const told: unknown[] = []
let watch: WorkerWatch

beforeEach(async () => {
  isWell = true
  members = [1, 2]
  restarts = 0
  told.length = 0
  server = createServer((_, response) => response.writeHead(isWell ? 200 : 503).end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  watch = new WorkerWatch({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    members: () => (members instanceof Error ? Promise.reject(members) : Promise.resolve(members)),
    onBlind: (error) => told.push(error),
    restart: () => {
      restarts++
      isWell = true
      return Promise.resolve()
    },
  })
})

afterEach(() => {
  watch.stop()
  server.close()
})

test("a Worker that answers no more and has lost a process is started again, once", async () => {
  void watch.watch()
  await pause(100)
  isWell = false
  members = [1, 3]
  await waitUntil("it to be started again", SOON_MS, () => (restarts > 0 ? true : undefined))
  await pause(2_000)
  expect(restarts).toBe(1)
})

test(
  "one that is only slow, or stopped by a debugger, is left alone, also when new code had come before",
  async () => {
    void watch.watch()
    await pause(100)
    members = [1, 3]
    // Seen with one of the next answers.
    await pause(LONG_MS)
    isWell = false
    await pause(LONG_MS)
    expect(restarts).toBe(0)
  },
  SOON_MS,
)

test(
  "where nobody can say which processes there are, nothing is started again, and that is said once",
  async () => {
    members = new Error("no ps here")
    void watch.watch()
    await pause(100)
    isWell = false
    await pause(LONG_MS)
    expect(restarts).toBe(0)
    expect(told).toEqual([members])
  },
  SOON_MS,
)
