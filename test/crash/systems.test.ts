// The seven systems on Miniflare's runtime with D1 and a real relay, killed with SIGKILL in the middle of their work.
// After the restart no request is sent until the runs have ended; effects are counted in the stores' own files.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { SystemsRuntime } from "../../scripts/support/systems-runtime.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"

const TEST_TIMEOUT_MS = 60_000
const SOON_MS = 20_000

let systems: SystemsRuntime

beforeAll(async () => {
  systems = await SystemsRuntime.start()
}, TEST_TIMEOUT_MS)

afterAll(async () => {
  await systems.end()
}, TEST_TIMEOUT_MS)

describe("account creation", () => {
  test(
    "killed between the ledger write and its checkpoint: succeeds, never panics, one account (promises 2, 9; B1 trap)",
    async () => {
      const uuid = crypto.randomUUID()
      const held = systems.proxy.holdNextReply("/create_accounts")
      const put = systems.client.put(`/accounts/${uuid}`).catch((error: unknown) => error)
      // The ledger has written and the Worker does not know.
      const reply = await held
      const guid = guidOf(uuid)
      expect(ledgerAccounts(guid)).toBe(1)
      await systems.kill()
      reply.lose()
      expect(await put).toBeInstanceOf(TypeError)
      await systems.restart()
      await quietly()

      expect(await endedRun(`create-account-${uuid}`)).toMatchObject({
        status: "completed",
        result: { uuid, guid },
      })
      expect(await attemptsOf(`create-account-${uuid}`)).toEqual({
        mintLedgerId: 1,
        insertReference: 1,
        createLedgerAccount: 2,
      })
      expect(ledgerAccounts(guid)).toBe(1)
      expect(guidOf(uuid)).toBe(guid)
      expect(await systems.client.get(`/accounts/${uuid}`)).toMatchObject({ status: 200 })
    },
    TEST_TIMEOUT_MS,
  )

  test(
    "the relay is killed with a call in flight and comes back: retried, no second account, no panic",
    async () => {
      const uuid = crypto.randomUUID()
      const accountsBefore = ledgerAccounts()
      const held = systems.proxy.holdNextReply("/create_accounts")
      const put = systems.client.put(`/accounts/${uuid}`)
      const reply = await held
      await systems.relay.kill()
      reply.lose()
      // The next attempt finds no relay.
      await pause(2_500)
      await systems.relay.start()

      const answer = await put
      const run = await waitUntil("the account to be created", SOON_MS, async () => {
        const { body } = await systems.client.get(`/v1/runs/create-account-${uuid}`)
        return member(body, "status") === "completed" ? body : undefined
      })
      expect([201, 202]).toContain(answer.status)
      expect(run).toMatchObject({ result: { uuid, guid: guidOf(uuid) } })
      expect(ledgerAccounts()).toBe(accountsBefore + 1)
      const { createLedgerAccount } = await attemptsOf(`create-account-${uuid}`)
      expect(createLedgerAccount).toBeGreaterThanOrEqual(2)
    },
    TEST_TIMEOUT_MS,
  )
})

describe("five systems killed at once, each in the middle of its work", () => {
  const windowMs = 6_000
  let boughtAtMs: number
  let deadline: string
  let events: { eventId: string; type: string; timestamp: string; payload: unknown }[]

  beforeAll(async () => {
    events = Array.from({ length: 10_000 }, (_, index) => ({
      eventId: `event-${index}`,
      type: "OrderPlaced",
      timestamp: new Date(index).toISOString(),
      payload: { orderId: `order-${index}` },
    }))
    const { client } = systems
    await client.post("/balances/crash-alice/deposits/seed", { amount: 200 })
    await client.post("/balances/crash-bob/deposits/seed", { amount: 1 })

    boughtAtMs = Date.now()
    const [bought] = await Promise.all([
      client.post("/buy/crash-buy", { windowMs }),
      client.post(
        "/transfers/crash-transfer",
        { source: "crash-alice", target: "crash-bob", amount: 50 },
        { "x-belay-fault": "creditTarget:1:hang" },
      ),
      client.post("/orders", order("crash-order"), { "x-belay-fault": "chargePayment:1:hang" }),
      client.post("/sessions/crash-session", {
        userId: "alice",
        idleTimeoutMs: 2_500,
        activities: [{ type: "page_view" }, { type: "search" }],
      }),
      client.post(
        "/projections/crash-user",
        { events },
        { "x-belay-fault": "applyEvent#7000:1:hang" },
      ),
    ])
    deadline = String(member(bought.body, "deadline"))
    await waitUntil("the transfer to be debited", SOON_MS, async () => {
      const { body } = await client.get("/v1/runs/transfer-crash-transfer/state/transfer")
      return member(body, "status") === "debited" ? true : undefined
    })
    await waitUntil("the order to be reserved", SOON_MS, async () => {
      const { body } = await client.get("/v1/runs/order%2Fcrash-order/state/order")
      return member(body, "state") === "reserved" ? true : undefined
    })
    await waitUntil("the projection to be near its 7,000th event", SOON_MS, async () => {
      const { body } = await client.get("/projections/crash-user")
      return Number(member(body, "eventsProcessed")) >= 6_900 ? true : undefined
    })
    await waitUntil("both activities", SOON_MS, () =>
      activityTypes().length === 2 ? true : undefined,
    )
    await systems.kill()
    // The session's idle time passes while nothing runs, the purchase's window does not.
    await pause(2_700)
    await systems.restart()
    await pause(Math.max(0, boughtAtMs + windowMs - Date.now()))
    await quietly()
  }, TEST_TIMEOUT_MS)

  test("money transfer: one debit, one credit, committed", async () => {
    expect(await endedRun("transfer-crash-transfer")).toMatchObject({
      status: "completed",
      result: { status: "committed" },
    })
    const entries = async (account: string) => {
      const { body } = await systems.client.get(`/balances/${account}`)
      return (member(body, "entries") as unknown[]).map((entry) => member(entry, "opId"))
    }
    expect(await entries("crash-alice")).toEqual(["seed", "crash-transfer-debit"])
    expect(await entries("crash-bob")).toEqual(["seed", "crash-transfer-credit"])
    expect(await attemptsOf("transfer-crash-transfer")).toEqual({ debitSource: 1, creditTarget: 2 })
  })

  test("order: reserved, charged and confirmed once", async () => {
    expect(await endedRun("order/crash-order")).toMatchObject({
      status: "completed",
      result: { total: 6_997 },
    })
    for (const table of ["reservations", "charges", "confirmations"]) {
      const rows = systems.d1(`SELECT * FROM ${table} WHERE order_id = ?`, "crash-order")
      expect({ table, rows: rows.length }).toEqual({
        table,
        rows: table === "reservations" ? 2 : 1,
      })
    }
    expect(await attemptsOf("order/crash-order")).toEqual({
      validateOrder: 1,
      reserveInventory: 1,
      chargePayment: 2,
      sendConfirmation: 1,
    })
  })

  test("one-click buy: the window closes at its original instant, one purchase (promise 6)", async () => {
    const run = await endedRun("checkout/crash-buy")
    expect(run).toMatchObject({ result: { state: "PURCHASE_CONFIRMED" } })
    const endedAtMs = Date.parse(String(member(run, "endedAt")))
    expect(endedAtMs).toBeGreaterThanOrEqual(Date.parse(deadline))
    // Begun anew on return, it would end 2.7 s later.
    expect(endedAtMs).toBeLessThan(Date.parse(deadline) + 1_800)
    expect(systems.d1("SELECT * FROM purchases WHERE purchase_key = ?", "crash-buy")).toHaveLength(
      1,
    )
  })

  test("user session: expired while nothing ran, activities and revocation once (promise 6)", async () => {
    expect(await endedRun("session/crash-session")).toMatchObject({
      result: { finalStatus: "cleaned_up", activitiesRecorded: 2 },
    })
    expect(activityTypes()).toEqual(["page_view", "search"])
    const revoked = systems.d1(
      "SELECT * FROM token_revocations WHERE session_id = ?",
      "crash-session",
    )
    expect(revoked).toHaveLength(1)
  })

  test("event projection: 10,000 events, killed at one of them, none is applied again (promise 1)", async () => {
    expect(await endedRun("projection/crash-user")).toMatchObject({
      status: "completed",
      result: { eventsProcessed: 10_000 },
    })
    const attempts = (await stepsOf("projection/crash-user"))
      .filter((step) => member(step, "name") === "applyEvent")
      .map((step) => member(step, "attempts"))
    // The one that hung was attempted again, no other.
    expect(
      attempts.map((count, index) => ({ count, index })).filter(({ count }) => count !== 1),
    ).toEqual([{ count: 2, index: 6_999 }])
    expect(attempts).toHaveLength(10_000)
  })

  function activityTypes(): unknown[] {
    return systems
      .d1(
        `SELECT a.type FROM session_activities a JOIN session_states s ON s.idempotency_key = a.session_key
         WHERE s.session_id = ? ORDER BY a.seq`,
        "crash-session",
      )
      .map(({ type }) => type)
  }
})

/** The time in which every run must have ended by itself, with no request sent. */
function quietly(): Promise<void> {
  return pause(3_500)
}

/** The run, which must have ended before it is asked for. */
async function endedRun(id: string): Promise<unknown> {
  const askedAtMs = Date.now()
  const { body } = await systems.client.get(`/v1/runs/${encodeURIComponent(id)}`)
  expect(body).toHaveProperty("endedAt")
  expect(Date.parse(String(member(body, "endedAt")))).toBeLessThan(askedAtMs)
  return body
}

/** Attempts of each step, by its name. */
async function attemptsOf(id: string): Promise<Record<string, unknown>> {
  const steps = await stepsOf(id)
  return Object.fromEntries(
    steps.map((step) => [String(member(step, "name")), member(step, "attempts")]),
  )
}

/** The journal's steps, in order. */
async function stepsOf(id: string): Promise<unknown[]> {
  const steps: unknown[] = []
  let after = ""
  do {
    const path = `/v1/runs/${encodeURIComponent(id)}/journal?limit=1000${after}`
    const { body } = await systems.client.get(path)
    const entries = member(body, "entries") as unknown[]
    steps.push(...entries.filter((entry) => member(entry, "kind") === "step"))
    const next = member(body, "next")
    after = typeof next === "string" ? `&after=${encodeURIComponent(next)}` : ""
  } while (after !== "")
  return steps
}

function guidOf(uuid: string): string {
  const [row] = systems.d1("SELECT guid FROM accounts WHERE uuid = ?", uuid)
  if (typeof row?.["guid"] !== "string") throw new Error(`Account ${uuid} has no reference row.`)
  return row["guid"]
}

function ledgerAccounts(guid?: string): number {
  const where = guid === undefined ? "" : ` WHERE id = '${guid}'`
  return Number(systems.ledgerRows(`SELECT COUNT(*) AS count FROM accounts${where}`)[0]?.["count"])
}

function order(id: string) {
  return {
    id,
    items: [
      { sku: "widget-001", qty: 2, price: 2_999 },
      { sku: "gadget-001", qty: 1, price: 999 },
    ],
    customer: { id: "customer-1", email: "customer@example.com" },
  }
}
