// Who has events projected: streams with doubles in them, and now and then one that cannot be.

import { between, oneOf, type Random } from "../../support/seeded-random.ts"
import { member } from "../../support/json-client.ts"
import {
  begin,
  endsOf,
  readAll,
  readRuns,
  type Audited,
  type Customer,
  type Shop,
  type Visit,
} from "../customer.ts"
import { auditProjections, type WantedProjection } from "../rules/event-projection.ts"
import type { StreamEvent } from "../rules/expected-projection.ts"

const EVENTS_MAX = 400
const DOUBLES = 0.05
const ILLEGAL = 0.15

const EPOCH_MS = Date.UTC(2026, 0, 1)

export class EventProjectionCustomer implements Customer {
  readonly system = "event-projection"
  readonly #shop: Shop
  readonly #wanted: WantedProjection[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get accepted(): number {
    return this.#wanted.length
  }

  async open(): Promise<void> {}

  async visit(visit: Visit): Promise<void> {
    const { random, number } = visit
    const userId = `user-${number}`
    const events = streamOf(random)
    await begin(this.#shop.client, visit, {
      path: `/projections/${userId}`,
      body: { events },
      steps: ["applyEvent", "applyEvent#5"],
    })
    this.#wanted.push({ userId, events })
  }

  async audit(): Promise<Audited> {
    const { client } = this.#shop
    const users = this.#wanted.map(({ userId }) => userId)
    const runs = await readRuns(client, users, (user) => `projection/${user}`)
    const shown = await readAll(users, async (user) => {
      const { body } = await client.get(`/projections/${user}`)
      return body
    })
    const applied = [...shown.values()].map((body) => Number(member(body, "eventsProcessed")))
    return {
      findings: auditProjections({ wanted: this.#wanted, runs, shown }),
      runs,
      ends: endsOf(runs),
      effects: applied.reduce((sum, count) => sum + count, 0),
      money: 0,
    }
  }
}

function streamOf(random: Random): StreamEvent[] {
  const events: StreamEvent[] = []
  const active: string[] = []
  const add = (type: string, payload: Record<string, string> = {}) => {
    const n = events.length
    const timestamp = new Date(EPOCH_MS + n * 1_000).toISOString()
    events.push({ eventId: `event-${n}`, type, timestamp, payload })
  }
  add("UserRegistered", { name: "Chaos", email: "chaos@example.com" })
  const count = between(random, 3, random() < 0.2 ? EVENTS_MAX : 40)
  while (events.length < count) {
    const dice = random()
    const double = events[between(random, 0, events.length - 1)]
    if (dice < DOUBLES && double !== undefined) events.push(double)
    else if (dice < 0.15) add("ProfileUpdated", { name: `Chaos ${events.length}` })
    else if (dice < 0.25) add("SubscriptionActivated")
    else if (dice < 0.35) add("SubscriptionRenewed")
    else if (dice < 0.7 || active.length === 0) {
      const orderId = `order-${events.length}`
      active.push(orderId)
      add("OrderPlaced", { orderId })
    } else {
      const orderId = oneOf(random, active)
      active.splice(active.indexOf(orderId), 1)
      add(random() < 0.5 ? "OrderShipped" : "OrderCancelled", { orderId })
    }
  }
  if (random() < ILLEGAL) {
    if (random() < 0.5) add("Unheard", {})
    else add("OrderShipped", { orderId: "never-placed" })
    add("SubscriptionRenewed")
  }
  return events
}
