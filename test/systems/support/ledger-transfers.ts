// Ledger transfers: sources in the ledger, bank accounts and transfers between them, as tests arrange them and look at
// them. Names are unique over all test files, because they share one ledger.

import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { businessId, deterministicId } from "../../../src/ledger/deterministic-id.ts"
import { AccountFlags, TransferFlags } from "../../../src/ledger/flags.ts"
import type { NewTransfer } from "../../../src/ledger/records.ts"
import type { LedgerTransfer } from "../../../src/systems/ledger-transfer/input.ts"
import { ask, askUntil } from "./ask.ts"
import { newGuid } from "./ledger-accounts.ts"
import { endOf, send, sendUntil } from "./service.ts"
import { stepContext } from "./step-context.ts"
import { testLedger } from "./test-ledger.ts"

/** What the source has, and what a transfer moves unless a test says otherwise. */
export const FUNDS = 1_000
export const AMOUNT = 300

/** What the bank account has before. */
const BANK_FUNDS = 10

export interface GivenLedgerTransfer {
  readonly id: string
  readonly runId: string
  readonly source: string
  /** The source's ledger account, where `source` is not its id. */
  readonly sourceId?: string
  readonly bankAccount: string
  readonly body: {
    readonly source: string
    readonly bankAccount: string
    readonly amount: number
    readonly reservationSeconds?: number
  }
}

/** The members of a transfer's view. */
export interface TransferBody {
  readonly transferId: string
  readonly status: string
  readonly statusUrl: string
  readonly outcome?: string
  readonly reason?: string
  readonly error: { readonly code: string; readonly message: string }
}

export async function createAccount(flags = 0, ledger = 1): Promise<bigint> {
  const id = BigInt(newGuid())
  const [outcome] = await testLedger().createAccounts([{ id, ledger, code: 1, flags }])
  expect(outcome?.status).toBe("created")
  return id
}

export async function createTransfer(transfer: Omit<NewTransfer, "id">): Promise<string> {
  const [outcome] = await testLedger().createTransfers([{ id: BigInt(newGuid()), ...transfer }])
  return outcome?.status ?? "nothing"
}

/** An account that cannot go below zero, with this much on it. */
async function givenSource(funds: number): Promise<string> {
  const id = await createAccount(AccountFlags.debits_must_not_exceed_credits)
  if (funds > 0) await fund(id, funds)
  return id.toString()
}

export async function fund(account: bigint, amount: number): Promise<void> {
  const treasury = await createAccount()
  const status = await createTransfer({
    debit_account_id: treasury,
    credit_account_id: account,
    amount: BigInt(amount),
    ledger: 1,
    code: 1,
  })
  expect(status).toBe("created")
}

async function givenBankAccount(): Promise<string> {
  const account = `bank-${crypto.randomUUID()}`
  const deposited = await send(`POST /balances/${account}/deposits/seed`, {
    body: { amount: BANK_FUNDS },
  })
  expect(deposited.status).toBe(201)
  return account
}

/** A transfer of 300 from 1,000 to a bank account with 10; not started. */
export async function givenLedgerTransfer(
  reservationSeconds?: number,
): Promise<GivenLedgerTransfer> {
  const [source, bankAccount] = await Promise.all([givenSource(FUNDS), givenBankAccount()])
  const id = crypto.randomUUID()
  const time = reservationSeconds === undefined ? {} : { reservationSeconds }
  const body = { source, bankAccount, amount: AMOUNT, ...time }
  return { id, runId: `ledger-transfer-${id}`, source, bankAccount, body }
}

export function start({ id, body }: GivenLedgerTransfer, fault?: string, query = "") {
  return ask<TransferBody>(`POST /ledger-transfers/${id}${query}`, {
    body,
    ...(fault === undefined ? {} : { fault }),
  })
}

export function viewOf({ id }: GivenLedgerTransfer) {
  return ask<TransferBody>(`GET /ledger-transfers/${id}`)
}

/** The transfer once it is not processing any more. */
export function endedView({ id }: GivenLedgerTransfer) {
  return askUntil<TransferBody>(
    `GET /ledger-transfers/${id}`,
    ({ body }) => body.status !== "processing",
  )
}

/** Waits until this attempt of the step has begun. */
export async function untilAttempted(
  { runId }: GivenLedgerTransfer,
  step: string,
  attempt = 1,
): Promise<void> {
  const { body } = await sendUntil(`GET /v1/runs/${runId}/journal`, (answer) =>
    answer.body.entries.some(({ name, attempts }) => name === step && attempts >= attempt),
  )
  expect(body.entries.map(({ name }) => name)).toContain(step)
}

/** Names of the steps in the order of their calls; what the engine itself gives (`date.now`) is left out. */
export async function namesOfSteps({
  runId,
}: Pick<GivenLedgerTransfer, "runId">): Promise<string[]> {
  const { body } = await send(`GET /v1/runs/${runId}/journal?limit=1000`)
  return body.entries
    .filter(({ kind, name }) => kind === "step" && !name.includes("."))
    .map(({ name }) => name)
}

export async function cancel(transfer: GivenLedgerTransfer): Promise<void> {
  expect((await send(`POST /v1/runs/${transfer.runId}/cancel`)).status).toBe(202)
  expect((await endOf(transfer.runId)).status).toBe("cancelled")
}

/** The id that the transfer's run gives to one of its records. */
export async function ledgerIdOf(
  { runId }: Pick<GivenLedgerTransfer, "runId">,
  stepKey: "reserve" | "post" | "void" | "collect",
): Promise<bigint> {
  return deterministicId({
    namespace: "ledger-transfer",
    runId,
    stepKey,
    attempt: 1,
    index: 0,
    createdAtMs: await createdAtMsOf(runId),
  })
}

async function createdAtMsOf(runId: string): Promise<number> {
  const { body } = await ask<{ createdAt: string }>(`GET /v1/runs/${runId}`)
  return Date.parse(body.createdAt)
}

/** The run's step context and input, to make by hand the call that a step has sent without hearing of it. */
export async function byHand(
  transfer: GivenLedgerTransfer,
  { runCreatedAtMs }: { readonly runCreatedAtMs?: number } = {},
) {
  const dependencies = { db: env.DB, accounts: env.ACCOUNTS, ledger: testLedger() }
  const ctx = stepContext(dependencies, {
    id: transfer.runId,
    runCreatedAtMs: runCreatedAtMs ?? (await createdAtMsOf(transfer.runId)),
  })
  const input: LedgerTransfer = {
    transferId: transfer.id,
    reservationSeconds: 300,
    ...transfer.body,
  }
  return { ctx, input }
}

export async function closeBankAccount(bankAccount: string, closed = true): Promise<void> {
  expect((await send(`PUT /balances/${bankAccount}`, { body: { closed } })).status).toBe(200)
}

/** Closes a ledger account; gives the id of the pending transfer that does it, whose void opens it again. */
export async function closeSource(source: string): Promise<bigint> {
  const id = BigInt(newGuid())
  const closing = {
    id,
    debit_account_id: BigInt(source),
    credit_account_id: await createAccount(),
    amount: 0n,
    ledger: 1,
    code: 9,
    flags: TransferFlags.pending | TransferFlags.closing_debit,
  }
  const [outcome] = await testLedger().createTransfers([closing])
  expect(outcome?.status).toBe("created")
  return id
}

/** Takes all that is free out of the source. */
export async function drain(source: string): Promise<void> {
  const sink = await createAccount()
  const status = await createTransfer({
    debit_account_id: BigInt(source),
    credit_account_id: sink,
    amount: 2n ** 128n - 1n,
    ledger: 1,
    code: 9,
    flags: TransferFlags.balancing_debit,
  })
  expect(status).toBe("created")
}

export interface Money {
  /** Debits posted to the source. */
  readonly debited: number
  /** Credits posted to the clearing account, less its debits. */
  readonly cleared: number
  /** Payouts less paybacks at the bank account. */
  readonly paidOut: number
  /** Pending on either side. */
  readonly pending: number
  /** Op ids of this transfer's entries there, without its id. */
  readonly entries: readonly string[]
}

export async function moneyOf({
  source,
  bankAccount,
  id,
}: Pick<GivenLedgerTransfer, "id" | "source" | "bankAccount">): Promise<Money> {
  const clearingId = await businessId("ledger-transfer/bank", bankAccount)
  const accounts = await testLedger().lookupAccounts([BigInt(source), clearingId])
  const [from, clearing] = [BigInt(source), clearingId].map((wanted) =>
    accounts.find((account) => account.id === wanted),
  )
  const { body } = await send(`GET /balances/${bankAccount}`)
  const moved = body.entries.filter(
    ({ opId, note }) => opId.startsWith(id) && (note === "payout" || note === "payback"),
  )
  return {
    debited: Number(from?.debits_posted ?? 0n),
    cleared: Number((clearing?.credits_posted ?? 0n) - (clearing?.debits_posted ?? 0n)),
    paidOut: moved.reduce((sum, { amount }) => sum + amount, 0),
    pending: Number((from?.debits_pending ?? 0n) + (clearing?.credits_pending ?? 0n)),
    entries: moved.map(({ opId }) => opId.replace(id, "")),
  }
}

export async function expectCommitted(transfer: GivenLedgerTransfer): Promise<void> {
  const { body } = await viewOf(transfer)
  expect(body).toMatchObject({ transferId: transfer.id, status: "committed", ...transfer.body })
  expect(await moneyOf(transfer)).toEqual(MOVED)
}

/** What the two sides show when the money has moved, once. */
export const MOVED: Money = {
  debited: AMOUNT,
  cleared: AMOUNT,
  paidOut: AMOUNT,
  pending: 0,
  entries: ["-payout"],
}

/** What the two sides show when nothing has ever moved. */
export const UNTOUCHED: Money = { debited: 0, cleared: 0, paidOut: 0, pending: 0, entries: [] }

/** What the two sides show when the bank has given the money back. */
export const PAID_BACK: Money = { ...UNTOUCHED, entries: ["-payout", "-payback"] }
