// Projection: what a user's stream amounts to so far: plain data, so that it can be kept as it is.
// Owns: the fold of changes. Pure. Must not touch: whether an event is legal (change.ts).
//   J1. Active, shipped and cancelled orders together are the orders placed.
//   J2. Applying costs the same however long the stream is: it changes the projection in place.

import { changeOf, type Change } from "./change.ts"
import { orderIdOf, type StreamEvent } from "./event.ts"

/** What a projection and its snapshot have in common. */
interface Profile {
  readonly userId: string
  name: string
  email: string
  subscription: "none" | "active" | "cancelled"
  subscriptionRenewals: number
  totalOrders: number
  cancelledOrders: number
  eventsProcessed: number
}

export interface Projection extends Profile {
  /** By order id, its numbers among those placed: the same id may have been placed twice. */
  readonly active: Map<string, number[]>
  readonly shipped: string[]
}

export interface ProjectionSnapshot extends Readonly<Profile> {
  /** In the order they were placed. */
  readonly activeOrders: readonly string[]
  /** In the order they were shipped. */
  readonly shippedOrders: readonly string[]
}

export function emptyProjection(userId: string): Projection {
  return {
    userId,
    name: "",
    email: "",
    subscription: "none",
    subscriptionRenewals: 0,
    totalOrders: 0,
    cancelledOrders: 0,
    eventsProcessed: 0,
    active: new Map(),
    shipped: [],
  }
}

/** The projection of the first `count` of these events, all of which are known to be legal. */
export function projectionOf(
  userId: string,
  events: readonly StreamEvent[],
  count: number,
): Projection {
  const projection = emptyProjection(userId)
  for (const event of events.slice(0, count)) {
    applyChange(projection, changeOf(event, isActive(projection, event)))
  }
  return projection
}

/** Whether the order the event is about is active. */
export function isActive(projection: Projection, event: StreamEvent): boolean {
  const orderId = orderIdOf(event)
  return orderId !== undefined && projection.active.has(orderId)
}

export function applyChange(projection: Projection, change: Change): Projection {
  projection.eventsProcessed++
  switch (change.kind) {
    case "profile":
      projection.name = change.name ?? projection.name
      projection.email = change.email ?? projection.email
      break
    case "activated":
      projection.subscription = "active"
      break
    case "renewed":
      projection.subscriptionRenewals++
      break
    case "placed":
      place(projection, change.orderId)
      break
    case "shipped":
      close(projection, change.orderId)
      projection.shipped.push(change.orderId)
      break
    case "cancelled":
      close(projection, change.orderId)
      projection.cancelledOrders++
      break
  }
  return projection
}

export function snapshotOf({ active, shipped, ...profile }: Projection): ProjectionSnapshot {
  const numbered: [number, string][] = []
  for (const [orderId, numbers] of active) {
    for (const number of numbers) numbered.push([number, orderId])
  }
  numbered.sort(([left], [right]) => left - right)
  const activeOrders = numbered.map(([, orderId]) => orderId)
  return { ...profile, activeOrders, shippedOrders: [...shipped] }
}

function place(projection: Projection, orderId: string): void {
  const number = ++projection.totalOrders
  const numbers = projection.active.get(orderId)
  if (numbers === undefined) projection.active.set(orderId, [number])
  else numbers.push(number)
}

/** The order placed first under this id is active no more. */
function close({ active }: Projection, orderId: string): void {
  const numbers = active.get(orderId) ?? []
  numbers.shift()
  if (numbers.length === 0) active.delete(orderId)
}
