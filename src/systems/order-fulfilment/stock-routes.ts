// The routes of the stock.
// Owns: GET and PUT /stock/:sku. Must not touch: reservations.

import { Hono } from "hono"
import * as v from "valibot"
import { BelayError } from "../../engine/errors.ts"
import { nameField, wholeNumberField } from "../fields.ts"
import type { SystemEnvironment } from "../host.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { availableOf, setAvailable } from "./inventory.ts"

const stockSchema = v.object({ sku: nameField(), available: wholeNumberField(0) })

export function stockRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.get("/stock/:sku", async (c) => {
    const sku = c.get("host").pathSegment(c.req.raw, 1)
    const available = await availableOf(c.env.DB, sku)
    if (available === undefined) {
      throw new BelayError(
        "state_unknown",
        `There is no stock of '${sku}'; PUT /stock/:sku adds it.`,
        {
          sku,
        },
      )
    }
    return c.json({ sku, available })
  })

  routes.put("/stock/:sku", async (c) => {
    const host = c.get("host")
    const body = membersOf(await host.readBody(c.req.raw))
    const { sku, available } = checkInput(stockSchema, {
      ...body,
      sku: host.pathSegment(c.req.raw, 1),
    })
    await setAvailable(c.env.DB, sku, available)
    return c.json({ sku, available })
  })

  return routes
}
