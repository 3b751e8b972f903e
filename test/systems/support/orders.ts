// Orders: an order as tests arrange it, and what must stand in the stores at its end.

import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { send } from "./service.ts"

let lastNumber = 0

export function named(prefix: string): string {
  lastNumber += 1
  return `${prefix}-${lastNumber}`
}

/** The seed's order: 2 × 29.99 and 1 × 9.99. */
export function givenOrder(sku = "widget-001") {
  return {
    id: named("ord"),
    items: [
      { sku, qty: 2, price: 2_999 },
      { sku: "gadget-001", qty: 1, price: 999 },
    ],
    customer: { id: "cust-1", email: "alice@example.com" },
  }
}

type GivenOrder = ReturnType<typeof givenOrder>

export const runOf = (order: { id: string }) => `order/${order.id}`
export const statusOf = (order: { id: string }) =>
  send(`GET /orders/${encodeURIComponent(order.id)}/status`)

export async function rowsOf(table: "reservations" | "charges" | "confirmations", orderId: string) {
  const rows = await env.DB.prepare(`SELECT * FROM ${table} WHERE order_id = ?1`)
    .bind(orderId)
    .all()
  return rows.results
}

export async function availableOf(sku: string): Promise<number> {
  return (await send(`GET /stock/${sku}`)).body.available
}

export async function expectDone(order: GivenOrder) {
  expect(await statusOf(order)).toEqual({
    status: 200,
    body: {
      status: "done",
      result: {
        orderId: order.id,
        inventoryReserved: true,
        paymentCharged: true,
        confirmationSent: true,
        total: 6_997,
      },
    },
  })
  expect(await rowsOf("reservations", order.id)).toHaveLength(2)
  const [charge, ...charges] = await rowsOf("charges", order.id)
  expect(charge).toMatchObject({
    amount: 6_997,
    charge_id: expect.stringMatching(/^ch_[0-9a-f]{24}$/),
  })
  expect(charges).toEqual([])
  expect(await rowsOf("confirmations", order.id)).toMatchObject([
    { email: "alice@example.com", charge_id: charge?.["charge_id"] },
  ])
}

export async function expectNothingDone(orderId: string) {
  for (const table of ["reservations", "charges", "confirmations"] as const) {
    expect(await rowsOf(table, orderId)).toEqual([])
  }
}
