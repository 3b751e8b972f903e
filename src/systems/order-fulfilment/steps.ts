// The steps of order fulfilment.
// Owns: what each does outside, once, whoever asks how often. Must not touch: their order (workflow.ts).
//   S1. Every effect is one row keyed by the order's id; a step attempted again finds its row and answers from it.
//   S2. A row of that key with other values belongs to another order: the step fails for good.

import * as v from "valibot"
import type { StepContext } from "../../engine/workflow/context.ts"
import { NonRetryableError } from "../../engine/errors.ts"
import { logStep } from "../step-log.ts"
import { orderSchema, quantitiesOf, totalOf, type Order } from "./input.ts"
import { reserve } from "./inventory.ts"

/** Hex digits of a charge id: 96 bits, so that two orders never share one. */
const CHARGE_ID_DIGITS = 24

/** @throws NonRetryableError `invalid_order` naming the field: no further attempt makes an order valid. */
export function validateOrder(ctx: StepContext, order: Order): void {
  const [issue] = v.safeParse(orderSchema, order).issues ?? []
  if (issue !== undefined) {
    const field = v.getDotPath(issue) ?? "order"
    throw new NonRetryableError(`Order ${order.id} is not valid: ${field}: ${issue.message}.`, {
      code: "invalid_order",
      details: { field },
    })
  }
  const { id, items } = order
  logStep(ctx, `order ${id}: ${items.length} item(s), total ${totalOf(items)}`)
}

/** @throws NonRetryableError `out_of_stock` when there is less than the order needs: nothing is reserved then. */
export async function reserveInventory(ctx: StepContext, order: Order): Promise<void> {
  const wanted = quantitiesOf(order.items)
  const reservation = await reserve(ctx.getDependency<D1Database>("db"), order.id, wanted)
  logStep(ctx, `order ${order.id}: ${reservation.kind} ${wanted.size} sku(s)`)
  switch (reservation.kind) {
    case "reserved":
      return
    case "short": {
      const { shortages } = reservation
      const text = shortages.map(({ sku, qty, available }) => `${sku} (${qty} of ${available})`)
      throw new NonRetryableError(`Order ${order.id}: not enough in stock of ${text.join(", ")}.`, {
        code: "out_of_stock",
        details: { shortages },
      })
    }
    case "taken":
      throw taken(order.id, "a reservation of other items")
  }
}

/** The charge's id, derived from the order's. Takes the order's total once. */
export async function chargePayment(ctx: StepContext, order: Order): Promise<string> {
  const db = ctx.getDependency<D1Database>("db")
  const amount = totalOf(order.items)
  const chargeId = await chargeIdOf(order.id)
  const [, charges] = await db.batch<{ amount: number }>([
    db
      .prepare(
        `INSERT INTO charges (order_id, charge_id, amount, charged_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING`,
      )
      .bind(order.id, chargeId, amount, new Date().toISOString()),
    db.prepare("SELECT amount FROM charges WHERE order_id = ?1").bind(order.id),
  ])
  if (charges?.results[0]?.amount !== amount) throw taken(order.id, "a charge of another amount")
  logStep(ctx, `order ${order.id}: charged ${amount}`, { chargeId })
  return chargeId
}

export async function sendConfirmation(
  ctx: StepContext,
  order: Order,
  chargeId: string,
): Promise<void> {
  await ctx
    .getDependency<D1Database>("db")
    .prepare(
      `INSERT INTO confirmations (order_id, email, charge_id, sent_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO NOTHING`,
    )
    .bind(order.id, order.customer.email, chargeId, new Date().toISOString())
    .run()
  logStep(ctx, `order ${order.id}: confirmation sent`, { chargeId })
}

async function chargeIdOf(orderId: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(`charge/${orderId}`),
  )
  const digits = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"))
  return `ch_${digits.join("").slice(0, CHARGE_ID_DIGITS)}`
}

function taken(orderId: string, what: string): NonRetryableError {
  return new NonRetryableError(
    `Order ${orderId}: ${what} stands under this id already; give the order another id.`,
    { code: "order_conflict", details: { orderId } },
  )
}
