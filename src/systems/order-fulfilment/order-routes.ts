// The routes of orders.
// Owns: POST /orders and GET /orders/:id/status. Must not touch: the stock, how a run is stored.
//   R1. 202 is sent only after the start is durable; nothing is started for an order that is not whole.
//   R2. The status never waits.

import { Hono } from "hono"
import { BelayError } from "../../engine/errors.ts"
import type { SystemEnvironment } from "../host.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, resultOf } from "../run-answer.ts"
import { findRun, startOrAttach } from "../system-run.ts"
import { orderSchema, RUN_ID_PREFIX, WORKFLOW, type Order } from "./input.ts"
import { missingFields } from "./missing-fields.ts"

export function orderRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/orders", async (c) => {
    const host = c.get("host")
    const faults = host.faults(c.req.raw)
    const body = membersOf(await host.readBody(c.req.raw))
    const orderId = typeof body["id"] === "string" ? body["id"] : ""
    await startOrAttach(host.runs, RUN_ID_PREFIX + orderId, {
      workflow: WORKFLOW,
      inputFrom: (existing) => [wholeOrder({ ...membersOf(existing?.[0]), ...body })],
      faults,
      trace: host.trace(c.req.raw),
    })
    const statusUrl = `/orders/${encodeURIComponent(orderId)}/status`
    return c.json({ status: "accepted", orderId, statusUrl }, 202)
  })

  routes.get("/orders/:id/status", async (c) => {
    const host = c.get("host")
    const orderId = host.pathSegment(c.req.raw, 1)
    const run = await findRun(host.runs, RUN_ID_PREFIX + orderId, WORKFLOW)
    if (run === undefined) {
      const message = `There is no order '${orderId}'.`
      const error = { code: "run_unknown", message, details: { orderId } }
      return c.json({ status: "not_found", error }, 404)
    }
    if (run.status === "completed") {
      return c.json({ status: "done", result: resultOf(run) as object })
    }
    return c.json(failureOf(run) ?? { status: "processing" })
  })

  return routes
}

/** @throws BelayError invalid_request saying which fields are missing, or which do not fit */
function wholeOrder(order: Readonly<Record<string, unknown>>): Order {
  const missing = missingFields(order)
  if (missing.length === 0) return checkInput(orderSchema, order)
  const text = missing.join(", ")
  throw new BelayError("invalid_request", `Missing required order fields: ${text}.`, {
    fields: missing,
  })
}
