// Money transfer under failure: the table and the Traps of the original, row by row.
import { describe, expect, test } from "vitest"
import { attemptsOf, crash, endOf, evict, send, sendUntil, stepsOf } from "./support/service.ts"
import {
  named,
  givenAccount,
  balanceOf,
  movementsOf,
  close,
  givenTransfer,
  accountObject,
  legOf,
  givenLostReply,
  cancel,
  expectCommitted,
  expectCompensated,
  expectUntouched,
} from "./support/transfers.ts"

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

  test("a late attempt that found no target gives nothing back of what a later one has taken", async () => {
    const target = named("bob")
    const source = await givenAccount("alice", 200)
    const leg = { transferId: named("t"), amount: 50, counterparty: target }
    // The second attempt: the target was opened meanwhile.
    expect(await accountObject(source).debit(leg)).toMatchObject({ outcome: "applied" })
    // The first one, whose question about the target was answered late.
    expect(await accountObject(source).withdrawDebit(leg)).toMatchObject({ outcome: "applied" })
    expect(await balanceOf(source)).toBe(150)
  })

  test("a debit that was withdrawn before it came is refused for ever", async () => {
    const source = await givenAccount("alice", 200)
    const leg = { transferId: named("t"), amount: 50, counterparty: named("bob") }
    const withdrawn = { outcome: "refused", reason: "withdrawn" }
    expect(await accountObject(source).withdrawDebit(leg)).toMatchObject(withdrawn)
    expect(await accountObject(source).debit(leg)).toMatchObject(withdrawn)
    expect(await balanceOf(source)).toBe(200)
  })

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

  test("cancelled while a rejected credit is being compensated: the debit is given back all the same", async () => {
    const transfer = await givenTransfer()
    await close(transfer.target)
    const fault = "reverseDebit:1:throw"
    await send(`POST /transfers/${transfer.id}`, { body: transfer.body, fault })
    await sendUntil(`GET /v1/runs/${transfer.runId}/journal`, ({ body }) =>
      body.entries.some(({ name, attempts }) => name === "reverseDebit" && attempts === 1),
    )
    await cancel(transfer)
    expect([await balanceOf(transfer.source), await balanceOf(transfer.target)]).toEqual([200, 100])
  })

  test("a reversal that fails shortly before the deadline of the run is not given up", async () => {
    const { id, runId, ...transfer } = await givenTransfer()
    await close(transfer.target)
    const input = [{ transferId: id, ...transfer.body }]
    const body = { workflow: "transferMoney", input, timeoutMs: 1_000 }
    await send(`POST /v1/runs/${runId}`, { body, fault: "reverseDebit:1:throw" })
    await endOf(runId)
    expect([await balanceOf(transfer.source), await balanceOf(transfer.target)]).toEqual([200, 100])
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

test("invariant: whatever fails or is killed, the sum changes only by deposits, and every transfer ends whole", async () => {
  const accounts = await Promise.all(["a", "b", "c"].map((name) => givenAccount(name, 100)))
  const closed = await givenAccount("closed", 100)
  await close(closed)
  const everybody = [...accounts, closed]
  const faults = ["debitSource", "creditTarget", "reverseDebit"].flatMap((step) =>
    ["1:crash", "1:throw", "1:crash,*:2:throw"].map((rest) => `${step}:${rest.replace("*", step)}`),
  )
  const transfers = faults.flatMap((fault, index) =>
    everybody.map((target, offset) => {
      const others = everybody.filter((account) => account !== target)
      const source = others[(index + offset) % others.length] ?? ""
      return { id: named("inv"), fault, body: { source, target, amount: 30 + index } }
    }),
  )
  await Promise.all(
    transfers.map(({ id, fault, body }) => send(`POST /transfers/${id}`, { body, fault })),
  )
  await Promise.all(transfers.map(({ id }) => endOf(`transfer-${id}`)))
  const expected = Object.fromEntries(everybody.map((account) => [account, 100]))
  const ended: string[] = []
  for (const { id, body } of transfers) {
    const { status } = (await send(`GET /transfers/${id}`)).body
    ended.push(status)
    const leg = status === "committed" ? body.amount : 0
    expected[body.source] = (expected[body.source] ?? 0) - leg
    expected[body.target] = (expected[body.target] ?? 0) + leg
    const movements = { ...(await movementsOf(body.source)), ...(await movementsOf(body.target)) }
    const opIds = Object.keys(movements).filter((opId) => opId.startsWith(`${id}-`))
    const legs = { committed: ["debit", "credit"], compensated: ["debit", "reversal"] }
    const wanted = status === "committed" || status === "compensated" ? legs[status] : []
    expect(new Set(opIds)).toEqual(new Set(wanted.map((note) => `${id}-${note}`)))
  }
  expect(new Set(ended)).toEqual(new Set(["committed", "compensated", "rejected"]))
  for (const account of everybody) expect(await balanceOf(account)).toBe(expected[account])
})
