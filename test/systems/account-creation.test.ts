// Account creation over HTTP: the outcome table, the failure table and the Trap of the original, row by row.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { businessId } from "../../src/ledger/deterministic-id.ts"
import { createLedgerAccount, insertReference } from "../../src/systems/account-creation/steps.ts"
import { createAccount } from "../../src/systems/account-creation/workflow.ts"
import { perform } from "./support/perform.ts"
import { attemptsOf, crash, endOf, evict, send, sendUntil, stepsOf } from "./support/service.ts"
import { stepContext } from "./support/step-context.ts"
import { testLedger } from "./support/test-ledger.ts"

const newUuid = () => crypto.randomUUID()
const runOf = (uuid: string) => `create-account-${uuid}`

async function referenceRows(uuid: string): Promise<{ guid: string }[]> {
  const rows = await env.DB.prepare("SELECT guid FROM accounts WHERE uuid = ?1")
    .bind(uuid)
    .all<{ guid: string }>()
  return rows.results
}

/** The ledger id of an account that is being created, once its reference row is there. */
async function mintedIdOf(uuid: string): Promise<string> {
  await sendUntil(`GET /accounts/${uuid}`, ({ body }) => body.error.details?.orphan === true)
  return (await referenceRows(uuid))[0]?.guid ?? ""
}

async function ledgerAccounts(guid: string) {
  return testLedger().lookupAccounts([BigInt(guid)])
}

/** Both stores hold the account exactly once, under the id the caller was told. */
async function expectCreatedOnce(uuid: string, guid: string) {
  expect(await referenceRows(uuid)).toEqual([{ guid }])
  const [account, ...others] = await ledgerAccounts(guid)
  expect(others).toEqual([])
  expect(account).toMatchObject({ ledger: 1, code: 1, flags: 0 })
  expect(account?.user_data_128).toBe(await businessId("account-creation", runOf(uuid)))
  const read = await send(`GET /accounts/${uuid}`)
  expect(read).toMatchObject({ status: 200, body: { uuid, guid } })
}

describe("over HTTP", () => {
  test("the first PUT answers 201, later ones 200, and GET shows the ledger's balances", async () => {
    const uuid = newUuid()
    const first = await send(`PUT /accounts/${uuid}`)
    expect(first.status).toBe(201)
    expect(first.body).toEqual({ uuid, guid: expect.stringMatching(/^[1-9]\d+$/) })
    const second = await send(`PUT /accounts/${uuid}`)
    expect(second).toEqual({ status: 200, body: first.body })
    const read = await send(`GET /accounts/${uuid}`)
    expect(read.body.balances).toEqual({
      debitsPending: "0",
      debitsPosted: "0",
      creditsPending: "0",
      creditsPosted: "0",
    })
    await expectCreatedOnce(uuid, first.body.guid)
  })

  test("ten PUTs at once: one 201, nine 200, one account", async () => {
    const uuid = newUuid()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send(`PUT /accounts/${uuid}`)),
    )
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b)
    expect(statuses).toEqual([...Array.from({ length: 9 }, () => 200), 201])
    expect(new Set(answers.map(({ body }) => body.guid)).size).toBe(1)
    await expectCreatedOnce(uuid, answers[0]?.body.guid ?? "")
  })

  test.each([
    "1",
    "not-a-uuid",
    `${crypto.randomUUID()}0`,
    "%00",
    crypto.randomUUID().replaceAll("-", ""),
  ])("PUT and GET of %s, which is no UUID, answer 400 and start nothing", async (text) => {
    expect((await send(`PUT /accounts/${text}`)).status).toBe(400)
    expect((await send(`GET /accounts/${text}`)).status).toBe(400)
    expect((await send(`PUT /accounts/${newUuid()}`)).status).toBe(201)
  })

  test("a UUID in capitals is the same account", async () => {
    const uuid = newUuid()
    const first = await send(`PUT /accounts/${uuid.toUpperCase()}`)
    expect(first).toMatchObject({ status: 201, body: { uuid } })
    expect(await send(`PUT /accounts/${uuid}`)).toEqual({ status: 200, body: first.body })
  })

  test("a start by the engine's own route with something else than a UUID is 400 and starts nothing", async () => {
    for (const input of [[], ["x"], [newUuid(), 1], [{ uuid: newUuid() }]]) {
      const id = newUuid()
      const started = await send(`POST /v1/runs/${id}`, {
        body: { workflow: "createAccount", input },
      })
      expect(started.status).toBe(400)
      expect((await send(`GET /v1/runs/${id}`)).status).toBe(404)
    }
  })

  test("while the creation goes on, a PUT that does not wait answers 202 with where to look", async () => {
    const uuid = newUuid()
    const first = await send(`PUT /accounts/${uuid}?wait=100`, { fault: "createLedgerAccount:1" })
    expect(first).toEqual({
      status: 202,
      body: { uuid, status: "processing", statusUrl: `/v1/runs/create-account-${uuid}` },
    })
    expect((await send(`GET ${first.body.statusUrl}`)).status).toBe(200)
    expect((await send(`PUT /accounts/${uuid}`)).status).toBe(200)
  })

  test("an account nobody asked for is unknown", async () => {
    const read = await send(`GET /accounts/${newUuid()}`)
    expect(read.status).toBe(404)
    expect(read.body.error.details?.orphan).toBeUndefined()
  })

  test("the published state and the journal tell what happened", async () => {
    const uuid = newUuid()
    const { body } = await send(`PUT /accounts/${uuid}`)
    const state = await send(`GET /v1/runs/${runOf(uuid)}/state/account`)
    expect(state.body).toEqual({ uuid, guid: body.guid, state: "created" })
    expect(await stepsOf(runOf(uuid), "mintLedgerId")).toMatchObject([{ value: body.guid }])
    expect(await stepsOf(runOf(uuid), "insertReference")).toMatchObject([
      { value: { type: "created" } },
    ])
    expect(await stepsOf(runOf(uuid), "createLedgerAccount")).toMatchObject([
      { value: { type: "created" } },
    ])
  })
})

describe("the outcome table", () => {
  const UUID = "00000000-0000-4000-8000-000000000000"
  const CREATED = { type: "created" }
  const SAME = { type: "exists_same" }
  const DIFFERENT = { type: "exists_diff", isForeign: false, status: "exists_with_different_code" }
  const FOREIGN = {
    type: "exists_diff",
    isForeign: true,
    status: "exists_with_different_user_data_128",
  }

  test.each([
    ["created", "created", CREATED, CREATED, undefined],
    ["created", "exists_diff", CREATED, DIFFERENT, "P2"],
    ["created", "an account of somebody else", CREATED, FOREIGN, "P3"],
    ["exists_same", "created", SAME, CREATED, undefined],
    ["exists_same", "exists_diff", SAME, DIFFERENT, "P2"],
    ["exists_same", "an account of somebody else", SAME, FOREIGN, "P3"],
  ])("reference %s, ledger %s", (_reference, _ledger, reference, record, panic) => {
    const steps = { mintLedgerId: "7", insertReference: reference, createLedgerAccount: record }
    const { result, halted, called } = perform((ctx) => createAccount(ctx, UUID), steps)
    expect(called).toEqual(["mintLedgerId", "insertReference", "createLedgerAccount"])
    switch (panic) {
      case undefined:
        expect(result).toEqual({ uuid: UUID, guid: "7" })
        break
      case "P2":
        expect(halted).toContain("exists with other attributes")
        break
      default:
        expect(halted).toContain("order of writes was violated")
    }
  })

  test("reference exists_diff: P1, and the ledger is never called", () => {
    const steps = { mintLedgerId: "7", insertReference: { type: "exists_diff" } }
    const { halted, called } = perform((ctx) => createAccount(ctx, UUID), steps)
    expect(halted).toContain("reference row holds another ledger id")
    expect(called).toEqual(["mintLedgerId", "insertReference"])
  })

  test("the ledger says exists to our own earlier attempt: it counts as created", async () => {
    const ctx = stepContext({ ledger: testLedger() }, { id: runOf(newUuid()) })
    const guid = String(BigInt(Date.now()) << 80n)
    expect(await createLedgerAccount(ctx, guid)).toEqual({ type: "created" })
    expect(await createLedgerAccount(ctx, guid)).toEqual({ type: "created" })
  })

  test("the ledger says exists to an account of another run: it is different", async () => {
    const guid = String((BigInt(Date.now()) << 80n) | 1n)
    await createLedgerAccount(stepContext({ ledger: testLedger() }, { id: "one" }), guid)
    const ctx = stepContext({ ledger: testLedger() }, { id: "two" })
    expect(await createLedgerAccount(ctx, guid)).toMatchObject({
      type: "exists_diff",
      isForeign: true,
    })
  })

  test.each([{ code: 2 }, { ledger: 2 }, { flags: 8 }])(
    "the ledger's account differs in %o: exists_diff",
    async (difference) => {
      const id = runOf(newUuid())
      const guid = BigInt(Date.now() + Math.floor(Math.random() * 1e9)) << 80n
      const user_data_128 = await businessId("account-creation", id)
      await testLedger().createAccounts([
        { id: guid, ledger: 1, code: 1, user_data_128, ...difference },
      ])
      const ctx = stepContext({ ledger: testLedger() }, { id })
      expect(await createLedgerAccount(ctx, String(guid))).toMatchObject({
        type: "exists_diff",
        isForeign: false,
      })
    },
  )

  test.each(["0", String(2n ** 128n - 1n)])(
    "the ledger will never take the id %s: failed for good, no retry",
    async (guid) => {
      const ctx = stepContext({ ledger: testLedger() }, {})
      await expect(createLedgerAccount(ctx, guid)).rejects.toMatchObject({
        code: "ledger_refused",
        nonRetryable: true,
      })
    },
  )
})

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
    const guid = String((BigInt(Date.now()) << 80n) | 5n)
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

test("reading rule: a row that only the reference has is no account", async () => {
  const uuid = newUuid()
  const guid = String((BigInt(Date.now()) << 80n) | 3n)
  await env.DB.prepare("INSERT INTO accounts (uuid, guid, created_at) VALUES (?1, ?2, '')")
    .bind(uuid, guid)
    .run()
  expect(await send(`GET /accounts/${uuid}`)).toMatchObject({
    status: 404,
    body: { error: { details: { orphan: true } } },
  })
})
