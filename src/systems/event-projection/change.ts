// Change: what one event does to a projection, small enough to be the event's checkpoint.
// Owns: the fold's rules and its refusals. Pure. Must not touch: the projection itself (projection.ts).
//   C1. A change does not grow with the stream, so the checkpoints of a stream are linear in its length.

import { NonRetryableError } from "../../engine/errors.ts"
import { isKnown, type StreamEvent } from "./event.ts"

export type Change =
  | { readonly kind: "profile"; readonly name?: string; readonly email?: string }
  | { readonly kind: "activated" | "renewed" }
  | { readonly kind: "placed" | "shipped" | "cancelled"; readonly orderId: string }

/**
 * @param isActive whether the order the event is about is active
 * @throws NonRetryableError `event_type_unknown` or `order_not_active`, naming the event
 */
export function changeOf(event: StreamEvent, isActive: boolean): Change {
  if (!isKnown(event)) {
    throw refusal(event, "event_type_unknown", `is of the unknown type "${event.type}"`)
  }
  switch (event.type) {
    case "UserRegistered":
    case "ProfileUpdated": {
      const { name, email } = event.payload
      return {
        kind: "profile",
        ...(name !== undefined && { name }),
        ...(email !== undefined && { email }),
      }
    }
    case "SubscriptionActivated":
      return { kind: "activated" }
    case "SubscriptionRenewed":
      return { kind: "renewed" }
    case "OrderPlaced":
      return { kind: "placed", orderId: event.payload.orderId }
    case "OrderShipped":
    case "OrderCancelled": {
      const { orderId } = event.payload
      const kind = event.type === "OrderShipped" ? "shipped" : "cancelled"
      if (isActive) return { kind, orderId }
      throw refusal(
        event,
        "order_not_active",
        `says order "${orderId}" is ${kind}, but it is not active`,
      )
    }
  }
}

function refusal(event: StreamEvent, code: string, what: string): NonRetryableError {
  const { eventId, type } = event
  return new NonRetryableError(`Event ${eventId} (${type}) ${what}; nothing of it was applied.`, {
    code,
    details: { eventId, type },
  })
}
