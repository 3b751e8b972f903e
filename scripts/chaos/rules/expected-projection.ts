// Expected projection: what a stream of events amounts to, told a second time and in the plainest way, so that the
// projections of the systems have something to be held against.
// Owns: the fold of the audit. It must not import the systems' own. Pure.

import { member } from "../../support/json-client.ts"

export interface StreamEvent {
  readonly eventId: string
  readonly type: string
  readonly timestamp: string
  readonly payload: Readonly<Record<string, string>>
}

export interface ExpectedProjection {
  readonly projection: Readonly<Record<string, unknown>>
  /** The code of the error that ends the run before its end; `undefined` when every event is legal. */
  readonly refusal: string | undefined
}

export function expectedProjection(
  userId: string,
  events: readonly StreamEvent[],
): ExpectedProjection {
  const profile = { name: "", email: "", subscription: "none" }
  const counts = { subscriptionRenewals: 0, totalOrders: 0, cancelledOrders: 0, eventsProcessed: 0 }
  let activeOrders: string[] = []
  const shippedOrders: string[] = []
  const seen = new Set<string>()
  let refusal: string | undefined
  for (const { eventId, type, payload } of events) {
    if (seen.has(eventId)) continue
    seen.add(eventId)
    const orderId = String(member(payload, "orderId"))
    if (type === "UserRegistered" || type === "ProfileUpdated") Object.assign(profile, payload)
    else if (type === "SubscriptionActivated") profile.subscription = "active"
    else if (type === "SubscriptionRenewed") counts.subscriptionRenewals += 1
    else if (type === "OrderPlaced") {
      counts.totalOrders += 1
      activeOrders.push(orderId)
    } else if (type === "OrderShipped" || type === "OrderCancelled") {
      if (!activeOrders.includes(orderId)) {
        refusal = "order_not_active"
        break
      }
      activeOrders = activeOrders.filter((active) => active !== orderId)
      if (type === "OrderShipped") shippedOrders.push(orderId)
      else counts.cancelledOrders += 1
    } else {
      refusal = "event_type_unknown"
      break
    }
    counts.eventsProcessed += 1
  }
  return { projection: { userId, ...profile, ...counts, activeOrders, shippedOrders }, refusal }
}
