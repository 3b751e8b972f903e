// Ledger transfer over HTTP: the routes, what is refused before anything is reserved, what a transfer ends as, and what
// happens when one transfer id is asked for more than once.
import { env } from "cloudflare:workers"
import { runInDurableObject } from "cloudflare:test"
import { describe, expect, test } from "vitest"
import { fakeWatch } from "../http/support/fake-runs.ts"
import { fakeSchedules } from "../http/support/fake-schedules.ts"
import { encode } from "../../src/engine/values/codec.ts"
import type { RunRecord, Runs, StartRequest } from "../../src/engine/ports/runs.ts"
import { consolePage } from "../../src/console/page.ts"
import { createApp } from "../../src/http/app.ts"
import { createHost } from "../../src/http/host.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { clearingAccount } from "../../src/systems/ledger-transfer/ledger-records.ts"
import { openClearingAccount } from "../../src/systems/ledger-transfer/opening-step.ts"
import { ledgerTransferRoutes } from "../../src/systems/ledger-transfer/routes.ts"
import {
  AMOUNT,
  byHand,
  createAccount,
  endedView,
  expectCommitted,
  FUNDS,
  fund,
  givenLedgerTransfer,
  MOVED,
  moneyOf,
  namesOfSteps,
  start,
  UNTOUCHED,
  viewOf,
  closeBankAccount,
  closeSource,
  type GivenLedgerTransfer,
} from "./support/ledger-transfers.ts"
import { newGuid } from "./support/ledger-accounts.ts"
import { evict, send } from "./support/service.ts"
import { testLedger } from "./support/test-ledger.ts"
import { fakeIndex } from "../http/support/fake-index.ts"

const WAIT = "?wait=10000"

type TransferForm = GivenLedgerTransfer["body"]

describe("a transfer", () => {
  test("is accepted, and its status tells when it is committed", async () => {
    const transfer = await givenLedgerTransfer()
    const accepted = await start(transfer)
    expect(accepted.status).toBe(202)
    expect(accepted.body).toMatchObject({
      transferId: transfer.id,
      statusUrl: `/ledger-transfers/${transfer.id}`,
    })
    await endedView(transfer)
    await expectCommitted(transfer)
    expect(await namesOfSteps(transfer)).toEqual([
      "openClearingAccount",
      "reserveAmount",
      "creditBank",
      "postReservation",
    ])
  })

  test("that is waited for answers with its end, and again with the same", async () => {
    const transfer = await givenLedgerTransfer(60)
    const first = await start(transfer, undefined, WAIT)
    expect(first).toMatchObject({
      status: 200,
      body: { status: "committed", reservationSeconds: 60, ...transfer.body },
    })
    expect(await start(transfer, undefined, WAIT)).toEqual(first)
    await expectCommitted(transfer)
  })

  test("from an account that account creation made is named by its UUID, in any case", async () => {
    const uuid = crypto.randomUUID()
    const { guid } = (await send(`PUT /accounts/${uuid}`)).body
    await fund(BigInt(guid), FUNDS)
    const transfer = await givenLedgerTransfer()
    const named = { ...transfer, body: { ...transfer.body, source: uuid.toUpperCase() } }
    const { body } = await start(named, undefined, WAIT)
    expect(body).toMatchObject({ status: "committed", source: uuid })
    expect(await moneyOf({ ...transfer, source: guid })).toEqual(MOVED)
  })

  test("of an amount written as a decimal text is the same transfer as that of the number", async () => {
    const transfer = await givenLedgerTransfer()
    const asText = { ...transfer.body, amount: String(AMOUNT) }
    const line = `POST /ledger-transfers/${transfer.id}${WAIT}`
    expect((await send(line, { body: asText })).body.status).toBe("committed")
    expect((await start(transfer)).status).toBe(202)
    await expectCommitted(transfer)
  })

  test("is started by the engine's own route as well, where an amount may be a text too", async () => {
    const transfer = await givenLedgerTransfer()
    const input = [{ transferId: transfer.id, ...transfer.body, amount: String(AMOUNT) }]
    const { body } = await send(`POST /v1/runs/${transfer.runId}${WAIT}`, {
      body: { workflow: "ledgerTransfer", input },
    })
    expect(body.result).toMatchObject({ status: "committed", amount: AMOUNT })
    await expectCommitted(transfer)
  })

  test("that the source cannot pay is rejected with the ledger's status, and nothing is reserved", async () => {
    const transfer = await givenLedgerTransfer()
    const tooMuch = { ...transfer, body: { ...transfer.body, amount: FUNDS + 1 } }
    const { body } = await start(tooMuch, undefined, WAIT)
    expect(body).toMatchObject({ status: "rejected", reason: "exceeds_credits" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test("from an account that is closed is rejected", async () => {
    const transfer = await givenLedgerTransfer()
    await closeSource(transfer.source)
    const { body } = await start(transfer, undefined, WAIT)
    expect(body).toMatchObject({ status: "rejected", reason: "debit_account_already_closed" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test("that the bank refuses is compensated: the reservation is let go of", async () => {
    const transfer = await givenLedgerTransfer()
    await closeBankAccount(transfer.bankAccount)
    const { body } = await start(transfer, undefined, WAIT)
    expect(body).toMatchObject({ status: "compensated", reason: "closed" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
    await closeBankAccount(transfer.bankAccount, false)
    expect((await viewOf(transfer)).body.status).toBe("compensated")
  })

  test("publishes how it ended", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, undefined, WAIT)
    const state = await send(`GET /v1/runs/${transfer.runId}/state/transfer`)
    expect(state).toMatchObject({
      status: 200,
      body: { transferId: transfer.id, status: "committed" },
    })
  })

  test("that nobody has asked for is 404", async () => {
    expect(await send(`GET /ledger-transfers/${crypto.randomUUID()}`)).toMatchObject({
      status: 404,
      body: { error: { code: "run_unknown" } },
    })
  })

  test("runs side by side with others from one source, which is never overdrawn", async () => {
    const given = await givenLedgerTransfer()
    const transfers = Array.from({ length: 10 }, () => {
      const id = crypto.randomUUID()
      return { ...given, id, runId: `ledger-transfer-${id}` }
    })
    const answers = await Promise.all(transfers.map((transfer) => start(transfer, undefined, WAIT)))
    const statuses = answers.map(({ body }) => body.status)
    expect(statuses.filter((status) => status === "committed")).toHaveLength(3)
    expect(statuses.filter((status) => status === "rejected")).toHaveLength(7)
    expect(await moneyOf(given)).toMatchObject({ debited: 900, cleared: 900, pending: 0 })
    expect((await send(`GET /balances/${given.bankAccount}`)).body.balance).toBe(910)
  })
})

describe("refused before anything is started", () => {
  async function expectNothing(transfer: GivenLedgerTransfer) {
    expect((await viewOf(transfer)).status).toBe(404)
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  }

  test.each([
    0,
    -5,
    0.5,
    1e300,
    Number.MAX_SAFE_INTEGER + 1,
    "9007199254740992",
    "0",
    "-5",
    "1.5",
    "1e3",
    " 7",
    "",
    "0x10",
    null,
    undefined,
    [AMOUNT],
    { amount: AMOUNT },
  ])("amount %o is 400", async (amount) => {
    const transfer = await givenLedgerTransfer()
    const answer = await send(`POST /ledger-transfers/${transfer.id}`, {
      body: { ...transfer.body, amount },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain("amount")
    await expectNothing(transfer)
  })

  test.each([0, -1, 1.5, 86_401, "60", null])("reservationSeconds %o is 400", async (seconds) => {
    const transfer = await givenLedgerTransfer()
    const answer = await send(`POST /ledger-transfers/${transfer.id}`, {
      body: { ...transfer.body, reservationSeconds: seconds },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain("reservationSeconds")
    await expectNothing(transfer)
  })

  test.each([1, 86_400])("reservationSeconds %o is taken", async (reservationSeconds) => {
    const transfer = await givenLedgerTransfer(reservationSeconds)
    expect((await start(transfer)).status).toBe(202)
    await endedView(transfer)
  })

  test.each([
    "0",
    "-1",
    "alice",
    "1.5",
    "007",
    String(2n ** 128n - 1n),
    String(2n ** 128n),
    7,
    null,
    undefined,
    `${crypto.randomUUID()}0`,
  ])("source %o is 400", async (source) => {
    const transfer = await givenLedgerTransfer()
    const answer = await send(`POST /ledger-transfers/${transfer.id}`, {
      body: { ...transfer.body, source },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain("source")
    await expectNothing(transfer)
  })

  test("a source that the ledger does not have is 404, by its id and by its UUID", async () => {
    const transfer = await givenLedgerTransfer()
    const elsewhere = (await createAccount(0, 2)).toString()
    for (const source of ["12345", elsewhere, crypto.randomUUID()]) {
      const answer = await send(`POST /ledger-transfers/${transfer.id}`, {
        body: { ...transfer.body, source },
      })
      expect(answer).toMatchObject({ status: 404, body: { error: { code: "state_unknown" } } })
      expect(answer.body.error.message).toContain(source)
    }
    await expectNothing(transfer)
  })

  test.each(["another bank account's", "its own bank account's"])(
    "a source that is a clearing account, %s, is 400: nobody would have paid",
    async (whose) => {
      const paid = await givenLedgerTransfer()
      await start(paid, undefined, WAIT)
      const { id } = await clearingAccount(paid.bankAccount)
      const transfer = await givenLedgerTransfer()
      const body = { ...transfer.body, source: id.toString(), amount: 100_000 }
      if (whose.startsWith("its own")) body.bankAccount = paid.bankAccount
      const answer = await send(`POST /ledger-transfers/${transfer.id}${WAIT}`, { body })
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_request", details: { fields: ["source"] } } },
      })
      expect(answer.body.error.message).toContain(`source: ledger account ${id}`)
      await expectNothing(transfer)
      expect(await moneyOf(paid)).toEqual(MOVED)
    },
  )

  test("a bank account that does not exist is 404, one that is not named 400", async () => {
    const transfer = await givenLedgerTransfer()
    const line = `POST /ledger-transfers/${transfer.id}`
    const bankAccount = crypto.randomUUID()
    const unknown = await send(line, { body: { ...transfer.body, bankAccount } })
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: "state_unknown" } } })
    for (const value of [undefined, 7, ""]) {
      const answer = await send(line, { body: { ...transfer.body, bankAccount: value } })
      expect(answer.status).toBe(400)
      expect(answer.body.error.message).toContain("bankAccount")
    }
    await expectNothing(transfer)
  })

  test("a deposit cannot take the op id of a payout or payback", async () => {
    const { bankAccount } = await givenLedgerTransfer()
    for (const opId of ["x-payout", "x-payback"]) {
      const line = `POST /balances/${bankAccount}/deposits/${opId}`
      expect((await send(line, { body: { amount: 1 } })).status).toBe(400)
    }
  })

  test("by the engine's own route a bad input is 400, and an unknown source is rejected", async () => {
    const transfer = await givenLedgerTransfer()
    const begin = (input: unknown[]) =>
      send(`POST /v1/runs/${transfer.runId}${WAIT}`, {
        body: { workflow: "ledgerTransfer", input },
      })
    const given = { transferId: transfer.id, ...transfer.body }
    for (const input of [[], [{}], [{ ...given, amount: 0 }], [given, 1]]) {
      expect((await begin(input)).status).toBe(400)
    }
    const { body } = await begin([{ ...given, source: crypto.randomUUID() }])
    expect(body.result).toMatchObject({ status: "rejected", reason: "source_unknown" })
    expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
  })

  test.each(["no account", "an account of another ledger"])(
    "by the engine's own route a source that is %s is rejected before anything is reserved",
    async (what) => {
      const transfer = await givenLedgerTransfer()
      const id = what === "no account" ? BigInt(newGuid()) : await createAccount(0, 2)
      const { result } = await startByEngine({ ...transfer.body, source: id.toString() }, transfer)
      expect(result).toMatchObject({ status: "rejected", reason: "source_unknown" })
      expect(await namesOfSteps(transfer)).toEqual(["openClearingAccount"])
      expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
    },
  )

  test.each(["another bank account's", "its own bank account's"])(
    "by the engine's own route a clearing account, %s, is rejected as a source",
    async (whose) => {
      const paid = await givenLedgerTransfer()
      await start(paid, undefined, WAIT)
      const { id } = await clearingAccount(paid.bankAccount)
      const transfer = await givenLedgerTransfer()
      const body = { ...transfer.body, source: id.toString(), amount: 100_000 }
      if (whose.startsWith("its own")) body.bankAccount = paid.bankAccount
      const { result } = await startByEngine(body, transfer)
      expect(result).toMatchObject({ status: "rejected", reason: "source_is_clearing_account" })
      expect(await namesOfSteps(transfer)).toEqual(["openClearingAccount"])
      expect(await moneyOf(transfer)).toEqual(UNTOUCHED)
      expect(await moneyOf(paid)).toEqual(MOVED)
    },
  )

  test("nor is one a source that is made only after the source was looked up", async () => {
    const paid = await givenLedgerTransfer()
    const clearing = await clearingAccount(paid.bankAccount)
    const transfer = await givenLedgerTransfer()
    const { ctx, input } = await byHand(transfer, { runCreatedAtMs: Date.now() })
    const opening = await openClearingAccount(ctx, { ...input, source: clearing.id.toString() })
    expect(opening).toMatchObject({ type: "rejected", reason: "source_unknown" })
  })
})

/** Starts the transfer past its own route; gives how the run ended. */
async function startByEngine(body: object, { id, runId }: GivenLedgerTransfer) {
  const input = [{ transferId: id, ...body }]
  const sent = await send(`POST /v1/runs/${runId}${WAIT}`, {
    body: { workflow: "ledgerTransfer", input },
  })
  return sent.body
}

describe("a start while the ledger does not answer", () => {
  function appOver(lookupAccounts: () => Promise<never>) {
    const started: StartRequest[] = []
    const runs = {
      get: () => Promise.resolve(undefined),
      start: (id: string, request: StartRequest) => {
        started.push(request)
        const run = { id, workflow: request.workflow, status: "running", inputText: encode([]) }
        return Promise.resolve({ created: true, run: run as unknown as RunRecord })
      },
    } as unknown as Runs
    const ledger = Object.assign(testLedger(), { lookupAccounts })
    const app = createApp({
      runs: () => runs,
      watch: () => fakeWatch(),
      schedules: () => fakeSchedules(),
      workflows: () => [],
      index: () => fakeIndex(),
      page: consolePage,
      mount: (routes) => {
        routes.use(async (c, next) => {
          c.set("host", createHost(runs, c.env))
          await next()
        })
        routes.route(
          "/",
          ledgerTransferRoutes(() => ledger),
        )
      },
    })
    return { app, started }
  }

  test.each(["ledger_unavailable", "ledger_unknown", "ledger_not_configured"] as const)(
    "is taken (%s): the reservation will say whether there is a source",
    async (code) => {
      const transfer = await givenLedgerTransfer()
      const { app, started } = appOver(() =>
        Promise.reject(new LedgerError(code, "The relay is away.")),
      )
      const response = await app.request(
        `http://belay/ledger-transfers/${transfer.id}`,
        { method: "POST", body: JSON.stringify(transfer.body) },
        env,
      )
      expect(response.status).toBe(202)
      expect(started).toHaveLength(1)
    },
  )

  test("is refused all the same when the source is the bank account's own clearing account", async () => {
    const transfer = await givenLedgerTransfer()
    const { app, started } = appOver(() =>
      Promise.reject(new LedgerError("ledger_unavailable", "The relay is away.")),
    )
    const { id } = await clearingAccount(transfer.bankAccount)
    const body = JSON.stringify({ ...transfer.body, source: id.toString() })
    const url = `http://belay/ledger-transfers/${transfer.id}`
    const response = await app.request(url, { method: "POST", body }, env)
    expect(response.status).toBe(400)
    expect(started).toEqual([])
  })
})

describe("one transfer id asked for more than once", () => {
  test("at once: one transfer, the same answer; another body is 409", async () => {
    const transfer = await givenLedgerTransfer()
    const answers = await Promise.all([1, 2, 3].map(() => start(transfer, undefined, WAIT)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    const other = await givenLedgerTransfer()
    for (const change of [
      { amount: AMOUNT + 1 },
      { source: other.source },
      { bankAccount: other.bankAccount },
      { reservationSeconds: 299 },
    ]) {
      const answer = await send(`POST /ledger-transfers/${transfer.id}`, {
        body: { ...transfer.body, ...change },
      })
      expect(answer).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
    }
    await expectCommitted(transfer)
  })

  test("a field left out agrees with what the run has", async () => {
    const transfer = await givenLedgerTransfer(120)
    await start(transfer, undefined, WAIT)
    const line = `POST /ledger-transfers/${transfer.id}`
    expect((await send(line)).status).toBe(202)
    expect((await send(line, { body: { amount: AMOUNT } })).status).toBe(202)
    expect((await send(line, { body: { amount: AMOUNT + 1 } })).status).toBe(409)
    await expectCommitted(transfer)
  })

  test.each<[string, (body: TransferForm) => object]>([
    ["the amount as text", (body) => ({ ...body, amount: String(body.amount) })],
    ["without the reservation's time", (body) => body],
    ["with a member nobody asked for", (body) => ({ ...body, memo: "rent" })],
  ])(
    "started by the engine's own route, %s: asked for here it is the same transfer",
    async (_, form) => {
      const transfer = await givenLedgerTransfer()
      await startByEngine(form(transfer.body), transfer)
      const line = `POST /ledger-transfers/${transfer.id}${WAIT}`
      const bodies = [
        transfer.body,
        undefined,
        { amount: String(AMOUNT) },
        { ...transfer.body, reservationSeconds: 300 },
      ]
      for (const body of bodies) {
        const again = await send(line, body === undefined ? {} : { body })
        expect(again).toMatchObject({ status: 200, body: { status: "committed" } })
      }
      for (const change of [{ amount: AMOUNT + 1 }, { reservationSeconds: 299 }]) {
        const other = await send(line, { body: { ...transfer.body, ...change } })
        expect(other).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
      }
      await expectCommitted(transfer)
    },
  )

  test("started by the engine's own route with a UUID in upper case: it is the same transfer", async () => {
    const uuid = crypto.randomUUID()
    const { guid } = (await send(`PUT /accounts/${uuid}`)).body
    await fund(BigInt(guid), FUNDS)
    const transfer = await givenLedgerTransfer()
    await startByEngine({ ...transfer.body, source: uuid.toUpperCase() }, transfer)
    const line = `POST /ledger-transfers/${transfer.id}${WAIT}`
    for (const source of [uuid, uuid.toUpperCase()]) {
      const again = await send(line, { body: { ...transfer.body, source } })
      expect(again).toMatchObject({ status: 200, body: { status: "committed", source: uuid } })
    }
    expect(await moneyOf({ ...transfer, source: guid })).toEqual(MOVED)
  })

  test("started by the engine's own route under another transfer's id is another transfer: 409", async () => {
    const transfer = await givenLedgerTransfer()
    const input = [{ transferId: crypto.randomUUID(), ...transfer.body }]
    const body = { workflow: "ledgerTransfer", input }
    await send(`POST /v1/runs/${transfer.runId}${WAIT}`, { body })
    const answer = await send(`POST /ledger-transfers/${transfer.id}`, { body: transfer.body })
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
  })

  test("/transfers and /ledger-transfers of one id do not meet at the bank account", async () => {
    const transfer = await givenLedgerTransfer()
    const { id, bankAccount } = transfer
    const other = `other-${id}`
    await send(`POST /balances/${other}/deposits/seed`, { body: { amount: 50 } })
    await start(transfer, undefined, WAIT)
    const plain = await send(`POST /transfers/${id}${WAIT}`, {
      body: { source: other, target: bankAccount, amount: 50 },
    })
    expect(plain.body.status).toBe("committed")
    const { body } = await send(`GET /balances/${bankAccount}`)
    expect(body.entries.map(({ opId }) => opId)).toEqual(["seed", `${id}-payout`, `${id}-credit`])
  })

  test("by another run: the bank has paid the first, so the second lets go of its own reservation", async () => {
    const transfer = await givenLedgerTransfer()
    await start(transfer, undefined, WAIT)
    const input = [{ transferId: transfer.id, ...transfer.body }]
    const { body } = await send(`POST /v1/runs/${crypto.randomUUID()}${WAIT}`, {
      body: { workflow: "ledgerTransfer", input },
    })
    expect(body.result).toMatchObject({ status: "compensated", reason: "conflict" })
    await expectCommitted(transfer)
  })

  test.each(["committed", "compensated"])(
    "in a later life of the run (%s before): never paid twice, nothing stays reserved",
    async (before) => {
      const transfer = await givenLedgerTransfer()
      if (before === "compensated") await closeBankAccount(transfer.bankAccount)
      expect((await start(transfer, undefined, WAIT)).body.status).toBe(before)
      const money = await moneyOf(transfer)
      await closeBankAccount(transfer.bankAccount, false)
      await wipe(transfer.runId)
      expect((await viewOf(transfer)).status).toBe(404)

      const { body } = await start(transfer, undefined, WAIT)
      // The bank keeps its answer to this transfer id, whichever life asks.
      const reason = before === "committed" ? "conflict" : "closed"
      expect(body).toMatchObject({ status: "compensated", reason })
      expect(await moneyOf(transfer)).toEqual(money)
    },
  )
})

/** Every trace of the run is gone, as after DELETE. */
async function wipe(runId: string): Promise<void> {
  await runInDurableObject(env.RUNS.get(env.RUNS.idFromName(runId)), async (_, { storage }) => {
    await storage.deleteAlarm()
    await storage.deleteAll()
  })
  await evict(runId)
}
