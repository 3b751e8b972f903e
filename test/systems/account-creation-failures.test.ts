// Account creation under failure: the table and the Trap of the original, row by row.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { createLedgerAccount, insertReference } from "../../src/systems/account-creation/steps.ts"
import {
  newUuid,
  newGuid,
  runOf,
  mintedIdOf,
  ledgerAccounts,
  expectCreatedOnce,
} from "./support/ledger-accounts.ts"
import { attemptsOf, crash, endOf, evict, send, sendUntil, stepsOf } from "./support/service.ts"
import { stepContext } from "./support/step-context.ts"
import { testLedger } from "./support/test-ledger.ts"

// Side by side, because most of them wait for a retry.
describe.concurrent("the failure table", () => {
  test("crash after the id is minted: the id that was told the reference stays", async () => {
    const uuid = newUuid()
    const { body } = await send(`PUT /accounts/${uuid}`, { fault: "mintLedgerId:1:crash" })
    await expectCreatedOnce(uuid, body.guid)
  })

  test("crash after the reference row, before its checkpoint: exists_same with the same id, then created", async () => {
    const uuid = newUuid()
    const { body } = await send(`PUT /accounts/${uuid}`, { fault: "insertReference:1:crash" })
    await expectCreatedOnce(uuid, body.guid)
    expect(await stepsOf(runOf(uuid), "insertReference")).toMatchObject([
      { attempts: 2, value: { type: "exists_same" } },
    ])
    expect(await attemptsOf(runOf(uuid), "mintLedgerId")).toBe(1)
  })

  test("crash after the reference's checkpoint, before the ledger: only the ledger step runs", async () => {
    const uuid = newUuid()
    await send(`PUT /accounts/${uuid}?wait=0`, { fault: "createLedgerAccount:1:hang" })
    await sendUntil(`GET /v1/runs/${runOf(uuid)}/journal`, ({ body }) =>
      body.entries.some((entry) => entry.name === "createLedgerAccount"),
    )
    await crash(runOf(uuid))
    const { body } = await send(`PUT /accounts/${uuid}`)
    await expectCreatedOnce(uuid, body.guid)
    expect(await attemptsOf(runOf(uuid), "mintLedgerId")).toBe(1)
    expect(await attemptsOf(runOf(uuid), "insertReference")).toBe(1)
    expect(await attemptsOf(runOf(uuid), "createLedgerAccount")).toBe(2)
  })

  test("Trap: crash after the ledger write, before its checkpoint: success, never P3", async () => {
    const uuid = newUuid()
    const { body } = await send(`PUT /accounts/${uuid}`, { fault: "createLedgerAccount:1:crash" })
    await expectCreatedOnce(uuid, body.guid)
    expect(await stepsOf(runOf(uuid), "createLedgerAccount")).toMatchObject([
      { attempts: 2, value: { type: "created" } },
    ])
  })

  test("Trap: the ledger's reply is lost: retried, never P3, never a duplicate", async () => {
    const uuid = newUuid()
    const creating = send(`PUT /accounts/${uuid}`, { fault: "createLedgerAccount:1:throw" })
    // The first attempt fails as the caller sees it; what it had sent arrives all the same.
    const guid = await mintedIdOf(uuid)
    await createLedgerAccount(stepContext({ ledger: testLedger() }, { id: runOf(uuid) }), guid)
    expect(await creating).toEqual({ status: 201, body: { uuid, guid } })
    await expectCreatedOnce(uuid, guid)
  })

  test.each(["throw", "hang"])(
    "the relay is down (%s): retried with the same id, never a panic, never a duplicate",
    async (action) => {
      const uuid = newUuid()
      const { status, body } = await send(`PUT /accounts/${uuid}?wait=14000`, {
        fault: `createLedgerAccount:1:${action}`,
      })
      expect(status).toBe(201)
      await expectCreatedOnce(uuid, body.guid)
      expect(await attemptsOf(runOf(uuid), "createLedgerAccount")).toBe(2)
    },
  )

  test("crash after the last checkpoint: the result comes from the journal, no step runs again", async () => {
    const uuid = newUuid()
    const first = await send(`PUT /accounts/${uuid}`)
    await evict(runOf(uuid))
    expect(await send(`PUT /accounts/${uuid}`)).toEqual({ status: 200, body: first.body })
    for (const step of ["mintLedgerId", "insertReference", "createLedgerAccount"]) {
      expect(await attemptsOf(runOf(uuid), step)).toBe(1)
    }
  })

  test("the run's state is lost, its reference row kept: P1, the ledger untouched, and an operator can go on", async () => {
    const uuid = newUuid()
    await send(`PUT /accounts/${uuid}`)
    // Another run id knows nothing of the first run, as if its state had been wiped.
    const runId = `again-${uuid}`
    await send(`POST /v1/runs/${runId}`, { body: { workflow: "createAccount", input: [uuid] } })
    const halted = await endOf(runId)
    expect(halted).toMatchObject({ status: "halted", error: { code: "panic", number: 98 } })
    expect(halted.error.message).toContain(uuid)
    const [minted] = await stepsOf(runId, "mintLedgerId")
    const guid = String(minted?.value)
    expect(await ledgerAccounts(guid)).toEqual([])
    expect(await attemptsOf(runId, "createLedgerAccount")).toBe(0)

    await env.DB.prepare("DELETE FROM accounts WHERE uuid = ?1").bind(uuid).run()
    expect((await send(`POST /v1/runs/${runId}/retry`, { body: {} })).status).toBe(202)
    expect(await endOf(runId)).toMatchObject({
      status: "completed",
      result: { uuid, guid },
    })
  })

  test("the reference has the row with the same id, the ledger lacks it: created", async () => {
    const uuid = newUuid()
    const guid = newGuid()
    const ctx = stepContext({ db: env.DB, ledger: testLedger() }, { id: runOf(uuid) })
    expect(await insertReference(ctx, uuid, guid)).toEqual({ type: "created" })
    expect(await insertReference(ctx, uuid, guid)).toEqual({ type: "exists_same" })
    expect(await createLedgerAccount(ctx, guid)).toEqual({ type: "created" })
    await expectCreatedOnce(uuid, guid)
  })

  test("the ledger's account differs: P2, the caller gets 409 at once, the operator sees why", async () => {
    const uuid = newUuid()
    const creating = send(`PUT /accounts/${uuid}`, { fault: "createLedgerAccount:1:throw" })
    // The retry comes after two seconds; meanwhile somebody else takes the ledger id.
    const guid = await mintedIdOf(uuid)
    await testLedger().createAccounts([{ id: BigInt(guid), ledger: 1, code: 9 }])
    expect(await creating).toMatchObject({
      status: 409,
      body: { error: { code: "halted", details: { panic: expect.stringContaining(guid) } } },
    })
    expect(await send(`GET /v1/runs/${runOf(uuid)}`)).toMatchObject({
      status: 200,
      body: { status: "halted", error: { code: "panic", number: 98 } },
    })
    expect((await send(`PUT /accounts/${uuid}`)).status).toBe(409)
  })

  test("the reference row belongs to another ledger id, or the id to another row: exists_diff", async () => {
    const ctx = stepContext({ db: env.DB }, {})
    const [uuid, guid] = [newUuid(), newUuid()]
    await insertReference(ctx, uuid, guid)
    expect(await insertReference(ctx, uuid, newUuid())).toEqual({ type: "exists_diff" })
    expect(await insertReference(ctx, newUuid(), guid)).toEqual({ type: "exists_diff" })
  })

  test("Trap: the ledger fails several times: retried with the same id, never a duplicate, never a panic", async () => {
    const uuid = newUuid()
    const { body } = await send(`PUT /accounts/${uuid}?wait=14000`, {
      fault: "createLedgerAccount:1:throw,createLedgerAccount:2:crash,createLedgerAccount:3:throw",
    })
    await expectCreatedOnce(uuid, body.guid)
  })
})
