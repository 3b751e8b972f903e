// The crash sweep over the seven systems: for every journal record and every call out (D1, account objects, relay), the
// run's object is killed before it and after it. The result is the same, each effect row is there once, and nothing
// panics.

import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { sweep } from "../object/support/sweep.ts"
import { ledgerAccounts } from "./support/ledger-accounts.ts"
import { send, type Body } from "./support/service.ts"

const SWEEP_TIMEOUT_MS = 120_000

interface System {
  readonly runIdOf: (pass: string) => string
  /** What is asked, in order; each is asked again until it says true. */
  readonly acts: readonly ((pass: string) => Promise<boolean>)[]
  /** Result and effect rows, without ids and times. */
  readonly shows: (pass: string) => Promise<unknown>
}

/** Asks until the answer has one of these statuses; anything else is a failure of the test. */
function asks(
  line: (pass: string) => string,
  statuses: readonly number[],
  sent: (pass: string) => { body?: unknown; headers?: Record<string, string> } = () => ({}),
) {
  return async (pass: string) => {
    const { status, body } = await send(line(pass), sent(pass))
    if (statuses.includes(status)) return true
    // Not yet: the object died under the request, or has not got there.
    if ([202, 404, 409, 503].includes(status)) return false
    throw new Error(`${line(pass)} answered ${status}: ${JSON.stringify(body)}`)
  }
}

async function rows(query: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare(query)
    .bind(...values)
    .all()
  return results
}

async function read(path: string): Promise<Body & Record<string, unknown>> {
  return (await send(`GET ${path}`)).body as Body & Record<string, unknown>
}

async function resultOf(runId: string): Promise<Record<string, unknown>> {
  const run = await read(`/v1/runs/${encodeURIComponent(runId)}`)
  return { status: run.status, result: run.result }
}

const uuids = new Map<string, string>()

function uuidOf(pass: string): string {
  let uuid = uuids.get(pass)
  if (uuid === undefined) {
    uuid = crypto.randomUUID()
    uuids.set(pass, uuid)
  }
  return uuid
}

const deposit = (account: (pass: string) => string) =>
  asks(
    (pass) => `POST /balances/${account(pass)}/deposits/${pass}-first`,
    [200, 201],
    () => ({
      body: { amount: 1_000 },
    }),
  )

function transfer(amount: number, prepare: System["acts"] = []): System {
  return {
    runIdOf: (pass) => `transfer-${pass}`,
    acts: [
      deposit((pass) => `${pass}-a`),
      deposit((pass) => `${pass}-b`),
      ...prepare,
      asks(
        (pass) => `POST /transfers/${pass}?wait=2000`,
        [200],
        (pass) => ({
          body: { source: `${pass}-a`, target: `${pass}-b`, amount },
        }),
      ),
    ],
    shows: async (pass) => {
      const accounts = await Promise.all(
        ["a", "b"].map((name) => read(`/balances/${pass}-${name}`)),
      )
      return {
        status: (await read(`/transfers/${pass}`)).status,
        balances: accounts.map(({ balance }) => balance),
        entries: accounts.map(({ entries }) =>
          entries.map(({ opId, amount: moved }) => [opId.replace(pass, ""), moved]),
        ),
      }
    },
  }
}

function lifecycle(...asked: string[]): System {
  return {
    runIdOf: (pass) => `order-lifecycle/${pass}`,
    acts: [
      asks(
        (pass) => `POST /order-lifecycles/${pass}`,
        [200, 201],
        () => ({
          body: asked.length === 0 ? { path: "deliver" } : {},
        }),
      ),
      ...asked.map((to) =>
        asks(
          (pass) => `POST /order-lifecycles/${pass}/transitions`,
          [200],
          () => ({ body: { to } }),
        ),
      ),
    ],
    shows: async (pass) => {
      const { state, history } = await read(`/order-lifecycles/${pass}`)
      return {
        state,
        history: (history as { from: unknown; to: unknown }[]).map(({ from, to }) => [from, to]),
        rows: await rows(
          "SELECT from_state, to_state FROM order_transitions WHERE order_id = ?1 ORDER BY rowid",
          pass,
        ),
      }
    },
  }
}

function purchase(...acts: System["acts"]): System {
  return {
    runIdOf: (pass) => `checkout/${pass}`,
    acts: [
      asks(
        (pass) => `POST /buy/${pass}`,
        [200],
        () => ({
          body: { windowMs: acts.length === 0 ? 100 : 60_000 },
        }),
      ),
      ...acts,
    ],
    shows: async (pass) => {
      const { status, result } = await read(`/status/${pass}`)
      return {
        status,
        state: result["state"],
        rows: await rows(
          "SELECT item_id, state, order_id IS NULL AS is_cancelled FROM purchases WHERE purchase_key = ?1",
          pass,
        ),
      }
    },
  }
}

const stockOf = (pass: string) => `sku-${pass}`

const systems: Readonly<Record<string, System>> = {
  "account-creation": {
    runIdOf: (pass) => `create-account-${uuidOf(pass)}`,
    acts: [asks((pass) => `PUT /accounts/${uuidOf(pass)}`, [200, 201])],
    shows: async (pass) => {
      const references = await rows("SELECT guid FROM accounts WHERE uuid = ?1", uuidOf(pass))
      const { guid } = await read(`/accounts/${uuidOf(pass)}`)
      const accounts = await ledgerAccounts(guid)
      return {
        references: references.length,
        isSame: references[0]?.["guid"] === guid,
        accounts: accounts.length,
      }
    },
  },
  "money-transfer": transfer(300),
  "money-transfer, compensated": transfer(300, [
    asks(
      (pass) => `PUT /balances/${pass}-b`,
      [200],
      () => ({ body: { closed: true } }),
    ),
  ]),
  "money-transfer, rejected": transfer(3_000),
  "order-fulfilment": {
    runIdOf: (pass) => `order/${pass}`,
    acts: [
      asks(
        (pass) => `PUT /stock/${stockOf(pass)}`,
        [200, 201],
        () => ({ body: { available: 10 } }),
      ),
      asks(
        () => "POST /orders",
        [202],
        (pass) => ({
          body: {
            id: pass,
            items: [{ sku: stockOf(pass), qty: 3, price: 50 }],
            customer: { id: "c", email: "c@example.com" },
          },
        }),
      ),
    ],
    shows: async (pass) => {
      const { status, result } = await read(`/orders/${pass}/status`)
      return {
        status,
        result: { ...result, orderId: undefined },
        available: (await read(`/stock/${stockOf(pass)}`)).available,
        reservations: await rows("SELECT qty, taken FROM reservations WHERE order_id = ?1", pass),
        charges: await rows("SELECT amount FROM charges WHERE order_id = ?1", pass),
        confirmations: await rows("SELECT email FROM confirmations WHERE order_id = ?1", pass),
      }
    },
  },
  "order-lifecycle, scripted": lifecycle(),
  "order-lifecycle, asked": lifecycle("confirmed", "cancelled"),
  "one-click-buy, confirmed": purchase(),
  "one-click-buy, cancelled": purchase(
    asks(
      (pass) => `POST /cancel/${pass}`,
      [200],
      (pass) => ({
        headers: { "Idempotency-Key": `cancel-${pass}` },
      }),
    ),
  ),
  "user-session": {
    runIdOf: (pass) => `session/${pass}`,
    acts: [
      asks(
        (pass) => `POST /sessions/${pass}`,
        [200, 201],
        () => ({
          body: {
            userId: "alice",
            idleTimeoutMs: 60_000,
            activities: [{ type: "scripted", data: 1 }],
          },
        }),
      ),
      ...["one", "two"].map((type) =>
        asks(
          (pass) => `POST /sessions/${pass}/activities`,
          [202],
          () => ({
            body: { type, data: type },
            headers: { "Idempotency-Key": type },
          }),
        ),
      ),
      asks(
        (pass) => `POST /sessions/${pass}/logout`,
        [200],
        () => ({
          headers: { "Idempotency-Key": "logout" },
        }),
      ),
    ],
    shows: async (pass) => {
      const { status, activityCount, activities } = await read(`/sessions/${pass}`)
      return {
        status,
        activityCount,
        activities: (activities as { seq: number; type: string }[]).map(({ seq, type }) => [
          seq,
          type,
        ]),
        states: await rows(
          "SELECT state FROM session_states WHERE session_id = ?1 ORDER BY rowid",
          pass,
        ),
        revocations: await rows(
          "SELECT COUNT(*) AS n FROM token_revocations WHERE session_id = ?1",
          pass,
        ),
      }
    },
  },
  "event-projection": {
    runIdOf: (pass) => `projection/${pass}`,
    acts: [
      asks(
        (pass) => `POST /projections/${pass}`,
        [202],
        () => ({ body: { events: EVENTS } }),
      ),
    ],
    shows: async (pass) => {
      const { status, eventsProcessed, projection } = await read(`/projections/${pass}`)
      return {
        status,
        eventsProcessed,
        projection: { ...(projection as object), userId: undefined },
      }
    },
  },
}

const EVENTS = [
  ["UserRegistered", { name: "Alice", email: "alice@example.com" }],
  ["ProfileUpdated", { name: "Alice B." }],
  ["OrderPlaced", { orderId: "o1" }],
  ["OrderPlaced", { orderId: "o2" }],
  ["OrderShipped", { orderId: "o1" }],
  ["OrderCancelled", { orderId: "o2" }],
  ["SubscriptionActivated", {}],
  ["SubscriptionRenewed", {}],
].map(([type, payload], index) => ({
  eventId: `e${index}`,
  type,
  timestamp: "2026-01-01T00:00:00.000Z",
  payload,
}))

it.each(Object.keys(systems))(
  "killed at any place, %s ends the same, with each effect once",
  { timeout: SWEEP_TIMEOUT_MS },
  async (name) => {
    const system = systems[name]
    if (system === undefined) throw new Error(`There is no system ${name}.`)
    const report = await sweep({
      ...system,
      name: `sweep-${name.replaceAll(/\W+/g, "-")}`,
      stubOf: (runId) => env.RUNS.get(env.RUNS.idFromName(runId)),
      shows: async (pass) => ({
        ...(await resultStatus(system.runIdOf(pass))),
        shown: await system.shows(pass),
      }),
    })
    expect(report.different).toEqual({})
    expect(report.missed).toEqual([])
    expect(report.crashes).toBeGreaterThan(3)
    expect(report.undisturbed).toMatchObject({ status: "completed" })
  },
)

async function resultStatus(runId: string): Promise<{ status: unknown }> {
  return { status: (await resultOf(runId))["status"] }
}
