// Event: what may stand in a user's stream.
// Owns: the shapes of events and their limits. Must not touch: what an event does to a projection (change.ts).
//   E1. A payload of a known type is checked at the door. An unknown type is let in: it fails the run, by its name.
//   E2. Further members of an event and of its payload are kept and ignored.

import * as v from "valibot"
import { nameField, runIdPartField } from "../fields.ts"

export const RUN_PREFIX = "projection/"

/** The body of a start. Events come by the thousand, and each carries a payload. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024

/** Events of one start: far below the records that one generation of a run may have. */
export const EVENTS_MAX = 200_000

const orderPayload = v.looseObject({ orderId: nameField() })

const payloads = {
  UserRegistered: v.looseObject({ name: v.string(), email: v.string() }),
  ProfileUpdated: v.looseObject({
    name: v.exactOptional(v.string()),
    email: v.exactOptional(v.string()),
  }),
  OrderPlaced: orderPayload,
  OrderShipped: orderPayload,
  OrderCancelled: orderPayload,
  SubscriptionActivated: v.looseObject({}),
  SubscriptionRenewed: v.looseObject({}),
}

type Payloads = typeof payloads

/** Any event of a stream, also one of a type nobody knows. */
export interface StreamEvent {
  readonly eventId: string
  readonly type: string
  readonly timestamp: string | number
  readonly payload?: unknown
}

/** An event the projection knows how to apply. */
export type KnownEvent = {
  [Type in keyof Payloads]: StreamEvent & {
    readonly type: Type
    readonly payload: v.InferOutput<Payloads[Type]>
  }
}[keyof Payloads]

export function isKnown(event: StreamEvent): event is KnownEvent {
  return Object.hasOwn(payloads, event.type)
}

/** The order an event is about, if it is about one. */
export function orderIdOf(event: StreamEvent): string | undefined {
  return isKnown(event) && "orderId" in event.payload ? String(event.payload.orderId) : undefined
}

const frame = {
  eventId: nameField(),
  type: nameField(),
  timestamp: v.union([nameField(), v.number()], "expected text in ISO 8601"),
}

const eventField = v.pipe(
  v.looseObject(frame),
  // What comes here has passed the frame.
  v.lazy((event) => withPayloadOf(event as StreamEvent)),
)

function withPayloadOf(event: StreamEvent) {
  return v.looseObject(isKnown(event) ? { ...frame, payload: payloads[event.type] } : frame)
}

export const streamFields = v.strictObject({
  userId: runIdPartField(RUN_PREFIX),
  events: v.pipe(
    v.array(eventField),
    v.maxLength(EVENTS_MAX, `expected at most ${EVENTS_MAX} events`),
  ),
})
