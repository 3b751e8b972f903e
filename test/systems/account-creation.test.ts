// Account creation over HTTP: the routes, the outcome table, the reading rule.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { fakeWatch } from "../http/support/fake-runs.ts"
import { fakeSchedules } from "../http/support/fake-schedules.ts"
import { businessId } from "../../src/ledger/deterministic-id.ts"
import type { Runs } from "../../src/engine/ports/runs.ts"
import { LedgerError } from "../../src/ledger/errors.ts"
import { consolePage } from "../../src/console/page.ts"
import { createApp } from "../../src/http/app.ts"
import { accountCreationRoutes } from "../../src/systems/account-creation/routes.ts"
import { createLedgerAccount } from "../../src/systems/account-creation/steps.ts"
import { createAccount } from "../../src/systems/account-creation/workflow.ts"
import { newUuid, newGuid, runOf, expectCreatedOnce } from "./support/ledger-accounts.ts"
import { perform } from "./support/perform.ts"
import { send, stepsOf } from "./support/service.ts"
import { stepContext } from "./support/step-context.ts"
import { testLedger } from "./support/test-ledger.ts"
import { fakeIndex } from "../http/support/fake-index.ts"

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
    const guid = newGuid()
    expect(await createLedgerAccount(ctx, guid)).toEqual({ type: "created" })
    expect(await createLedgerAccount(ctx, guid)).toEqual({ type: "created" })
  })

  test("the ledger says exists to an account of another run: it is different", async () => {
    const guid = newGuid()
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
      const guid = newGuid()
      const user_data_128 = await businessId("account-creation", id)
      await testLedger().createAccounts([
        { id: BigInt(guid), ledger: 1, code: 1, user_data_128, ...difference },
      ])
      const ctx = stepContext({ ledger: testLedger() }, { id })
      expect(await createLedgerAccount(ctx, guid)).toMatchObject({
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

test("reading rule: a row that only the reference has is no account", async () => {
  const uuid = newUuid()
  const guid = newGuid()
  await env.DB.prepare("INSERT INTO accounts (uuid, guid, created_at) VALUES (?1, ?2, '')")
    .bind(uuid, guid)
    .run()
  expect(await send(`GET /accounts/${uuid}`)).toMatchObject({
    status: 404,
    body: { error: { details: { orphan: true } } },
  })
})

test.each([
  ["ledger_unavailable", "ledger_unavailable"],
  ["ledger_unknown", "ledger_unavailable"],
  ["ledger_not_configured", "not_configured"],
] as const)("reading while the ledger answers %s is 503 %s", async (ledgerCode, code) => {
  const uuid = newUuid()
  await send(`PUT /accounts/${uuid}`)
  const lookupAccounts = () => Promise.reject(new LedgerError(ledgerCode, "The relay is away."))
  const app = createApp({
    runs: () => ({}) as Runs,
    watch: () => fakeWatch(),
    schedules: () => fakeSchedules(),
    workflows: () => [],
    index: () => fakeIndex(),
    page: consolePage,
    mount: (routes) => {
      routes.route(
        "/",
        accountCreationRoutes(() => Object.assign(testLedger(), { lookupAccounts })),
      )
    },
  })
  const response = await app.request(`http://belay/accounts/${uuid}`, {}, env)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { code } })
})
