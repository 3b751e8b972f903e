// Order fulfilment: validate, reserve, charge, confirm; four steps, each a checkpoint.
// Owns: their order and the result. Must not touch: the stores (steps.ts).

import type { Context } from "../../engine/workflow/context.ts"
import { totalOf, type Order } from "./input.ts"
import { chargePayment, reserveInventory, sendConfirmation, validateOrder } from "./steps.ts"

/** Steps that call out end after this long, so that a call that hangs is seen and tried again. */
const ATTEMPT_TIMEOUT_MS = 5_000

export function* processOrder(ctx: Context, order: Order) {
  const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
  const orderId = order.id
  yield* ctx.run(validateOrder, order)
  yield* ctx.run(reserveInventory, order, callOut)
  yield* ctx.publish("order", { orderId, state: "reserved" })
  const chargeId = yield* ctx.run(chargePayment, order, callOut)
  yield* ctx.publish("order", { orderId, state: "charged", chargeId })
  yield* ctx.run(sendConfirmation, order, chargeId, callOut)
  yield* ctx.publish("order", { orderId, state: "confirmed", chargeId })
  return {
    orderId,
    inventoryReserved: true,
    paymentCharged: true,
    confirmationSent: true,
    total: totalOf(order.items),
  }
}
