// Ledger transfers over two relays, one of which fails: down, silent, or cutting the connection after the ledger's write.
// Every transfer ends right and nothing is doubled: an audit of everything that was sent closes it.

import { afterAll, beforeAll, expect, test } from "vitest"
import { always } from "../../scripts/support/relay-faults.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { TransferClerk } from "./support/transfer-clerk.ts"

const TEST_TIMEOUT_MS = 90_000

/** Several retries of several steps. */
const END_TIMEOUT_MS = 60_000

const WELL = always({ kind: "pass" })

let systems: SystemsRuntime
let clerk: TransferClerk

beforeAll(async () => {
  systems = await SystemsRuntime.start(undefined, { ways: 2 })
  clerk = await TransferClerk.start(systems)
}, TEST_TIMEOUT_MS)

afterAll(() => systems.end(), TEST_TIMEOUT_MS)

const BATCH = 12

async function sendBatch(name: string): Promise<number> {
  const ids = Array.from({ length: BATCH }, (_, index) => `${name}-${index}`)
  const startedAtMs = Date.now()
  await Promise.all(ids.map((id) => clerk.send(id)))
  for (const id of ids) expect(await clerk.world.endOf(id, END_TIMEOUT_MS)).toBe("committed")
  return Date.now() - startedAtMs
}

test.each([0, 1])(
  "number %i of them down: transfers go on without waiting for it",
  async (down) => {
    await systems.proxies[down]?.refuse()
    const tookMs = await sendBatch(`down-${down}`)
    await systems.proxies[down]?.accept()
    // Not one step had to be tried again: the first retry comes after 2 s.
    expect(await clerk.attemptsOf(`down-${down}-0`)).toMatchObject({
      openClearingAccount: 1,
      reserveAmount: 1,
      creditBank: 1,
      postReservation: 1,
    })
    expect(tookMs).toBeLessThan(15_000)
  },
  TEST_TIMEOUT_MS,
)

test.each([0, 1])(
  "number %i of them silent: it costs the first callers their share of the time, and nobody a failed step",
  async (silent) => {
    const proxy = systems.proxies[silent]
    if (proxy === undefined) throw new Error("There are two ways.")
    proxy.faults = always({ kind: "hang" })
    await sendBatch(`silent-${silent}`)
    const askedBefore = proxy.requests
    await sendBatch(`silent-still-${silent}`)
    // At most one try in a few seconds.
    expect(proxy.requests - askedBefore).toBeLessThan(BATCH)
    expect(await clerk.attemptsOf(`silent-still-${silent}-0`)).toMatchObject({
      postReservation: 1,
    })
    proxy.faults = WELL
  },
  TEST_TIMEOUT_MS,
)

test(
  "one losing its replies after the ledger's write: the other knows what became of them",
  async () => {
    const [first] = systems.proxies
    if (first === undefined) throw new Error("There are two ways.")
    first.faults = always({ kind: "cut_after" })
    await sendBatch("cutting")
    expect(await clerk.attemptsOf("cutting-0")).toMatchObject({ reserveAmount: 1 })
    first.faults = WELL
  },
  TEST_TIMEOUT_MS,
)

test("and the books of ledger and bank are right", async () => {
  expect(await clerk.findings()).toEqual([])
})
