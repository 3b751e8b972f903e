// The event projection as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/workflow/registry.ts"
import { RUN_PREFIX, streamFields } from "./event.ts"
import { projectEvents } from "./workflow.ts"

export { eventProjectionRoutes } from "./routes.ts"

const EXAMPLE_EVENTS = [
  {
    eventId: "e1",
    type: "UserRegistered",
    timestamp: "2026-01-01T00:00:00Z",
    payload: { name: "Alice", email: "alice@example.com" },
  },
  {
    eventId: "e2",
    type: "OrderPlaced",
    timestamp: "2026-01-02T00:00:00Z",
    payload: { orderId: "o1" },
  },
  {
    eventId: "e3",
    type: "OrderShipped",
    timestamp: "2026-01-03T00:00:00Z",
    payload: { orderId: "o1" },
  },
]

export function registerEventProjection(belay: Registrar): void {
  const { userId, events } = streamFields.entries
  belay.register("projectEvents", projectEvents, {
    input: v.strictTuple([userId, events]),
    example: () => {
      const user = crypto.randomUUID()
      return { id: RUN_PREFIX + user, input: [user, EXAMPLE_EVENTS] }
    },
  })
}
