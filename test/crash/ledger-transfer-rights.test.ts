// Ledger transfers with a relay's key that may do no more than they need: one ledger, two codes, five operations. Every way
// a transfer can go, for what a key refuses after the payout would be money paid out for ever.

import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundleWorker } from "../../scripts/support/bundle.ts"
import { JsonClient, member } from "../../scripts/support/json-client.ts"
import { lastingPort } from "../../scripts/support/lasting-port.ts"
import { MiniflareProcess } from "../../scripts/support/miniflare-process.ts"
import { RelayProcess } from "../../scripts/support/relay-process.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { businessId, deterministicId } from "../../src/ledger/deterministic-id.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { Account, NewTransfer } from "../../src/ledger/records.ts"

const ENTRY = fileURLToPath(new URL("../../src/index.ts", import.meta.url))
const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url))
const TEST_TIMEOUT_MS = 60_000

/** What README.md says a key needs. */
const RIGHTS = {
  ledgers: [1],
  codes: [1, 2],
  operations: [
    "create_accounts",
    "create_transfers",
    "lookup_accounts",
    "lookup_transfers",
    "fence_transfer",
  ],
}

const FUNDS = 1_000n
const AMOUNT = 300

/** Not one of the codes that the key may use: sources are other people's accounts. */
const FOREIGN_CODE = 90

const folder = mkdtempSync(join(tmpdir(), "belay-rights-"))
let relay: RelayProcess
let miniflare: MiniflareProcess
let client: JsonClient
let ids = 0n

beforeAll(async () => {
  const script = join(folder, "worker.js")
  const [secret, all] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")]
  const [relayPort, port] = await Promise.all([lastingPort(), lastingPort()])
  const keys = { all, transfers: { secret, ...RIGHTS } }
  const [started] = await Promise.all([
    RelayProcess.start({
      ledgerFile: join(folder, "ledger.sqlite"),
      port: relayPort,
      key: { id: "all", secret: all },
      variables: { BELAY_RELAY_KEYS: JSON.stringify(keys) },
    }),
    bundleWorker(ENTRY, script),
  ])
  relay = started
  const key = JSON.stringify({ id: "transfers", secret })
  miniflare = new MiniflareProcess({
    script,
    stateFolder: join(folder, "state"),
    port,
    objects: { RUNS: "RunObject", ACCOUNTS: "BankAccountObject" },
    variables: { BELAY_DEV: "1", BELAY_RELAY_URL: relay.url, BELAY_RELAY_KEY: key },
    migrationsFolder: MIGRATIONS,
  })
  await miniflare.start()
  client = new JsonClient(miniflare.url)
}, TEST_TIMEOUT_MS)

afterAll(async () => {
  await miniflare.kill()
  await relay.stop()
  rmSync(folder, { recursive: true, force: true })
}, TEST_TIMEOUT_MS)

interface Given {
  readonly id: string
  readonly source: string
  readonly bankAccount: string
}

async function create(transfer: Omit<NewTransfer, "id">): Promise<bigint> {
  ids += 1n
  const [outcome] = await relay.ledger.createTransfers([{ id: ids, ...transfer }])
  expect(outcome?.status).toBe("created")
  return ids
}

async function given(id: string): Promise<Given> {
  const [treasury, source] = [
    await businessId("rights-treasury", id),
    await businessId("rights-source", id),
  ]
  const common = { ledger: 1, code: FOREIGN_CODE }
  const flags = AccountFlags.debits_must_not_exceed_credits
  await relay.ledger.createAccounts([
    { id: treasury, ...common },
    { id: source, flags, ...common },
  ])
  await create({ debit_account_id: treasury, credit_account_id: source, amount: FUNDS, ...common })
  const bankAccount = `bank-${id}`
  const seed = await client.post(`/balances/${bankAccount}/deposits/seed`, { amount: 10 })
  expect(seed.status).toBe(201)
  return { id, source: source.toString(), bankAccount }
}

async function start({ id, source, bankAccount }: Given, fault?: string): Promise<void> {
  const body = { source, bankAccount, amount: AMOUNT }
  const headers = fault === undefined ? {} : { "x-belay-fault": fault }
  const { status } = await client.post(`/ledger-transfers/${id}`, body, headers)
  expect(status).toBe(202)
}

async function untilAttempted({ id }: Given, step: string): Promise<void> {
  await waitUntil(`${step} of ${id}`, TEST_TIMEOUT_MS, async () => {
    const { body } = await client.get(`/v1/runs/ledger-transfer-${id}/journal?limit=100`)
    const entries = member(body, "entries") as unknown[]
    return entries.some((entry) => member(entry, "name") === step) ? true : undefined
  })
}

async function endOf({ id }: Given): Promise<unknown> {
  return waitUntil(`the end of ${id}`, TEST_TIMEOUT_MS, async () => {
    const { body } = await client.get(`/ledger-transfers/${id}`)
    return member(body, "status") === "processing" ? undefined : body
  })
}

async function accountOf(id: bigint): Promise<Account | undefined> {
  return (await relay.ledger.lookupAccounts([id]))[0]
}

/** What has left the source for the transfer, what is pending there, and what the bank account has. */
async function moneyOf({ source, bankAccount }: Given) {
  const clearing = await accountOf(await businessId("ledger-transfer/bank", bankAccount))
  const { body } = await client.get(`/balances/${bankAccount}`)
  return {
    cleared: Number(clearing?.credits_posted),
    pending: Number((await accountOf(BigInt(source)))?.debits_pending),
    balance: member(body, "balance"),
  }
}

/** As the reservation's timeout would, but now. */
async function release({ id }: Given): Promise<void> {
  const runId = `ledger-transfer-${id}`
  const { body } = await client.get(`/v1/runs/${runId}`)
  const createdAtMs = Date.parse(String(member(body, "createdAt")))
  const parts = { namespace: "ledger-transfer", runId, stepKey: "reserve", attempt: 1, index: 0 }
  const pending_id = await deterministicId({ ...parts, createdAtMs })
  await create({ pending_id, flags: TransferFlags.void_pending_transfer })
}

/** Gives the pending transfer whose void opens the source again. */
async function close({ id, source }: Given): Promise<bigint> {
  const treasury = await businessId("rights-treasury", id)
  const sides = { debit_account_id: BigInt(source), credit_account_id: treasury }
  const flags = TransferFlags.pending | TransferFlags.closing_debit
  return create({ ...sides, amount: 0n, ledger: 1, code: FOREIGN_CODE, flags })
}

const MOVED = { cleared: AMOUNT, pending: 0, balance: 10 + AMOUNT }
const UNMOVED = { cleared: 0, pending: 0, balance: 10 }

test(
  "reserved, paid out, posted; from a foreign account and from one that account creation made",
  async () => {
    const plain = await given("plain")
    const uuid = crypto.randomUUID()
    expect((await client.put(`/accounts/${uuid}`)).status).toBe(201)
    await start(plain)
    expect(await endOf(plain)).toMatchObject({ status: "committed" })
    expect(await moneyOf(plain)).toEqual(MOVED)
    const named = { ...(await given("named")), source: uuid }
    await start(named)
    expect(await endOf(named)).toMatchObject({ status: "committed" })
  },
  TEST_TIMEOUT_MS,
)

test(
  "refused by the bank: let go of",
  async () => {
    const transfer = await given("bank-closed")
    await client.put(`/balances/${transfer.bankAccount}`, { closed: true })
    await start(transfer)
    expect(await endOf(transfer)).toMatchObject({ status: "compensated", reason: "closed" })
    expect(await moneyOf(transfer)).toEqual(UNMOVED)
  },
  TEST_TIMEOUT_MS,
)

test(
  "the reservation gone: collected",
  async () => {
    const transfer = await given("gone")
    await start(transfer, "postReservation:1:throw")
    await untilAttempted(transfer, "postReservation")
    await release(transfer)
    expect(await endOf(transfer)).toMatchObject({ status: "committed" })
    expect(await moneyOf(transfer)).toEqual(MOVED)
  },
  TEST_TIMEOUT_MS,
)

test(
  "the source closed: not posted, let go of, not collected, given back; opened again: collected",
  async () => {
    const [closed, opened] = [await given("closed"), await given("opened")]
    await start(closed, "postReservation:1:throw")
    await start(opened, "postReservation:1:throw,collectAmount:1:throw")
    await untilAttempted(closed, "postReservation")
    await untilAttempted(opened, "postReservation")
    await close(closed)
    const closing = await close(opened)
    await untilAttempted(opened, "collectAmount")
    await create({ pending_id: closing, flags: TransferFlags.void_pending_transfer })
    expect(await endOf(closed)).toMatchObject({ status: "compensated" })
    expect(await moneyOf(closed)).toEqual(UNMOVED)
    expect(await endOf(opened)).toMatchObject({ status: "committed" })
    expect(await moneyOf(opened)).toEqual(MOVED)
  },
  TEST_TIMEOUT_MS,
)

test(
  "called off in the reservation and in the post: both are settled",
  async () => {
    const [early, late] = [await given("early"), await given("late")]
    await start(early, "reserveAmount:1:hang")
    await start(late, "postReservation:1:hang")
    await untilAttempted(early, "reserveAmount")
    await untilAttempted(late, "postReservation")
    for (const { id } of [early, late]) {
      expect((await client.post(`/v1/runs/ledger-transfer-${id}/cancel`)).status).toBe(202)
    }
    expect(await endOf(early)).toMatchObject({ status: "cancelled", outcome: "rejected" })
    expect(await moneyOf(early)).toEqual(UNMOVED)
    expect(await endOf(late)).toMatchObject({ status: "cancelled", outcome: "committed" })
    expect(await moneyOf(late)).toEqual(MOVED)
  },
  TEST_TIMEOUT_MS,
)

test(
  "an account of a ledger that the key cannot see is no source, and none has the clearing account's id",
  async () => {
    const transfer = await given("unseen")
    const elsewhere = await businessId("rights-elsewhere", "unseen")
    const flags = AccountFlags.history
    const clearing = await businessId("ledger-transfer/bank", transfer.bankAccount)
    const unseen = { ledger: 2, code: FOREIGN_CODE, flags }
    await relay.ledger.createAccounts([
      { id: elsewhere, ...unseen },
      { id: clearing, ...unseen },
    ])
    const body = { ...transfer, source: elsewhere.toString(), amount: AMOUNT }
    expect((await client.post("/ledger-transfers/unseen", body)).status).toBe(404)
    await start(transfer)
    const end = await endOf(transfer)
    expect(end).toMatchObject({ status: "failed", outcome: "rejected" })
    expect(member(end, "error", "message")).toContain(`clearing account ${clearing}`)
  },
  TEST_TIMEOUT_MS,
)
