// Projection: what a user's stream amounts to so far.
// Owns: the fold of changes, and which events were applied. Pure. Must not touch: whether an event is legal (change.ts).
//   J1. Active, shipped and cancelled orders together are the orders placed.
//   J2. Applying costs the same however long the stream is.

import { changeOf, type Change } from "./change.ts"
import { orderIdOf, type StreamEvent } from "./event.ts"

export interface ProjectionSnapshot {
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly subscription: "none" | "active" | "cancelled"
  readonly subscriptionRenewals: number
  readonly totalOrders: number
  readonly cancelledOrders: number
  /** In the order they were placed. */
  readonly activeOrders: readonly string[]
  /** In the order they were shipped. */
  readonly shippedOrders: readonly string[]
  readonly eventsProcessed: number
}

export class Projection {
  readonly #userId: string
  #name = ""
  #email = ""
  #subscription: ProjectionSnapshot["subscription"] = "none"
  #subscriptionRenewals = 0
  #totalOrders = 0
  #cancelledOrders = 0
  /** Order id by its number among those placed: the same id may have been placed twice. */
  readonly #active = new Map<number, string>()
  readonly #activeNumbers = new Map<string, number[]>()
  readonly #shipped: string[] = []
  readonly #applied = new Set<string>()

  constructor(userId: string) {
    this.#userId = userId
  }

  /** The projection of the first `count` different events, all of which are known to be legal. */
  static ofFirst(count: number, userId: string, events: readonly StreamEvent[]): Projection {
    const projection = new Projection(userId)
    for (const event of events) {
      if (projection.eventsProcessed === count) break
      if (projection.hasApplied(event)) continue
      projection.apply(event, changeOf(event, projection.isActive(event)))
    }
    return projection
  }

  get eventsProcessed(): number {
    return this.#applied.size
  }

  /** Orders that a snapshot lists: what makes it grow. */
  get listedOrders(): number {
    return this.#active.size + this.#shipped.length
  }

  hasApplied(event: StreamEvent): boolean {
    return this.#applied.has(event.eventId)
  }

  /** Whether the order the event is about is active. */
  isActive(event: StreamEvent): boolean {
    const orderId = orderIdOf(event)
    return orderId !== undefined && this.#activeNumbers.has(orderId)
  }

  apply(event: StreamEvent, change: Change): void {
    this.#applied.add(event.eventId)
    switch (change.kind) {
      case "profile":
        this.#name = change.name ?? this.#name
        this.#email = change.email ?? this.#email
        break
      case "activated":
        this.#subscription = "active"
        break
      case "renewed":
        this.#subscriptionRenewals++
        break
      case "placed":
        this.#place(change.orderId)
        break
      case "shipped":
        this.#close(change.orderId)
        this.#shipped.push(change.orderId)
        break
      case "cancelled":
        this.#close(change.orderId)
        this.#cancelledOrders++
        break
    }
  }

  snapshot(): ProjectionSnapshot {
    return {
      userId: this.#userId,
      name: this.#name,
      email: this.#email,
      subscription: this.#subscription,
      subscriptionRenewals: this.#subscriptionRenewals,
      totalOrders: this.#totalOrders,
      cancelledOrders: this.#cancelledOrders,
      activeOrders: [...this.#active.values()],
      shippedOrders: [...this.#shipped],
      eventsProcessed: this.eventsProcessed,
    }
  }

  #place(orderId: string): void {
    const number = ++this.#totalOrders
    this.#active.set(number, orderId)
    const numbers = this.#activeNumbers.get(orderId)
    if (numbers === undefined) this.#activeNumbers.set(orderId, [number])
    else numbers.push(number)
  }

  /** The order placed first under this id is active no more. */
  #close(orderId: string): void {
    const numbers = this.#activeNumbers.get(orderId) ?? []
    const first = numbers.shift()
    if (first !== undefined) this.#active.delete(first)
    if (numbers.length === 0) this.#activeNumbers.delete(orderId)
  }
}
