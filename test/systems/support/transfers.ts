// Transfers: bank accounts and transfers as tests arrange them and look at them.
// Owns: the opening lines of a test ("Alice has 200, Bob 100") and what must hold at its end.

import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { endOf, send, sendUntil } from "./service.ts"

let lastNumber = 0

/** A name nobody else in this file uses. */
export function named(prefix: string): string {
  lastNumber += 1
  return `${prefix}-${lastNumber}`
}

export async function givenAccount(prefix: string, balance: number): Promise<string> {
  const account = named(prefix)
  const { status } = await send(`POST /balances/${account}/deposits/seed`, {
    body: { amount: balance },
  })
  expect(status).toBe(201)
  return account
}

export async function balanceOf(account: string): Promise<number> {
  return (await send(`GET /balances/${account}`)).body.balance
}

/** The op ids of the account's entries beside its deposits, with their amounts. */
export async function movementsOf(account: string): Promise<Record<string, number>> {
  const { body } = await send(`GET /balances/${account}`)
  const movements = body.entries.filter(({ note }) => note !== "deposit")
  expect(new Set(movements.map(({ opId }) => opId)).size).toBe(movements.length)
  return Object.fromEntries(movements.map(({ opId, amount }) => [opId, amount]))
}

export async function close(account: string): Promise<void> {
  const closed = await send(`PUT /balances/${account}`, { body: { closed: true } })
  expect(closed).toMatchObject({ status: 200, body: { account, closed: true } })
}

/** Alice has 200, Bob 100; a transfer of 50 between them, not started. */
export async function givenTransfer() {
  const source = await givenAccount("alice", 200)
  const target = await givenAccount("bob", 100)
  const id = named("t")
  return { id, runId: `transfer-${id}`, source, target, body: { source, target, amount: 50 } }
}

export type GivenTransfer = Awaited<ReturnType<typeof givenTransfer>>

export function accountObject(account: string) {
  return env.ACCOUNTS.get(env.ACCOUNTS.idFromName(account))
}

/** The transfer as one of its accounts is told of it. */
export function legOf({ id, body }: GivenTransfer, counterparty: string) {
  return { transferId: id, amount: body.amount, counterparty }
}

/** A transfer whose step has failed once without an answer and will be tried again in two seconds or more. */
export async function givenLostReply(step: "debitSource" | "creditTarget", action: string) {
  const transfer = await givenTransfer()
  const fault = `${step}:1:${action}`
  await send(`POST /transfers/${transfer.id}`, { body: transfer.body, fault })
  await sendUntil(`GET /v1/runs/${transfer.runId}/journal`, ({ body }) =>
    body.entries.some(({ name, attempts }) => name === step && attempts === 1),
  )
  return transfer
}

export async function cancel({ id, runId }: GivenTransfer) {
  expect((await send(`POST /v1/runs/${runId}/cancel`)).status).toBe(202)
  expect((await endOf(runId)).status).toBe("cancelled")
  expect((await send(`GET /transfers/${id}`)).body.status).toBe("cancelled")
}

export async function expectCommitted({ id, source, target }: GivenTransfer) {
  expect(await send(`GET /transfers/${id}`)).toEqual({
    status: 200,
    body: { transferId: id, status: "committed", source, target, amount: 50 },
  })
  expect(await movementsOf(source)).toEqual({ [`${id}-debit`]: -50 })
  expect(await movementsOf(target)).toEqual({ [`${id}-credit`]: 50 })
  expect([await balanceOf(source), await balanceOf(target)]).toEqual([150, 150])
}

export async function expectCompensated({ id, source, target }: GivenTransfer) {
  expect(await send(`GET /transfers/${id}`)).toMatchObject({
    status: 200,
    body: {
      transferId: id,
      status: "compensated",
      error: `target account '${target}' rejected the credit`,
    },
  })
  expect(await movementsOf(source)).toEqual({ [`${id}-debit`]: -50, [`${id}-reversal`]: 50 })
  expect(await movementsOf(target)).toEqual({})
  expect([await balanceOf(source), await balanceOf(target)]).toEqual([200, 100])
}

export async function expectUntouched({ source, target }: GivenTransfer) {
  expect(await movementsOf(source)).toEqual({})
  expect(await movementsOf(target)).toEqual({})
  expect([await balanceOf(source), await balanceOf(target)]).toEqual([200, 100])
}
