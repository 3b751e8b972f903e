// Bank accounts over HTTP, and what an account object answers for ever.
import { describe, expect, test } from "vitest"
import { send, type Body } from "./support/service.ts"
import {
  named,
  givenAccount,
  balanceOf,
  close,
  givenTransfer,
  accountObject,
  legOf,
  movementsOf,
  expectCompensated,
} from "./support/transfers.ts"

const LARGEST = Number.MAX_SAFE_INTEGER

describe("accounts", () => {
  test("a deposit creates the account, and the same deposit again changes nothing", async () => {
    const account = named("carol")
    const line = `POST /balances/${account}/deposits/d1`
    expect((await send(`GET /balances/${account}`)).status).toBe(404)
    const first = await send(line, { body: { amount: 70 } })
    expect(first).toEqual({ status: 201, body: { account, opId: "d1", amount: 70, balance: 70 } })
    expect(await send(line, { body: { amount: 70 } })).toEqual({ status: 200, body: first.body })
    expect((await send(line, { body: { amount: 71 } })).status).toBe(409)
    const { body } = await send(`GET /balances/${account}`)
    expect(body).toMatchObject({ account, balance: 70, closed: false })
    expect(body.entries).toEqual([
      { opId: "d1", amount: 70, note: "deposit", at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ])
  })

  test("asking about an account that does not exist creates nothing", async () => {
    const account = named("nobody")
    expect((await send(`GET /balances/${account}`)).status).toBe(404)
    expect((await send(`PUT /balances/${account}`, { body: { closed: true } })).status).toBe(404)
    expect(await accountObject(account).exists()).toBe(false)
  })

  test.each([0, -1, 1.5, "10", null, undefined, true, LARGEST + 1])(
    "a deposit of %o is 400 and names the field",
    async (amount) => {
      const account = named("dave")
      const answer = await send(`POST /balances/${account}/deposits/d1`, { body: { amount } })
      expect(answer.status).toBe(400)
      expect(answer.body.error.message).toContain("amount")
      expect((await send(`GET /balances/${account}`)).status).toBe(404)
    },
  )

  test("a balance reaches the largest exact number and not one more", async () => {
    const account = await givenAccount("rich", LARGEST)
    const more = await send(`POST /balances/${account}/deposits/d2`, { body: { amount: 1 } })
    expect(more.status).toBe(400)
    expect(await balanceOf(account)).toBe(LARGEST)
  })

  test("a deposit cannot take an op id that belongs to a transfer", async () => {
    const account = await givenAccount("erin", 5)
    for (const opId of ["t-debit", "t-credit", "t-reversal"]) {
      const answer = await send(`POST /balances/${account}/deposits/${opId}`, {
        body: { amount: 1 },
      })
      expect(answer.status).toBe(400)
    }
    expect(await balanceOf(account)).toBe(5)
  })

  test("a closed account takes no deposit until it is opened again", async () => {
    const account = await givenAccount("frank", 5)
    await close(account)
    const line = `POST /balances/${account}/deposits/d2`
    expect((await send(line, { body: { amount: 1 } })).status).toBe(409)
    await send(`PUT /balances/${account}`, { body: { closed: false } })
    expect((await send(line, { body: { amount: 1 } })).status).toBe(201)
  })

  test("closed must be true or false", async () => {
    const account = await givenAccount("gina", 5)
    for (const closed of ["true", 1, null, undefined]) {
      expect((await send(`PUT /balances/${account}`, { body: { closed } })).status).toBe(400)
    }
  })

  test("entries page in order, oldest first", async () => {
    const account = named("hugo")
    for (let number = 0; number < 103; number++) {
      await send(`POST /balances/${account}/deposits/d${number}`, { body: { amount: 1 } })
    }
    const opIds = (body: Body) => body.entries.map(({ opId }) => opId)
    const first = await send(`GET /balances/${account}`)
    expect(opIds(first.body)).toHaveLength(100)
    expect(first.body.next).toBe("d99")
    const rest = await send(`GET /balances/${account}?after=d99`)
    expect(opIds(rest.body)).toEqual(["d100", "d101", "d102"])
    expect(rest.body.next).toBeUndefined()
    const two = await send(`GET /balances/${account}?after=d1&limit=2`)
    expect(opIds(two.body)).toEqual(["d2", "d3"])
    expect((await send(`GET /balances/${account}?limit=1000`)).status).toBe(200)
    for (const query of ["limit=0", "limit=1001", "limit=x", "limit=1.5", "after=nothing"]) {
      expect((await send(`GET /balances/${account}?${query}`)).status).toBe(400)
    }
  })

  test("account names may hold anything a path segment can carry", async () => {
    const account = encodeURIComponent(`ann/ä 😀 % ${named("x")}`)
    const line = `POST /balances/${account}/deposits/${encodeURIComponent("a/b")}`
    expect((await send(line, { body: { amount: 3 } })).status).toBe(201)
    expect((await send(`GET /balances/${account}`)).body).toMatchObject({
      account: decodeURIComponent(account),
      balance: 3,
    })
    for (const name of ["%00", "%7F", "a".repeat(257)]) {
      expect((await send(`GET /balances/${name}`)).status).toBe(400)
    }
  })
})

describe("what an account has refused stays refused", () => {
  test("a credit that was under way cannot slip in after the compensation", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    await send(`PUT /balances/${transfer.target}`, { body: { closed: false } })
    expect(
      await accountObject(transfer.target).credit(legOf(transfer, transfer.source)),
    ).toMatchObject({
      outcome: "refused",
      reason: "closed",
    })
    await expectCompensated(transfer)
  })

  test("a debit that was under way cannot slip in after the transfer was rejected", async () => {
    const transfer = await givenTransfer()
    const body = { ...transfer.body, amount: 1_000 }
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body })
    await send(`POST /balances/${transfer.source}/deposits/more`, { body: { amount: 10_000 } })
    const leg = { transferId: transfer.id, amount: 1_000, counterparty: transfer.target }
    expect(await accountObject(transfer.source).debit(leg)).toMatchObject({ outcome: "refused" })
    expect(await balanceOf(transfer.source)).toBe(10_200)
  })

  test("a debit that was reversed cannot be used again by another run of the same transfer", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    await send(`PUT /balances/${transfer.target}`, { body: { closed: false } })
    const again = await send(`POST /v1/runs/${named("other")}?wait=10000`, {
      body: { workflow: "transferMoney", input: [{ transferId: transfer.id, ...transfer.body }] },
    })
    expect(again.body.result).toMatchObject({ status: "rejected", reason: "reversed" })
    await expectCompensated(transfer)
  })

  test("a reversal of a debit that never came gives nothing and keeps it away", async () => {
    const account = await givenAccount("alice", 200)
    const leg = { transferId: named("t"), amount: 50, counterparty: "bob" }
    expect(await accountObject(account).reverse(leg)).toMatchObject({
      outcome: "refused",
      reason: "withdrawn",
    })
    expect(await accountObject(account).debit(leg)).toMatchObject({
      outcome: "refused",
      reason: "withdrawn",
    })
    expect(await balanceOf(account)).toBe(200)
  })
})

describe("payouts from the ledger", () => {
  async function givenPayout() {
    const name = await givenAccount("alice", 200)
    const leg = { transferId: named("lt"), amount: 50, counterparty: "reservation-1" }
    return { name, leg, account: accountObject(name) }
  }
  const applied = (isNew: boolean, balance: number) => ({ outcome: "applied", isNew, balance })
  const refused = (reason: string) => ({ outcome: "refused", reason })

  test("are applied once, and taken back once", async () => {
    const { name, leg, account } = await givenPayout()
    expect(await account.payOut(leg)).toEqual(applied(true, 250))
    expect(await account.payOut(leg)).toEqual(applied(false, 250))
    expect(await account.fencePayout(leg)).toEqual(applied(false, 250))
    expect(await account.payBack(leg)).toEqual(applied(true, 200))
    expect(await account.payBack(leg)).toEqual(applied(false, 200))
    expect(await movementsOf(name)).toEqual({
      [`${leg.transferId}-payout`]: 50,
      [`${leg.transferId}-payback`]: -50,
    })
  })

  test("that were taken back count as refused, for the payout and for its fence", async () => {
    const { name, leg, account } = await givenPayout()
    await account.payOut(leg)
    await account.payBack(leg)
    expect(await account.payOut(leg)).toEqual(refused("reversed"))
    expect(await account.fencePayout(leg)).toEqual(refused("reversed"))
    expect(await balanceOf(name)).toBe(200)
  })

  test("that were fenced never come", async () => {
    const { name, leg, account } = await givenPayout()
    expect(await account.fencePayout(leg)).toEqual(refused("withdrawn"))
    expect(await account.payOut(leg)).toEqual(refused("withdrawn"))
    expect(await account.fencePayout(leg)).toEqual(refused("withdrawn"))
    expect(await account.payBack(leg)).toEqual(refused("withdrawn"))
    expect(await movementsOf(name)).toEqual({})
  })

  test("that were asked back before they came never come", async () => {
    const { name, leg, account } = await givenPayout()
    expect(await account.payBack(leg)).toEqual(refused("withdrawn"))
    expect(await account.payOut(leg)).toEqual(refused("withdrawn"))
    expect(await movementsOf(name)).toEqual({})
  })

  test("that were refused stay refused, also by an account that is open again", async () => {
    const { name, leg, account } = await givenPayout()
    await close(name)
    expect(await account.payOut(leg)).toEqual(refused("closed"))
    await send(`PUT /balances/${name}`, { body: { closed: false } })
    expect(await account.payOut(leg)).toEqual(refused("closed"))
    expect(await account.fencePayout(leg)).toEqual(refused("closed"))
    expect(await movementsOf(name)).toEqual({})
  })

  test("go to no account that does not exist, not even once it does", async () => {
    const { leg } = await givenPayout()
    const name = named("nobody")
    expect(await accountObject(name).payOut(leg)).toEqual(refused("unknown_account"))
    await send(`POST /balances/${name}/deposits/first`, { body: { amount: 1 } })
    expect(await accountObject(name).payOut(leg)).toEqual(refused("unknown_account"))
    expect(await balanceOf(name)).toBe(1)
  })

  test("do not pass the largest balance", async () => {
    const { leg, account } = await givenPayout()
    const amount = Number.MAX_SAFE_INTEGER - 199
    expect(await account.payOut({ ...leg, amount })).toEqual(refused("limit"))
  })

  test("a payback that the account cannot pay now is paid later, also by a closed account", async () => {
    const { name, leg, account } = await givenPayout()
    await account.payOut(leg)
    const spent = { transferId: named("t"), amount: 220, counterparty: "bob" }
    expect(await account.debit(spent)).toEqual(applied(true, 30))
    expect(await account.payBack(leg)).toEqual(refused("insufficient"))
    expect(await account.payBack(leg)).toEqual(refused("insufficient"))
    await send(`POST /balances/${name}/deposits/more`, { body: { amount: 20 } })
    await close(name)
    expect(await account.payBack(leg)).toEqual(applied(true, 0))
    expect(await account.payBack(leg)).toEqual(applied(false, 0))
  })

  test("one transfer id is paid out for one reservation: another one meets a conflict", async () => {
    const { leg, account } = await givenPayout()
    await account.payOut(leg)
    const other = { ...leg, counterparty: "reservation-2" }
    expect(await account.payOut(other)).toEqual(refused("conflict"))
    expect(await account.fencePayout(other)).toEqual(refused("conflict"))
    expect(await account.payBack(other)).toEqual(refused("conflict"))
    expect(await account.payOut({ ...leg, amount: 51 })).toEqual(refused("conflict"))
    await account.payBack(leg)
    expect(await account.payOut(other)).toEqual(refused("conflict"))
  })
})
