// One-click buy: buying at once, with a window in which it can be called off.
// Owns: the window and what follows it. Must not touch: the store (steps.ts), HTTP (routes.ts).
//   W1. The window closes at one instant, fixed before it opens, whatever is restarted meanwhile.
//   W2. Cancel or deadline: the first to be recorded wins, and only its step ever runs.

import type { Context } from "../../engine/workflow/context.ts"
import { Exponential } from "../../engine/steps/retry.ts"
import type { Purchase, PurchaseInput, PurchaseResult } from "./purchase.ts"
import { cancelPurchase, checkoutItem } from "./steps.ts"

/** Steps that call out end after this long, so that a call that hangs is seen and tried again. */
const ATTEMPT_TIMEOUT_MS = 5_000

/** Confirming is tried four times, 1, 2 and 4 s apart: a shopper waits for it. */
const CONFIRMING = Exponential({ delayMs: 500, maxRetries: 3 })

export function* oneClickBuy(ctx: Context, { itemId, key, windowMs }: PurchaseInput) {
  const closesAtMs = (yield* ctx.date.now()) + windowMs
  const deadline = new Date(closesAtMs).toISOString()
  const publish = (phase: Purchase["phase"]) =>
    ctx.publish("purchase", { key, itemId, phase, deadline } satisfies Purchase)

  yield* publish("open")
  const decision = yield* ctx.race({
    cancelled: ctx.receive("cancel"),
    windowClosed: ctx.sleep({ until: closesAtMs }),
  })

  if (decision.key === "cancelled") {
    yield* publish("cancelling")
    const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
    yield* ctx.run(cancelPurchase, itemId, key, callOut)
    yield* publish("cancelled")
    decision.value.reply({ status: "cancelled" })
    return { state: "PURCHASE_CANCELLED", itemId } satisfies PurchaseResult
  }

  yield* publish("confirming")
  const callOut = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, retryPolicy: CONFIRMING })
  const { orderId } = yield* ctx.run(checkoutItem, itemId, key, callOut)
  yield* publish("confirmed")
  return { state: "PURCHASE_CONFIRMED", itemId, orderId } satisfies PurchaseResult
}
