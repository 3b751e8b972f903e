// The client and a real relay with a faulty way between them: what it says about each fault, and what is in the ledger.
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { HoldingProxy } from "../../scripts/support/holding-proxy.ts"
import { always, mixed, type RelayFault } from "../../scripts/support/relay-faults.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { KEY, startRelay } from "./relay-kit.ts"

let proxy: HoldingProxy
/** Past the proxy. */
let direct: RelayLedger
let client: RelayLedger

beforeEach(async () => {
  const { relay } = await startRelay()
  proxy = await HoldingProxy.start(relay.url)
  direct = new RelayLedger({ urls: [relay.url], key: KEY })
  client = new RelayLedger({ urls: [proxy.url], key: KEY, timeoutMs: 300 })
})

afterEach(() => proxy.close())

const ID = 7n
const create = () => client.createAccounts([{ id: ID, ledger: 1, code: 1 }])
const stored = async () => (await direct.lookupAccounts([ID])).length

describe("one request", () => {
  test.each<[RelayFault["kind"], RelayFault, 0 | 1]>([
    ["delay_reply", { kind: "delay_reply", ms: 10_000 }, 1],
    ["fail_before", { kind: "fail_before" }, 0],
    ["fail_after", { kind: "fail_after" }, 1],
    ["cut_before", { kind: "cut_before" }, 0],
    ["cut_after", { kind: "cut_after" }, 1],
    ["hang", { kind: "hang" }, 0],
  ])(
    "%s: unknown, and the same events sent again bring a definite answer",
    async (_, fault, count) => {
      proxy.faults = always(fault)
      await expect(create()).rejects.toMatchObject({ code: "ledger_unknown", submitted: true })
      expect(await stored()).toBe(count)
      proxy.faults = always({ kind: "pass" })
      expect(await create()).toMatchObject([{ status: count === 0 ? "created" : "exists" }])
    },
  )

  test("a short delay is only a delay", async () => {
    proxy.faults = always({ kind: "delay_request", ms: 50 })
    expect(await create()).toMatchObject([{ status: "created" }])
  })

  test("delayed until nobody waits for it: it may be submitted, so it is unknown, and a retry finds out", async () => {
    proxy.faults = always({ kind: "delay_request", ms: 400 })
    await expect(create()).rejects.toMatchObject({ code: "ledger_unknown" })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(proxy.requests).toBe(1)
    expect(await stored()).toBe(1)
    proxy.faults = always({ kind: "pass" })
    expect(await create()).toMatchObject([{ status: "exists" }])
  })

  test("refused connections: nothing was submitted; accepted again, it goes on", async () => {
    await proxy.refuse()
    await expect(create()).rejects.toMatchObject({ code: "ledger_unavailable", submitted: false })
    expect(await stored()).toBe(0)
    await proxy.accept()
    expect(await create()).toMatchObject([{ status: "created" }])
  })
})

test("a hundred transfers over a way with every fault, sent until they are known: each is in the ledger once", async () => {
  await direct.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })))
  proxy.faults = mixed(
    [
      [4, { kind: "pass" }],
      [1, { kind: "fail_before" }],
      [1, { kind: "fail_after" }],
      [1, { kind: "cut_before" }],
      [1, { kind: "cut_after" }],
      [1, { kind: "delay_reply", ms: 20 }],
      [1, { kind: "delay_request", ms: 20 }],
    ],
    seededRandom(1),
  )
  const ids = Array.from({ length: 100 }, (_, index) => BigInt(index + 100))
  await Promise.all(
    ids.map(async (id) => {
      const transfer = { id, debit_account_id: 1n, credit_account_id: 2n, amount: 3n }
      const outcome = await untilKnown(() =>
        client.createTransfers([{ ...transfer, ledger: 1, code: 1 }], { timeoutMs: 5_000 }),
      )
      expect(outcome).toMatchObject([{ class: "success" }])
    }),
  )
  expect(await direct.lookupTransfers(ids)).toHaveLength(100)
  expect(await direct.lookupAccounts([2n])).toMatchObject([{ credits_posted: 300n }])
})

/** As a step does: whatever is not an answer is tried again. */
async function untilKnown<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof LedgerError) || error.nonRetryable) throw error
    }
  }
}
