// Money transfer over HTTP: the routes, what is refused before any debit, the paths of the saga.
import { describe, expect, test } from "vitest"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { transferMoney } from "../../src/systems/money-transfer/workflow.ts"
import { perform } from "./support/perform.ts"
import { endOf, send, sendUntil } from "./support/service.ts"
import {
  named,
  givenAccount,
  balanceOf,
  close,
  givenTransfer,
  expectCommitted,
  expectUntouched,
} from "./support/transfers.ts"

const LARGEST = Number.MAX_SAFE_INTEGER

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
