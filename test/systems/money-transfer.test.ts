// Money transfer over HTTP: accounts, the saga's failure table and the Traps of the original, row by row.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { transferMoney } from "../../src/systems/money-transfer/workflow.ts"
import { perform } from "./support/perform.ts"
import {
  attemptsOf,
  crash,
  endOf,
  evict,
  send,
  sendUntil,
  stepsOf,
  type Body,
} from "./support/service.ts"

const LARGEST = Number.MAX_SAFE_INTEGER

let lastNumber = 0

/** A name nobody else in this file uses. */
function named(prefix: string): string {
  lastNumber += 1
  return `${prefix}-${lastNumber}`
}

async function givenAccount(prefix: string, balance: number): Promise<string> {
  const account = named(prefix)
  const { status } = await send(`POST /balances/${account}/deposits/seed`, {
    body: { amount: balance },
  })
  expect(status).toBe(201)
  return account
}

async function balanceOf(account: string): Promise<number> {
  return (await send(`GET /balances/${account}`)).body.balance
}

/** The op ids of the account's entries beside its deposits, with their amounts. */
async function movementsOf(account: string): Promise<Record<string, number>> {
  const { body } = await send(`GET /balances/${account}`)
  const movements = body.entries.filter(({ note }) => note !== "deposit")
  expect(new Set(movements.map(({ opId }) => opId)).size).toBe(movements.length)
  return Object.fromEntries(movements.map(({ opId, amount }) => [opId, amount]))
}

async function close(account: string): Promise<void> {
  const closed = await send(`PUT /balances/${account}`, { body: { closed: true } })
  expect(closed).toMatchObject({ status: 200, body: { account, closed: true } })
}

/** Alice has 200, Bob 100; a transfer of 50 between them, not started. */
async function givenTransfer() {
  const source = await givenAccount("alice", 200)
  const target = await givenAccount("bob", 100)
  const id = named("t")
  return { id, runId: `transfer-${id}`, source, target, body: { source, target, amount: 50 } }
}

type GivenTransfer = Awaited<ReturnType<typeof givenTransfer>>

function accountObject(account: string) {
  return env.ACCOUNTS.get(env.ACCOUNTS.idFromName(account))
}

/** The transfer as one of its accounts is told of it. */
function legOf({ id, body }: GivenTransfer, counterparty: string) {
  return { transferId: id, amount: body.amount, counterparty }
}

/** A transfer whose step has failed once without an answer and will be tried again in two seconds or more. */
async function givenLostReply(step: "debitSource" | "creditTarget", action: string) {
  const transfer = await givenTransfer()
  const fault = `${step}:1:${action}`
  await send(`POST /transfers/${transfer.id}`, { body: transfer.body, fault })
  await sendUntil(`GET /v1/runs/${transfer.runId}/journal`, ({ body }) =>
    body.entries.some(({ name, attempts }) => name === step && attempts === 1),
  )
  return transfer
}

async function cancel({ id, runId }: GivenTransfer) {
  expect((await send(`POST /v1/runs/${runId}/cancel`)).status).toBe(202)
  expect((await endOf(runId)).status).toBe("cancelled")
  expect((await send(`GET /transfers/${id}`)).body.status).toBe("cancelled")
}

async function expectCommitted({ id, source, target }: GivenTransfer) {
  expect(await send(`GET /transfers/${id}`)).toEqual({
    status: 200,
    body: { transferId: id, status: "committed", source, target, amount: 50 },
  })
  expect(await movementsOf(source)).toEqual({ [`${id}-debit`]: -50 })
  expect(await movementsOf(target)).toEqual({ [`${id}-credit`]: 50 })
  expect([await balanceOf(source), await balanceOf(target)]).toEqual([150, 150])
}

async function expectCompensated({ id, source, target }: GivenTransfer) {
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

async function expectUntouched({ source, target }: GivenTransfer) {
  expect(await movementsOf(source)).toEqual({})
  expect(await movementsOf(target)).toEqual({})
  expect([await balanceOf(source), await balanceOf(target)]).toEqual([200, 100])
}

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

describe("transfers", () => {
  test("a transfer is accepted, and its status tells when it is committed", async () => {
    const transfer = await givenTransfer()
    const { id, body } = transfer
    const accepted = await send(`POST /transfers/${id}`, { body })
    expect(accepted.status).toBe(202)
    expect(accepted.body).toMatchObject({ transferId: id, statusUrl: `/transfers/${id}` })
    await sendUntil(`GET ${accepted.body.statusUrl}`, ({ body }) => body.status !== "processing")
    await expectCommitted(transfer)
  })

  test("waited for, the answer is the outcome", async () => {
    const transfer = await givenTransfer()
    const answer = await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      transferId: transfer.id,
      status: "committed",
      ...transfer.body,
    })
    await expectCommitted(transfer)
  })

  test("waited for in vain, the answer is 202", async () => {
    const transfer = await givenTransfer()
    const answer = await send(`POST /transfers/${transfer.id}?wait=50`, {
      body: transfer.body,
      fault: "creditTarget:1",
    })
    expect(answer).toMatchObject({ status: 202, body: { status: "processing" } })
    await endOf(transfer.runId)
    await expectCommitted(transfer)
  })

  test("the seed's demo: 50 go through, 75 to a closed account come back", async () => {
    const alice = await givenAccount("alice", 200)
    const bob = await givenAccount("bob", 1)
    const ok = await send(`POST /transfers/${named("demo")}?wait=10000`, {
      body: { source: alice, target: bob, amount: 50 },
    })
    expect(ok.body.status).toBe("committed")
    await close(bob)
    const back = await send(`POST /transfers/${named("demo")}?wait=10000`, {
      body: { source: alice, target: bob, amount: 75 },
    })
    expect(back.body.status).toBe("compensated")
    expect([await balanceOf(alice), await balanceOf(bob)]).toEqual([150, 51])
  })

  test("row `same id twice`: one set of entries, the same result; another body is 409", async () => {
    const transfer = await givenTransfer()
    const line = `POST /transfers/${transfer.id}?wait=10000`
    const answers = await Promise.all([1, 2, 3].map(() => send(line, { body: transfer.body })))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    for (const other of [{ amount: 51 }, { target: transfer.source, source: transfer.target }]) {
      const conflict = await send(line, { body: { ...transfer.body, ...other } })
      expect(conflict).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
    }
    await expectCommitted(transfer)
  })

  test("a field left out of a repeated start agrees with what the run has", async () => {
    const transfer = await givenTransfer()
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    expect((await send(`POST /transfers/${transfer.id}?wait=10000`)).status).toBe(200)
    expect((await send(`POST /transfers/${transfer.id}`, { body: { amount: 50 } })).status).toBe(
      202,
    )
    expect((await send(`POST /transfers/${transfer.id}`, { body: { amount: 51 } })).status).toBe(
      409,
    )
    await expectCommitted(transfer)
  })

  test.each([0, -5, 0.5, 1e300, LARGEST + 1, "50", null, undefined, [50], { amount: 50 }])(
    "Trap: amount %o is 400 before any debit",
    async (amount) => {
      const transfer = await givenTransfer()
      const answer = await send(`POST /transfers/${transfer.id}`, {
        body: { ...transfer.body, amount },
      })
      expect(answer.status).toBe(400)
      expect(answer.body.error.message).toContain("amount")
      expect((await send(`GET /transfers/${transfer.id}`)).status).toBe(404)
      await expectUntouched(transfer)
    },
  )

  test("Trap: a transfer to the same account is 400 before any debit", async () => {
    const transfer = await givenTransfer()
    const body = { ...transfer.body, target: transfer.source }
    expect((await send(`POST /transfers/${transfer.id}`, { body })).status).toBe(400)
    await expectUntouched(transfer)
  })

  test("an account that does not exist is 404, one that is not named 400, before any debit", async () => {
    const transfer = await givenTransfer()
    const line = `POST /transfers/${transfer.id}`
    for (const field of ["source", "target"]) {
      const unknown = await send(line, { body: { ...transfer.body, [field]: named("nobody") } })
      expect(unknown.status).toBe(404)
      for (const value of [undefined, 7, ""]) {
        const answer = await send(line, { body: { ...transfer.body, [field]: value } })
        expect(answer.status).toBe(400)
        expect(answer.body.error.message).toContain(field)
      }
    }
    expect((await send(`GET ${line.slice(5)}`)).status).toBe(404)
    await expectUntouched(transfer)
  })

  test.each(["{", '"text"', "[]", "7", "null"])("the body %s is 400", async (body) => {
    const transfer = await givenTransfer()
    expect((await send(`POST /transfers/${transfer.id}`, { body })).status).toBe(400)
    expect((await send(`POST /transfers/${transfer.id}`, { body: transfer.body })).status).toBe(202)
  })

  test("Trap: not enough money is rejected and writes no entry", async () => {
    const transfer = await givenTransfer()
    const body = { ...transfer.body, amount: 201 }
    const answer = await send(`POST /transfers/${transfer.id}?wait=10000`, { body })
    expect(answer).toMatchObject({
      status: 200,
      body: { status: "rejected", reason: "insufficient" },
    })
    expect(await send(`GET /transfers/${transfer.id}`)).toMatchObject({
      body: { status: "rejected" },
    })
    await expectUntouched(transfer)
  })

  test("the whole balance can be moved", async () => {
    const transfer = await givenTransfer()
    const body = { ...transfer.body, amount: 200 }
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body })
    expect([await balanceOf(transfer.source), await balanceOf(transfer.target)]).toEqual([0, 300])
  })

  test("a hundred transfers at once from one account overdraw nothing and keep the sum", async () => {
    const source = await givenAccount("alice", 500)
    const target = await givenAccount("bob", 1)
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        send(`POST /transfers/${named("many")}?wait=12000`, {
          body: { source, target, amount: 10 },
        }),
      ),
    )
    const statuses = answers.map(({ body }) => body.status)
    expect(statuses.filter((status) => status === "committed")).toHaveLength(50)
    expect(statuses.filter((status) => status === "rejected")).toHaveLength(50)
    expect([await balanceOf(source), await balanceOf(target)]).toEqual([0, 501])
  })

  test("by the engine's own route, a bad input is 400 and a missing account rejected before any debit", async () => {
    const transfer = await givenTransfer()
    const { id, body } = transfer
    const start = (input: unknown[]) =>
      send(`POST /v1/runs/${transfer.runId}?wait=10000`, {
        body: { workflow: "transferMoney", input },
      })
    for (const input of [
      [],
      [{}],
      [{ transferId: id, ...body, amount: 0 }],
      [{ transferId: id, ...body }, 1],
    ]) {
      expect((await start(input)).status).toBe(400)
    }
    const answer = await start([{ transferId: id, ...body, target: named("nobody") }])
    expect(answer).toMatchObject({
      status: 201,
      body: { status: "completed", result: { status: "rejected", reason: "unknown_account" } },
    })
    await expectUntouched(transfer)
  })

  test("two runs of one transfer id move the money once", async () => {
    const transfer = await givenTransfer()
    const input = [{ transferId: transfer.id, ...transfer.body }]
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    const again = await send(`POST /v1/runs/${named("other")}?wait=10000`, {
      body: { workflow: "transferMoney", input },
    })
    expect(again.body.result.status).toBe("committed")
    const elsewhere = await givenAccount("eve", 1)
    const other = await send(`POST /v1/runs/${named("other")}?wait=10000`, {
      body: { workflow: "transferMoney", input: [{ ...input[0], target: elsewhere }] },
    })
    expect(other.body.result).toMatchObject({ status: "rejected", reason: "conflict" })
    expect(await balanceOf(elsewhere)).toBe(1)
    await expectCommitted(transfer)
  })

  test("an unknown transfer is 404", async () => {
    expect(await send(`GET /transfers/${named("nothing")}`)).toMatchObject({
      status: 404,
      body: { error: { code: "run_unknown" } },
    })
  })

  test("the published state tells how it ended", async () => {
    const transfer = await givenTransfer()
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    expect(await send(`GET /v1/runs/${transfer.runId}/state/transfer`)).toMatchObject({
      status: 200,
      body: { transferId: transfer.id, status: "committed" },
    })
  })
})

// Side by side, because most of them wait for a retry.
describe.concurrent("the failure table", () => {
  test.each(["crash", "throw", "hang"])(
    "row `crash debit → credit`, in the debit (%s): debited once, goes on at the credit",
    async (action) => {
      const transfer = await givenTransfer()
      const fault = `debitSource:1:${action}`
      await send(`POST /transfers/${transfer.id}`, { body: transfer.body, fault })
      expect((await endOf(transfer.runId)).status).toBe("completed")
      await expectCommitted(transfer)
      expect(await attemptsOf(transfer.runId, "debitSource")).toBe(2)
    },
  )

  test("row `crash debit → credit`, after the debit's checkpoint: the debit does not run again", async () => {
    const transfer = await givenTransfer()
    await send(`POST /transfers/${transfer.id}`, {
      body: transfer.body,
      fault: "creditTarget:1:hang",
    })
    await sendUntil(`GET /v1/runs/${transfer.runId}/state/transfer`, ({ status }) => status === 200)
    await crash(transfer.runId)
    expect((await endOf(transfer.runId)).status).toBe("completed")
    await expectCommitted(transfer)
    expect(await attemptsOf(transfer.runId, "debitSource")).toBe(1)
  })

  test("row `credit rejected`: reversed, compensated, the sum unchanged, no second attempt", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    const answer = await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    expect(answer).toMatchObject({ status: 200, body: { status: "compensated" } })
    await expectCompensated(transfer)
    expect(await attemptsOf(transfer.runId, "creditTarget")).toBe(1)
  })

  test("the reversal is accepted by a source that was closed meanwhile", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    await close(transfer.source)
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    await expectCompensated(transfer)
  })

  test.each(["creditTarget:1:crash", "reverseDebit:1:crash", "reverseDebit:1:hang"])(
    "row `crash inside compensation`, %s: the reversal is applied once",
    async (fault) => {
      const transfer = await givenTransfer()
      await close(transfer.target)
      await send(`POST /transfers/${transfer.id}`, { body: transfer.body, fault })
      expect((await endOf(transfer.runId)).status).toBe("completed")
      await expectCompensated(transfer)
    },
  )

  test("row `reversal fails`: retried until done, never compensated while the ledger is short", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    const fault = "reverseDebit:1:throw,reverseDebit:2:throw"
    const first = await send(`POST /transfers/${transfer.id}?wait=500`, {
      body: transfer.body,
      fault,
    })
    expect(first.body.status).toBe("processing")
    expect((await endOf(transfer.runId)).status).toBe("completed")
    await expectCompensated(transfer)
    expect(await attemptsOf(transfer.runId, "reverseDebit")).toBe(3)
  })

  test("Trap: credit applied but the reply lost (killed): the same op id is tried again, nothing is reversed", async () => {
    const transfer = await givenTransfer()
    await send(`POST /transfers/${transfer.id}`, {
      body: transfer.body,
      fault: "creditTarget:1:crash",
    })
    expect((await endOf(transfer.runId)).status).toBe("completed")
    await expectCommitted(transfer)
    expect(await attemptsOf(transfer.runId, "creditTarget")).toBe(2)
    expect(await stepsOf(transfer.runId, "reverseDebit")).toEqual([])
  })

  test.each(["throw", "hang"])(
    "Trap: credit applied but the reply lost (%s), the account closed meanwhile: still committed",
    async (action) => {
      const transfer = await givenLostReply("creditTarget", action)
      await accountObject(transfer.target).credit(legOf(transfer, transfer.source))
      await close(transfer.target)
      expect((await endOf(transfer.runId)).status).toBe("completed")
      await expectCommitted(transfer)
      expect(await stepsOf(transfer.runId, "reverseDebit")).toEqual([])
    },
  )

  test.each(["throw", "hang"])(
    "an ambiguous credit that was not applied (%s) is tried again and applied once",
    async (action) => {
      const transfer = await givenLostReply("creditTarget", action)
      expect((await endOf(transfer.runId)).status).toBe("completed")
      await expectCommitted(transfer)
    },
  )

  test("row `cancel mid-transfer`, the credit applied: it stands, and nothing is reversed", async () => {
    const transfer = await givenLostReply("creditTarget", "throw")
    await accountObject(transfer.target).credit(legOf(transfer, transfer.source))
    await cancel(transfer)
    expect(await movementsOf(transfer.source)).toEqual({ [`${transfer.id}-debit`]: -50 })
    expect(await movementsOf(transfer.target)).toEqual({ [`${transfer.id}-credit`]: 50 })
  })

  test("row `cancel mid-transfer`, the credit not applied: the debit is given back, the credit never comes", async () => {
    const transfer = await givenLostReply("creditTarget", "hang")
    await cancel(transfer)
    expect(await movementsOf(transfer.source)).toEqual({
      [`${transfer.id}-debit`]: -50,
      [`${transfer.id}-reversal`]: 50,
    })
    const late = await accountObject(transfer.target).credit(legOf(transfer, transfer.source))
    expect(late).toMatchObject({ outcome: "refused", reason: "withdrawn" })
    expect(await movementsOf(transfer.target)).toEqual({})
  })

  test("row `cancel mid-transfer`, the debit applied but its reply lost: it is given back", async () => {
    const transfer = await givenLostReply("debitSource", "throw")
    await accountObject(transfer.source).debit(legOf(transfer, transfer.target))
    await cancel(transfer)
    expect([await balanceOf(transfer.source), await balanceOf(transfer.target)]).toEqual([200, 100])
  })

  test("row `cancel mid-transfer`, before the debit: nothing is ever written", async () => {
    const transfer = await givenLostReply("debitSource", "throw")
    await cancel(transfer)
    const late = await accountObject(transfer.source).debit(legOf(transfer, transfer.target))
    expect(late).toMatchObject({ outcome: "refused", reason: "withdrawn" })
    await expectUntouched(transfer)
  })

  test("past its deadline a transfer is given back, not left half done", async () => {
    const { id, runId, ...transfer } = await givenTransfer()
    const { source, target } = transfer
    const input = [{ transferId: id, ...transfer.body }]
    const body = { workflow: "transferMoney", input, timeoutMs: 300 }
    await send(`POST /v1/runs/${runId}`, { body, fault: "creditTarget:1:hang" })
    expect((await endOf(runId)).status).toBe("timed_out")
    expect([await balanceOf(source), await balanceOf(target)]).toEqual([200, 100])
  })

  test("an eviction after the end changes nothing", async () => {
    const transfer = await givenTransfer()
    await send(`POST /transfers/${transfer.id}?wait=10000`, { body: transfer.body })
    await evict(transfer.runId)
    await expectCommitted(transfer)
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

describe("illegal paths of the saga have no way to be taken", () => {
  const TRANSFER = { transferId: "t", source: "a", target: "b", amount: 5 }
  const REJECTION = new NonRetryableError("target account 'b' rejected the credit", {
    code: "credit_rejected",
  })

  test.each([
    [
      "debited, credited",
      { debitSource: { type: "debited" } },
      ["debitSource", "creditTarget"],
      "committed",
    ],
    ["not debited", { debitSource: { type: "rejected" } }, ["debitSource"], "rejected"],
    [
      "debited, credit rejected",
      {
        debitSource: { type: "debited" },
        creditTarget: REJECTION,
        reverseDebit: { type: "reversed" },
      },
      ["debitSource", "creditTarget", "reverseDebit"],
      "compensated",
    ],
  ])("%s", (_case, answers, called, status) => {
    const performance = perform((ctx) => transferMoney(ctx, TRANSFER), answers)
    expect(performance.called).toEqual(called)
    expect(performance.result).toMatchObject({ status })
  })
})
