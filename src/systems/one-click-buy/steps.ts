// The steps of one-click buy: confirm the purchase, or record that it was called off.
// Owns: the row of each purchase. Must not touch: which of the two happens (workflow.ts).
//   S1. One row a purchase, keyed by the step; the order id comes from the same key, so every attempt names one order.

import type { StepContext } from "../../engine/workflow/context.ts"
import { logStep } from "../step-log.ts"

/** Bytes of the digest in an order id: no two orders of one shop meet by accident. */
const ORDER_ID_BYTES = 10

/** Makes the order and gives its id. */
export async function checkoutItem(
  ctx: StepContext,
  itemId: string,
  key: string,
): Promise<{ orderId: string }> {
  const orderId = await orderIdOf(ctx.idempotencyKey)
  await recordPurchase(ctx, { key, itemId, state: "PURCHASE_CONFIRMED", orderId })
  logStep(ctx, "order created", { key, itemId, orderId })
  return { orderId }
}

export async function cancelPurchase(
  ctx: StepContext,
  itemId: string,
  key: string,
): Promise<{ itemId: string }> {
  await recordPurchase(ctx, { key, itemId, state: "PURCHASE_CANCELLED", orderId: null })
  logStep(ctx, "purchase cancelled", { key, itemId })
  return { itemId }
}

interface PurchaseRow {
  readonly key: string
  readonly itemId: string
  readonly state: "PURCHASE_CONFIRMED" | "PURCHASE_CANCELLED"
  readonly orderId: string | null
}

async function recordPurchase(ctx: StepContext, row: PurchaseRow): Promise<void> {
  await ctx
    .getDependency<D1Database>("db")
    .prepare(
      `INSERT INTO purchases (idempotency_key, purchase_key, item_id, state, order_id, decided_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (idempotency_key) DO NOTHING`,
    )
    .bind(ctx.idempotencyKey, row.key, row.itemId, row.state, row.orderId, new Date().toISOString())
    .run()
}

async function orderIdOf(idempotencyKey: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(idempotencyKey))
  const bytes = [...new Uint8Array(digest, 0, ORDER_ID_BYTES)]
  return `order-${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`
}
