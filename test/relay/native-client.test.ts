// TigerBeetle's real client with no cluster in reach: what it refuses, what it lets through, and that it waits.
// On it rests what the relay validates, bounds and ends by itself; a new version of the client must pass here first.
import { createServer, type AddressInfo, type Socket } from "node:net"
import { createClient } from "tigerbeetle-node"
import { afterEach, describe, expect, test } from "vitest"
import { freePort } from "../../scripts/support/free-port.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { U128_MAX } from "../../src/ledger/integers.ts"
import type { NewTransfer } from "../../src/ledger/records.ts"
import {
  openTigerBeetle,
  type TigerBeetleLedger,
} from "../../src/relay/tigerbeetle/tigerbeetle-ledger.ts"
import { nativeClientMissing } from "../support/native-client.ts"
import { reportNotRun } from "../support/not-run.ts"

/** The client's own limit, of a cluster that is not in development mode. */
const CLIENT_EVENTS_MAX = 8_189

/** What 10,000 calls of one event may take; about 50 MB were seen. */
const WAITING_BYTES_MAX = 128 * 1024 * 1024

const PENDING = Symbol("pending")

const ended: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end()
})

async function openLedger(port?: number): Promise<TigerBeetleLedger> {
  const addresses = [`127.0.0.1:${port ?? (await freePort())}`]
  const ledger = await openTigerBeetle({ clusterId: 0n, addresses })
  ended.push(() => ledger.close())
  return ledger
}

/** Accepts connections and never says a word. */
async function openBlackHole(): Promise<{ port: number; accepted: Socket[] }> {
  const accepted: Socket[] = []
  const server = createServer((socket) => {
    accepted.push(socket)
    socket.on("error", () => undefined)
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  ended.push(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, accepted }
}

function transfer(fields: Partial<NewTransfer> = {}): NewTransfer {
  return {
    id: 7n,
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 1n,
    ledger: 1,
    code: 1,
    ...fields,
  }
}

/** The call's error, or that it has not ended after `waitMs`. */
async function outcomeOf(call: Promise<unknown>, waitMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(PENDING), waitMs)
  })
  try {
    return await Promise.race([call, late])
  } catch (error) {
    return error
  } finally {
    clearTimeout(timer)
  }
}

const missing = nativeClientMissing()
if (missing !== undefined) reportNotRun(missing)

describe.skipIf(missing !== undefined)("TigerBeetle's client without a cluster", () => {
  test("is made for 1 to 6 numeric addresses and a bigint, and for nothing else", () => {
    const make = (replica_addresses: (string | number)[], cluster_id: unknown = 0n) => {
      const client = createClient({ cluster_id: cluster_id as bigint, replica_addresses })
      client.destroy()
    }
    make(["3000"])
    make([3000])
    make(["10.0.0.1", "10.0.0.1:3000", "[::1]:3000"])
    for (const addresses of [
      [],
      ["localhost:3000"],
      ["70000"],
      ["::1"],
      Array.from({ length: 7 }, () => "3000"),
    ]) {
      expect(() => make(addresses)).toThrow(/address/i)
    }
    expect(() => make(["3000"], 0)).toThrow(/cluster_id must be a BigInt/)
  })

  test("waits: for a port where nobody listens, and for a server that never speaks", async () => {
    const { port, accepted } = await openBlackHole()
    for (const ledger of [await openLedger(), await openLedger(port)]) {
      const write = ledger.createTransfers([transfer()])
      const read = ledger.lookupTransfers([7n])
      expect(await outcomeOf(write, 700)).toBe(PENDING)
      expect(await outcomeOf(read, 1)).toBe(PENDING)
      ledger.close()
      // What was handed over may have been executed, for all that is known here.
      expect(await outcomeOf(write, 5_000)).toMatchObject({ code: "ledger_unknown" })
      expect(await outcomeOf(read, 5_000)).toMatchObject({ code: "ledger_unavailable" })
      expect(await outcomeOf(ledger.createTransfers([transfer()]), 100)).toMatchObject({
        code: "ledger_unavailable",
      })
    }
    expect(accepted.length).toBeGreaterThan(0)
  })

  test("takes 8,189 events in a call and refuses one more at once, as not sent", async () => {
    const ledger = await openLedger()
    const transfers = Array.from({ length: CLIENT_EVENTS_MAX }, (_, index) =>
      transfer({ id: BigInt(index + 1) }),
    )
    const ids = transfers.map(({ id }) => id)
    const fitting = [ledger.createTransfers(transfers), ledger.lookupTransfers(ids)]
    for (const call of fitting) expect(await outcomeOf(call, 100)).toBe(PENDING)
    const tooMany = [
      ledger.createTransfers([...transfers, transfer({ id: 9_000n })]),
      ledger.lookupTransfers([...ids, 9_000n]),
    ]
    for (const call of tooMany) {
      const error = await outcomeOf(call, 100)
      expect(error).toBeInstanceOf(LedgerError)
      expect(error).toMatchObject({ code: "ledger_invalid", submitted: false })
    }
    ledger.close()
    for (const call of fitting) await outcomeOf(call, 5_000)
  })

  test("refuses numbers beyond 128 bits at once, as not sent", async () => {
    const ledger = await openLedger()
    for (const id of [-1n, U128_MAX + 1n]) {
      for (const call of [
        ledger.createTransfers([transfer({ id })]),
        ledger.lookupTransfers([id]),
      ]) {
        expect(await outcomeOf(call, 100)).toMatchObject({
          code: "ledger_invalid",
          submitted: false,
        })
      }
    }
  })

  test("does not notice a number beyond 32 or 16 bits or a fraction: the relay must", async () => {
    const ledger = await openLedger()
    const calls = [{ code: 1.5 }, { code: 70_000 }, { timeout: 2 ** 32 }].map((fields) =>
      ledger.createTransfers([transfer(fields)]),
    )
    const outcomes = await Promise.all(calls.map((call) => outcomeOf(call, 100)))
    ledger.close()
    for (const call of calls) await outcomeOf(call, 5_000)
    // 70,000 does not fit and is refused or cut; what must not be relied on is that it always is refused.
    expect(outcomes[0]).toBe(PENDING)
    expect(outcomes[2]).toBe(PENDING)
  })

  test("keeps 10,000 waiting calls in a bounded memory, and fails each of them when it is closed", async () => {
    const ledger = await openLedger()
    const rssBefore = process.memoryUsage.rss()
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      ledger.createTransfers([transfer({ id: BigInt(index + 1) })]),
    )
    const settled = Promise.allSettled(calls)
    expect(await outcomeOf(settled, 500)).toBe(PENDING)
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(WAITING_BYTES_MAX)
    ledger.close()
    const codes = new Set<unknown>()
    for (const result of await settled) {
      codes.add(result.status === "rejected" ? (result.reason as LedgerError).code : result.status)
    }
    expect([...codes]).toEqual(["ledger_unknown"])
  })
})
