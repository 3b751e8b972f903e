// Crash safety of the systems, with the test kit as anybody would use it: each real workflow is killed at every journal
// write and every call out, with the real D1, bank and relay around it, and its recorded runs still fit.
// The sweeps of crash-sweep.test.ts kill real objects, in every variant; here the workflow alone is on trial. Unless
// thorough, a sweep that has more moments is made at some of them, evenly apart.

import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, test, vi } from "vitest"
import type { WorkflowFunction } from "../../src/engine/workflow/context.ts"
import { createAccount } from "../../src/systems/account-creation/workflow.ts"
import { projectEvents } from "../../src/systems/event-projection/workflow.ts"
import { ledgerTransfer } from "../../src/systems/ledger-transfer/workflow.ts"
import { transferMoney } from "../../src/systems/money-transfer/workflow.ts"
import { oneClickBuy } from "../../src/systems/one-click-buy/workflow.ts"
import { processOrder } from "../../src/systems/order-fulfilment/workflow.ts"
import { orderLifecycle } from "../../src/systems/order-lifecycle/workflow.ts"
import { userSession } from "../../src/systems/user-session/workflow.ts"
import {
  checkDeterminism,
  crashEverywhere,
  replayJournal,
  type SweepOptions,
  type World,
} from "../../src/testing/index.ts"
import { thoroughly } from "../setup/thorough.ts"
import { givenLedgerTransfer, moneyOf } from "./support/ledger-transfers.ts"
import { testLedger } from "./support/test-ledger.ts"

const CRASHES_MAX = thoroughly(1_000, 24)

/** A sweep makes some hundred calls to D1, bank and relay. */
const SWEEP_TIMEOUT_MS = 120_000

// Some thousand lines of the steps' log, and the kit's word that it has tried some moments only.
beforeEach(() => {
  const spies = (["log", "warn"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  )
  return () => spies.forEach((spy) => spy.mockRestore())
})

const dependencies = { db: env.DB, accounts: env.ACCOUNTS, ledger: testLedger() }

/** Every run has ids of its own, so it finds an outside that has never heard of it. */
function world(prepared: (id: string) => World | Promise<World>): SweepOptions {
  return {
    world: async () => ({
      dependencies,
      nowMs: Date.now(),
      ...(await prepared(crypto.randomUUID())),
    }),
  }
}

async function rows(query: string, id: string): Promise<unknown[]> {
  return (await env.DB.prepare(query).bind(id).all()).results
}

const account = (name: string) => env.ACCOUNTS.get(env.ACCOUNTS.idFromName(name))

async function entriesOf(name: string): Promise<unknown> {
  const page = await account(name).page(undefined, 100)
  if (page.kind !== "page") return page.kind
  return [
    page.state.balance,
    page.entries.map(({ opId, amount }) => [opId.split(":").at(-1), amount]),
  ]
}

function moneyTransfer(isClosed = false) {
  return world(async (id) => {
    const source = `${id}-a`
    const target = `${id}-b`
    await account(source).deposit(`${id}-seed`, 1_000)
    await account(target).deposit(`${id}-seed`, 1_000)
    if (isClosed) await account(target).setClosed(true)
    return {
      id: `transfer-${id}`,
      input: [{ transferId: id, source, target, amount: 300 }],
      effects: async () => [await entriesOf(source), await entriesOf(target)],
    }
  })
}

function ledgerMoney() {
  return world(async () => {
    const transfer = await givenLedgerTransfer()
    const input = [{ transferId: transfer.id, ...transfer.body }]
    return { id: transfer.runId, input, effects: () => moneyOf(transfer) }
  })
}

function lifecycle(...asked: string[]) {
  return world((id) => ({
    id: `order-lifecycle/${id}`,
    input: [{ orderId: id }],
    updates: asked.map((to) => ({ name: "transition", value: { to } })),
    effects: () =>
      rows(
        "SELECT from_state, to_state FROM order_transitions WHERE order_id = ?1 ORDER BY rowid",
        id,
      ),
  }))
}

function purchase(options: World = {}) {
  return world((id) => ({
    id: `checkout/${id}`,
    input: [{ itemId: "widget-001", key: id, windowMs: 5_000 }],
    effects: () => rows("SELECT item_id, state FROM purchases WHERE purchase_key = ?1", id),
    ...options,
  }))
}

const EVENTS = [
  ["UserRegistered", { name: "Alice", email: "alice@example.com" }],
  ["OrderPlaced", { orderId: "o1" }],
  ["OrderShipped", { orderId: "o1" }],
].map(([type, payload], index) => ({
  eventId: `e${index}`,
  type,
  timestamp: "2026-01-01T00:00:00.000Z",
  payload,
}))

const systems: Readonly<Record<string, readonly [WorkflowFunction, SweepOptions]>> = {
  "account-creation": [
    createAccount,
    world((uuid) => ({
      id: `create-account-${uuid}`,
      input: [uuid],
      effects: async () => {
        const references = await rows("SELECT guid FROM accounts WHERE uuid = ?1", uuid)
        const guids = references.map((row) => BigInt((row as { guid: string }).guid))
        return [guids.length, (await testLedger().lookupAccounts(guids)).length]
      },
    })),
  ],
  "event-projection": [
    projectEvents,
    world((id) => ({ id: `projection/${id}`, input: [id, EVENTS] })),
  ],
  "ledger-transfer": [ledgerTransfer, ledgerMoney()],
  "money-transfer": [transferMoney, moneyTransfer()],
  "money-transfer, compensated": [transferMoney, moneyTransfer(true)],
  "one-click-buy, confirmed": [oneClickBuy, purchase()],
  "one-click-buy, cancelled": [
    oneClickBuy,
    purchase({ updates: [{ name: "cancel", atMs: 4_000 }] }),
  ],
  "order-fulfilment": [
    processOrder,
    world((id) => ({
      id: `order/${id}`,
      input: [
        {
          id,
          items: [{ sku: "widget-001", qty: 3, price: 50 }],
          customer: { id: "c", email: "c@example.com" },
        },
      ],
      effects: async () => [
        await rows("SELECT sku, qty, taken FROM reservations WHERE order_id = ?1", id),
        await rows("SELECT amount FROM charges WHERE order_id = ?1", id),
        await rows("SELECT email FROM confirmations WHERE order_id = ?1", id),
      ],
    })),
  ],
  // The first request is refused.
  "order-lifecycle": [orderLifecycle, lifecycle("shipped", "confirmed", "cancelled")],
  "user-session": [
    userSession,
    world((id) => ({
      id: `session/${id}`,
      input: [{ sessionId: id, userId: "alice", idleTimeoutMs: 60_000 }],
      signals: [
        { name: "activity", value: { type: "one" }, atMs: 10_000 },
        { name: "logout", atMs: 20_000 },
      ],
      effects: async () => [
        await rows("SELECT state FROM session_states WHERE session_id = ?1 ORDER BY rowid", id),
        await rows("SELECT revoked_at FROM token_revocations WHERE session_id = ?1", id),
      ],
    })),
  ],
}

describe("killed everywhere, it comes to the same", () => {
  test.each(Object.entries(systems))(
    "%s",
    async (_, [workflow, options]) => {
      const swept = { ...options, maxCrashes: CRASHES_MAX }
      const report = await crashEverywhere(workflow, [] as never[], swept)
      expect(report).toMatchObject({ ok: true, status: "completed" })
      expect(report.crashes).toBe(Math.min(report.points, CRASHES_MAX))
      expect(report.crashes).toBeGreaterThan(5)
      const { input, ...others } = (await options.world?.()) ?? {}
      delete (others as { effects?: unknown }).effects
      await checkDeterminism(workflow, input as never[], others)
    },
    SWEEP_TIMEOUT_MS,
  )
})

const journals = import.meta.glob("../journals/*.jsonl", {
  query: "?raw",
  import: "default",
  eager: true,
})

const recorded = Object.entries(journals).map(
  ([path, text]) => [path.split("/").at(-1) ?? path, text] as const,
)

const WORKFLOWS: Readonly<Record<string, WorkflowFunction>> = {
  "account-creation": createAccount,
  "event-projection": projectEvents,
  "ledger-transfer": ledgerTransfer,
  "money-transfer": transferMoney,
  "one-click-buy": oneClickBuy,
  "order-fulfilment": processOrder,
  "order-lifecycle": orderLifecycle,
  "user-session": userSession,
}

describe("its recorded runs still fit", () => {
  test("every system has some", () => {
    const names = new Set(recorded.map(([name]) => name.split(".")[0]))
    expect(names).toEqual(new Set(Object.keys(WORKFLOWS)))
  })

  test.each(recorded)("%s", async (name, text) => {
    const workflow = WORKFLOWS[name.split(".")[0] ?? ""]
    if (workflow === undefined) throw new Error(`No workflow belongs to ${name}.`)
    const { ok, message } = await replayJournal(text, workflow)
    expect({ ok, message }).toEqual({ ok: true, message: expect.stringContaining("fits") })
  })
})
