// The relay's TigerBeetle ledger and a real cluster that goes away and comes back, with its memory or without.
import { afterEach, beforeAll, afterAll, describe, expect, test } from "vitest"
import { RelayProcess } from "../../scripts/support/relay-process.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"
import {
  openTigerBeetle,
  type TigerBeetleLedger,
} from "../../src/relay/tigerbeetle/tigerbeetle-ledger.ts"
import { reportNotRun } from "../support/not-run.ts"
import {
  CLUSTER_START_TIMEOUT_MS,
  HOW_TO_RUN,
  RealCluster,
  tigerBeetleProgram,
} from "../support/real-tigerbeetle.ts"

const TEST_TIMEOUT_MS = 120_000
const SOON_MS = 30_000
const ACCOUNT = { id: 1n, ledger: 1, code: 1 }
const OTHER_ACCOUNT = { ...ACCOUNT, id: 2n }

const missing = tigerBeetleProgram === undefined
if (missing) {
  reportNotRun({
    title: "a real TigerBeetle that is ended, started again and evicts the relay",
    unproven: "that the relay outlives it, opens a new session and ends cleanly",
    how: HOW_TO_RUN,
  })
}

describe.skipIf(missing)("a real cluster", () => {
  let cluster: RealCluster
  const ended: (() => void | Promise<void>)[] = []

  beforeAll(async () => {
    cluster = await RealCluster.start()
  }, CLUSTER_START_TIMEOUT_MS)

  afterAll(() => cluster.end())

  afterEach(async () => {
    for (const end of ended.splice(0).toReversed()) await end()
  })

  async function openLedger(): Promise<TigerBeetleLedger> {
    const ledger = await openTigerBeetle({ clusterId: 0n, addresses: [cluster.address] })
    ended.push(() => ledger.close())
    return ledger
  }

  test("takes as many events as production does, and says when it is one too many", async () => {
    const ledger = await openLedger()
    const ids = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 900))
    expect(await ledger.lookupAccounts(ids(8_189))).toEqual([])
    await expect(ledger.lookupAccounts(ids(8_190))).rejects.toMatchObject({
      code: "ledger_invalid",
      submitted: false,
    })
    expect(await ledger.queryTransfers({ limit: 8_189 })).toEqual([])
    await expect(ledger.queryTransfers({ limit: 8_190 })).rejects.toMatchObject({
      code: "ledger_invalid",
    })
  })

  test("carries ids and amounts of all 128 bits", async () => {
    const ledger = await openLedger()
    const top = U128_MAX - 7n
    const accounts = [
      { ...ACCOUNT, id: top, user_data_128: U128_MAX },
      { ...ACCOUNT, id: top - 1n },
    ]
    expect(await ledger.createAccounts(accounts)).toMatchObject([
      { status: "created" },
      { status: "created" },
    ])
    const sides = { debit_account_id: top, credit_account_id: top - 1n, ledger: 1, code: 1 }
    expect(await ledger.createTransfers([{ ...sides, id: top, amount: U128_MAX }])).toMatchObject([
      { status: "created" },
    ])
    expect(await ledger.lookupAccounts([top])).toMatchObject([
      { id: top, user_data_128: U128_MAX, debits_posted: U128_MAX },
    ])
  })

  test(
    "that was away answers what was asked meanwhile, in the same session",
    async () => {
      const ledger = await openLedger()
      expect(await ledger.lookupAccounts([5n])).toEqual([])
      await cluster.stop()
      const asked = ledger.createAccounts([{ ...ACCOUNT, id: 5n }])
      await cluster.start()
      expect(await asked).toMatchObject([{ status: "created" }])
      expect(await ledger.lookupAccounts([5n])).toHaveLength(1)
      expect(ledger.generation).toBe(1)
    },
    TEST_TIMEOUT_MS,
  )

  test(
    "that has lost its memory evicts the relay, which goes on in a new session and ends cleanly",
    async () => {
      const forgetful = await startForgetful()
      const { ledger, relay } = await startTwo(forgetful.address)
      await forgetful.forget()
      await expect(ledger.createAccounts([ACCOUNT])).rejects.toMatchObject({
        code: "ledger_unknown",
        submitted: true,
      })
      const again = [
        () => ledger.createAccounts([ACCOUNT]),
        () => relay.ledger.createAccounts([OTHER_ACCOUNT]),
      ]
      for (const create of again) {
        const outcomes = await waitUntil("a new session", SOON_MS, create)
        expect(outcomes).toMatchObject([{ status: "created" }])
      }
      expect(ledger.generation).toBe(2)
      process.kill(relay.pid, "SIGTERM")
      expect(await relay.ended).toEqual({ code: 0, signal: null })
    },
    TEST_TIMEOUT_MS,
  )

  test(
    "whose eviction the relay has not noticed yet does not keep it from ending cleanly",
    async () => {
      const forgetful = await startForgetful()
      const { ledger, relay } = await startTwo(forgetful.address)
      await forgetful.forget()
      // The client notices by itself; nothing here was asked since, so nothing here knows.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      process.kill(relay.pid, "SIGTERM")
      ledger.close()
      expect(await relay.ended).toEqual({ code: 0, signal: null })
      // Had this process destroyed an evicted client, it would not be there any more.
      await new Promise((resolve) => setTimeout(resolve, 200))
    },
    TEST_TIMEOUT_MS,
  )

  /** A cluster of its own: to a client, one that is started anew looks younger than one that was restarted. */
  async function startForgetful() {
    const own = await RealCluster.start()
    ended.push(() => own.end())
    const forget = async () => {
      await own.stop()
      own.erase()
      await own.start()
    }
    return { address: own.address, forget }
  }

  /** The ledger in this process, and in a relay; both have a session. */
  async function startTwo(address: string) {
    const ledger = await openTigerBeetle({ clusterId: 0n, addresses: [address] })
    ended.push(() => ledger.close())
    const relay = await RelayProcess.start({
      ledgerFile: ":memory:",
      tigerBeetle: { addresses: address },
    })
    ended.push(() => relay.kill())
    await ledger.createAccounts([ACCOUNT])
    await relay.ledger.createAccounts([OTHER_ACCOUNT])
    return { ledger, relay }
  }
})
