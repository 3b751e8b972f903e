// Seed runs: enough work on a fresh server that every view has something to show.
// Owns: which runs there are, under which ids. Must not touch: pages.

import { member, type JsonClient } from "../support/json-client.ts"
import { pause, waitUntil } from "../support/wait-until.ts"

const SOON_MS = 30_000

/** Its object is aborted in the middle of a step, and the run goes on. */
export const CRASHED_RUN = "order/crashed"
export const HALTED_RUN = "create-account-of-somebody-else"
export const WAITING_RUN = "checkout/one-click"
/** Its credit is refused, and its debit undone. */
export const COMPENSATED_RUN = "transfer-t-1003"
export const LEDGER_RUN = "ledger-transfer-rent"

const SOURCE = "7f0c2a51-93c5-4d9e-9c43-2f6a1a4b5c01"
const TAKEN = "0e4c1d52-6f0a-4f57-9d4e-3b1f5a7c9e21"

const ORDERS = 30

export async function seedRuns(client: JsonClient): Promise<void> {
  await client.put(`/accounts/${SOURCE}`)
  await client.put(`/accounts/${TAKEN}`)
  await client.post("/balances/alice/deposits/salary", { amount: 250_000 })
  await client.post("/balances/bob/deposits/opening", { amount: 100 })
  await startCrashing(client)
  await startMany(client)
  await client.post("/v1/runs/" + HALTED_RUN, { workflow: "createAccount", input: [TAKEN] })
  await client.post("/ledger-transfers/rent?wait=5000", {
    source: SOURCE,
    bankAccount: "bob",
    amount: 1250,
  })
  await makeSchedules(client)
  await client.post("/buy/one-click", { windowMs: 60_000 })
  await statusOf(client, CRASHED_RUN, "completed")
  await statusOf(client, HALTED_RUN, "halted")
  await client.post(`/v1/runs/${HALTED_RUN}/retry`, { reason: "the row looked mended" })
  await statusOf(client, HALTED_RUN, "halted")
  // The index hears of it within a second.
  await pause(1_500)
}

/** Its payment hangs, its object is aborted meanwhile, the next attempt works. */
async function startCrashing(client: JsonClient): Promise<void> {
  const order = orderOf("crashed")
  await client.post("/orders", order, {
    "x-belay-fault": "reserveInventory:1,chargePayment:1:hang",
  })
  await waitUntil("the payment to hang", SOON_MS, async () => {
    const { body } = await client.get(`/v1/runs/${encodeURIComponent(CRASHED_RUN)}/journal`)
    return JSON.stringify(body).includes("chargePayment") ? true : undefined
  })
  await client.post(`/v1/runs/${encodeURIComponent(CRASHED_RUN)}/crash`)
}

async function startMany(client: JsonClient): Promise<void> {
  for (let index = 0; index < ORDERS; index++) {
    const order = orderOf(`2026-${1000 + index}`)
    await client.post(`/v1/runs/${encodeURIComponent(`order/${order.id}`)}`, {
      workflow: "processOrder",
      input: [order],
      tags: { shop: index % 3 === 0 ? "north" : "south" },
    })
  }
  await client.post("/transfers/t-1001?wait=3000", { source: "alice", target: "bob", amount: 50 })
  await client.post("/transfers/t-1002?wait=3000", { source: "bob", target: "nobody", amount: 50 })
  await client.post("/balances/carol/deposits/opening", { amount: 100 })
  await client.put("/balances/carol", { closed: true })
  await client.post("/transfers/t-1003?wait=3000", { source: "alice", target: "carol", amount: 50 })
  await client.post("/sessions/ada", { userId: "ada", idleTimeoutMs: 900_000 })
  await client.post("/order-lifecycles/l-77")
  await client.post("/order-lifecycles/l-77/transitions", { to: "confirmed" })
  await client.post("/order-lifecycles/l-78", { path: "deliver" })
  const event = { eventId: "e1", type: "AccountMerged", timestamp: "2026-01-01T00:00:00Z" }
  await client.post("/projections/grace?wait=3000", { events: [event] })
  await client.post("/v1/runs/session%2Fgone", {
    workflow: "userSession",
    input: [{ sessionId: "gone", userId: "bob", idleTimeoutMs: 900_000 }],
    tags: { shop: "north" },
  })
  await client.post("/v1/runs/session%2Fgone/cancel", { reason: "the shop has closed" })
  await client.post("/v1/runs/session%2Fada/pause")
}

async function makeSchedules(client: JsonClient): Promise<void> {
  const lifecycle = { workflow: "orderLifecycle", timeZone: "Europe/Berlin" }
  await client.put("/v1/schedules/close-the-day", {
    ...lifecycle,
    cron: "30 22 * * *",
    input: [{ orderId: "day", path: "deliver" }],
  })
  await client.put("/v1/schedules/stocktaking", {
    ...lifecycle,
    cron: "0 6 1 * *",
    input: [{ orderId: "stock", path: "deliver" }],
    overlap: "buffer",
  })
  await client.post("/v1/schedules/close-the-day/trigger")
  await client.post("/v1/schedules/stocktaking/pause", { reason: "the warehouse moves" })
}

function orderOf(id: string) {
  const items = [{ sku: "widget-001", qty: 2, price: 2999 }]
  return { id, items, customer: { id: "alice", email: "alice@example.com" } }
}

function statusOf(client: JsonClient, id: string, status: string): Promise<true> {
  return waitUntil(`${id} to be ${status}`, SOON_MS, async () => {
    const { body } = await client.get(`/v1/runs/${encodeURIComponent(id)}`)
    return member(body, "status") === status ? true : undefined
  })
}
