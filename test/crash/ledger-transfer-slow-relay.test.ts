// Ledger transfers over a relay that is slow for each and every call: nobody gives up, and nothing is doubled.

import { afterAll, beforeAll, expect, test } from "vitest"
import { always } from "../../scripts/support/relay-faults.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { thoroughly } from "../setup/thorough.ts"
import { TransferClerk } from "./support/transfer-clerk.ts"

/** More than the first attempt of a step waits (4 s), and in a thorough run more than the second (8 s). */
const SLOW_MS = thoroughly(10_000, 4_500)

/** Three steps ask the ledger, each of them several times in vain before it waits long enough. */
const TEST_TIMEOUT_MS = 180_000

const WELL = always({ kind: "pass" })

let systems: SystemsRuntime
let clerk: TransferClerk

beforeAll(async () => {
  systems = await SystemsRuntime.start()
  clerk = await TransferClerk.start(systems)
}, TEST_TIMEOUT_MS)

afterAll(() => systems.end(), TEST_TIMEOUT_MS)

test(
  `${SLOW_MS} ms for each reply: every transfer ends in its own time, and an account is created`,
  async () => {
    systems.proxy.faults = always({ kind: "delay_reply", ms: SLOW_MS })
    const account = `/accounts/${crypto.randomUUID()}`
    expect((await systems.client.put(`${account}?wait=0`)).status).toBe(202)
    await Promise.all(["slow-1", "slow-2"].map((id) => clerk.send(id)))
    const created = waitUntil("the account", TEST_TIMEOUT_MS, async () => {
      const { status } = await systems.client.put(`${account}?wait=0`)
      return status === 202 ? undefined : status
    })
    expect(await created).toBe(200)
    const ends = ["slow-1", "slow-2"].map((id) => clerk.world.endOf(id, TEST_TIMEOUT_MS))
    expect(await Promise.all(ends)).toEqual(["committed", "committed"])
    systems.proxy.faults = WELL
  },
  TEST_TIMEOUT_MS,
)

test("and the books of ledger and bank are right", async () => {
  expect(await clerk.findings()).toEqual([])
})
