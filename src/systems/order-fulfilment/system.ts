// Order fulfilment as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import { Hono } from "hono"
import type { Registrar } from "../../engine/workflow/registry.ts"
import type { SystemEnvironment } from "../host.ts"
import { processOrderInput, RUN_ID_PREFIX, WORKFLOW } from "./input.ts"
import { orderRoutes } from "./order-routes.ts"
import { stockRoutes } from "./stock-routes.ts"
import { processOrder } from "./workflow.ts"

export function registerOrderFulfilment(belay: Registrar): void {
  belay.register(WORKFLOW, processOrder, {
    input: processOrderInput,
    example: () => {
      const id = `o-${crypto.randomUUID()}`
      const items = [{ sku: "widget-001", qty: 2, price: 2999 }]
      const customer = { id: "alice", email: "alice@example.com" }
      return { id: RUN_ID_PREFIX + id, input: [{ id, items, customer }] }
    },
  })
}

export function orderFulfilmentRoutes(): Hono<SystemEnvironment> {
  return new Hono<SystemEnvironment>().route("/", orderRoutes()).route("/", stockRoutes())
}
