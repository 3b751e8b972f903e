// Order fulfilment as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import { Hono } from "hono"
import type { Registrar } from "../../engine/registry.ts"
import type { SystemEnvironment } from "../host.ts"
import { processOrderInput, WORKFLOW } from "./input.ts"
import { orderRoutes } from "./order-routes.ts"
import { stockRoutes } from "./stock-routes.ts"
import { processOrder } from "./workflow.ts"

export function registerOrderFulfilment(belay: Registrar): void {
  belay.register(WORKFLOW, processOrder, { input: processOrderInput })
}

export function orderFulfilmentRoutes(): Hono<SystemEnvironment> {
  return new Hono<SystemEnvironment>().route("/", orderRoutes()).route("/", stockRoutes())
}
