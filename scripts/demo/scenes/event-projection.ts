// Event projection: the seed's eight events, killed at the sixth and again at the eighth.

import { member } from "../../support/json-client.ts"
import {
  differences,
  readRun,
  requireStatus,
  type Scene,
  type Stage,
  type Verdict,
} from "../scene.ts"

const USER = "user_alice_42"
const RUN = `projection/${USER}`

const EVENTS = (
  [
    ["UserRegistered", { name: "Alice Chen", email: "alice@example.com" }],
    ["ProfileUpdated", { name: "Alice Chen-Watson" }],
    ["SubscriptionActivated", {}],
    ["OrderPlaced", { orderId: "ord_001" }],
    ["OrderPlaced", { orderId: "ord_002" }],
    ["OrderShipped", { orderId: "ord_001" }],
    ["OrderCancelled", { orderId: "ord_002" }],
    ["SubscriptionRenewed", {}],
  ] as const
).map(([type, payload], index) => ({
  eventId: `evt_00${index + 1}`,
  type,
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
  payload,
}))

export class EventProjectionScene implements Scene {
  readonly system = "event-projection"
  readonly runs = [RUN]
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async begin(): Promise<void> {
    const { client } = this.#stage.runtime
    const faults = { "x-belay-fault": "applyEvent#6:1:hang,applyEvent#8:1:hang" }
    requireStatus(await client.post(`/projections/${USER}`, { events: EVENTS }, faults), 202)
  }

  reached(place: "first" | "second"): Promise<void> {
    return this.#stage.lines.waitFor(RUN, "applyEvent", place === "first" ? 5 : 7)
  }

  async check(): Promise<Verdict> {
    const { status, result, steps: entries } = await readRun(this.#stage, RUN)
    // The fold has an entry of its own beside those of its events.
    const steps = entries - 1
    const projection = member(result, "finalProjection")
    return {
      effects: `${String(member(projection, "eventsProcessed"))} events applied, ${steps} checkpoints`,
      result: `${status}, ${String(member(projection, "name"))}`,
      problems: differences(
        { status, steps, projection },
        {
          status: "completed",
          steps: EVENTS.length,
          projection: {
            userId: USER,
            name: "Alice Chen-Watson",
            email: "alice@example.com",
            subscription: "active",
            subscriptionRenewals: 1,
            totalOrders: 2,
            cancelledOrders: 1,
            activeOrders: [],
            shippedOrders: ["ord_001"],
            eventsProcessed: EVENTS.length,
          },
        },
      ),
    }
  }
}
