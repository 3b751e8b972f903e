// The same events through two real relays at once, to one ledger, over ways that delay, swallow and cut.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { HoldingProxy } from "../../scripts/support/holding-proxy.ts"
import { always, mixed, type RelayFault } from "../../scripts/support/relay-faults.ts"
import { seededRandom } from "../../scripts/support/seeded-random.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { Fetch } from "../../src/ledger/relay-call.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { EmbeddedLedger } from "../../src/relay/embedded/embedded-ledger.ts"
import { idFor } from "./relay-doubles.ts"
import { KEY, startRelay } from "./relay-kit.ts"

const TIME_MS = 800
/** More than half of the time, less than all of it. */
const LATE_MS = 550
const LATE: RelayFault = { kind: "delay_reply", ms: LATE_MS }

let folder: string
/** The ways to the relays, in the order in which `id` asks them. */
let first: HoldingProxy
let second: HoldingProxy
let urls: [string, string]
let client: RelayLedger
/** Past the ways. */
let direct: RelayLedger
let id: bigint

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "belay-relay-"))
  const start = () => startRelay({ ledger: new EmbeddedLedger({ path: join(folder, "ledger") }) })
  const relays = [(await start()).relay, (await start()).relay] as const
  first = await HoldingProxy.start(relays[0].url)
  second = await HoldingProxy.start(relays[1].url)
  urls = [first.url, second.url]
  id = idFor(urls)
  client = new RelayLedger({ urls, key: KEY, timeoutMs: TIME_MS })
  direct = new RelayLedger({ urls: [relays[0].url], key: KEY })
  await direct.createAccounts([1n, 2n].map((account) => ({ id: account, ledger: 1, code: 1 })))
})

afterEach(async () => {
  await Promise.all([first.close(), second.close()])
  rmSync(folder, { recursive: true })
})

const TRANSFER = { debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 }
const chain = () => [
  { ...TRANSFER, id, flags: TransferFlags.linked },
  { ...TRANSFER, id: id + 10_000n, flags: TransferFlags.linked },
  { ...TRANSFER, id: id + 20_000n },
]
const paid = async () => (await direct.lookupAccounts([2n]))[0]?.credits_posted

describe("a ledger that needs more than half of the time for each answer", () => {
  test("is heard with every write and every read", async () => {
    first.faults = always(LATE)
    second.faults = always(LATE)
    expect(await client.createTransfers([{ ...TRANSFER, id }])).toMatchObject([
      { class: "success" },
    ])
    expect(await client.lookupTransfers([id])).toMatchObject([{ id }])
    expect(await client.fenceTransfer(id)).toMatchObject({ result: "committed" })
    expect([first.requests, second.requests]).toEqual([3, 3])
    expect(await paid()).toBe(5n)
  })
})

describe("a chain that two relays submit", () => {
  test.each<[string, RelayFault, RelayFault, string]>([
    ["the second one's copy comes second", LATE, { kind: "pass" }, "exists"],
    [
      "the second one's copy comes first",
      { kind: "delay_request", ms: LATE_MS },
      { kind: "pass" },
      "created",
    ],
    [
      "the second one's copy comes first, and its answer is lost",
      { kind: "delay_request", ms: LATE_MS },
      { kind: "cut_after" },
      "exists",
    ],
    ["both come at the same time", { kind: "delay_request", ms: 400 }, { kind: "pass" }, "either"],
  ])("%s: paid once, and a success throughout", async (_, way, other, status) => {
    first.faults = always(way)
    second.faults = always(other)
    const outcomes = await client.createTransfers(chain())
    expect(outcomes.map((outcome) => outcome.class)).toEqual(["success", "success", "success"])
    const statuses = new Set(outcomes.map((outcome) => outcome.status))
    expect(statuses.size).toBe(1)
    if (status !== "either") expect([...statuses]).toEqual([status])
    // The loser's copy may still come.
    await new Promise((resolve) => setTimeout(resolve, LATE_MS))
    expect(await paid()).toBe(15n)
    const stored = await direct.lookupTransfers(chain().map((transfer) => transfer.id))
    expect(stored.map(({ timestamp }) => timestamp)).toEqual(
      outcomes.map(({ timestamp }) => timestamp),
    )
  })

  test("refused by the first one that submits it, it is refused by the other one, too", async () => {
    const flags = AccountFlags.debits_must_not_exceed_credits
    await direct.createAccounts([{ id: 3n, ledger: 1, code: 1, flags }])
    const broken = chain().map((transfer) => ({ ...transfer, debit_account_id: 3n }))
    first.faults = always(LATE)
    const outcomes = await client.createTransfers(broken)
    expect(outcomes.map((outcome) => outcome.class)).toEqual(["rejected", "rejected", "rejected"])
    expect(await paid()).toBe(0n)
  })
})

test("a way that swallows everything costs the first call its share, and the next ones nothing", async () => {
  first.faults = always({ kind: "hang" })
  const startedAtMs = performance.now()
  expect(await client.createTransfers([{ ...TRANSFER, id }])).toMatchObject([{ status: "created" }])
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(TIME_MS / 2 - 10)
  const againAtMs = performance.now()
  expect(await client.createTransfers([{ ...TRANSFER, id }])).toMatchObject([{ status: "exists" }])
  expect(performance.now() - againAtMs).toBeLessThan(TIME_MS / 4)
  expect(first.requests).toBe(1)
})

test("forty transfers over two ways with every fault, sent until they are known: each is there once", async () => {
  const faults: readonly [number, RelayFault][] = [
    [3, { kind: "pass" }],
    [1, { kind: "fail_after" }],
    [1, { kind: "cut_before" }],
    [1, { kind: "cut_after" }],
    [1, { kind: "hang" }],
    [1, { kind: "delay_reply", ms: 250 }],
    [1, { kind: "delay_request", ms: 250 }],
  ]
  first.faults = mixed(faults, seededRandom(1))
  second.faults = mixed(faults, seededRandom(2))
  const ids = Array.from({ length: 40 }, (_, index) => BigInt(index + 100))
  await Promise.all(
    ids.map(async (transferId) => {
      for (;;) {
        try {
          const events = [{ ...TRANSFER, id: transferId }]
          const outcomes = await client.createTransfers(events, { timeoutMs: 400 })
          expect(outcomes).toMatchObject([{ class: "success" }])
          return
        } catch (error) {
          if (!(error instanceof LedgerError) || error.nonRetryable) throw error
        }
      }
    }),
  )
  expect(await direct.lookupTransfers(ids)).toHaveLength(40)
  expect(await paid()).toBe(200n)
})

// As in a run object: what goes beyond six waits until one of the others has its headers.
describe("with six connections for all calls of a run", () => {
  const CONNECTIONS_MAX = 6

  function sixConnections(): Fetch {
    let free = CONNECTIONS_MAX
    const queue: (() => void)[] = []
    return async (url, init) => {
      if (free === 0) {
        await new Promise<void>((resolve, reject) => {
          queue.push(resolve)
          init.signal.addEventListener("abort", () => {
            const at = queue.indexOf(resolve)
            if (at >= 0) queue.splice(at, 1)
            reject(init.signal.reason as Error)
          })
        })
      } else free -= 1
      try {
        return await fetch(url, init)
      } finally {
        const next = queue.shift()
        if (next === undefined) free += 1
        else next()
      }
    }
  }

  /** Calls side by side, each asked again until it is known. */
  async function attemptsOf(ledger: RelayLedger, calls: number): Promise<number[]> {
    return Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const events = [{ ...TRANSFER, id: BigInt(index + 1) }]
        for (let attempt = 1; ; attempt += 1) {
          try {
            await ledger.createTransfers(events)
            return attempt
          } catch (error) {
            if (!(error instanceof LedgerError) || error.nonRetryable) throw error
          }
        }
      }),
    )
  }

  test("a silent way beside a good one costs two dozen calls one attempt at most", async () => {
    first.faults = always({ kind: "hang" })
    // Two dozen commits have to fit into a share of it, also on a disk that has other work.
    const timeoutMs = TIME_MS * 4
    const ledger = new RelayLedger({ urls, key: KEY, timeoutMs, fetch: sixConnections() })
    const attempts = await attemptsOf(ledger, 24)
    expect(Math.max(...attempts)).toBeLessThanOrEqual(2)
    expect(await paid()).toBe(120n)
  })

  test("a ledger that needs most of the time answers as many calls in the end as it is asked", async () => {
    first.faults = always(LATE)
    second.faults = always(LATE)
    const ledger = new RelayLedger({ urls, key: KEY, timeoutMs: TIME_MS, fetch: sixConnections() })
    const attempts = await attemptsOf(ledger, 8)
    expect(Math.max(...attempts)).toBeLessThanOrEqual(3)
    expect(await paid()).toBe(40n)
  })
})
