// The stock over HTTP, and orders that want more than there is.
import { describe, expect, test } from "vitest"
import {
  named,
  givenOrder,
  runOf,
  statusOf,
  availableOf,
  expectNothingDone,
} from "./support/orders.ts"
import { attemptsOf, endOf, send } from "./support/service.ts"

describe("stock", () => {
  test("is a real table that can be read and set", async () => {
    const sku = named("sku")
    expect((await send(`GET /stock/${sku}`)).status).toBe(404)
    const set = { status: 200, body: { sku, available: 7 } }
    expect(await send(`PUT /stock/${sku}`, { body: { available: 7 } })).toEqual(set)
    expect(await send(`GET /stock/${sku}`)).toEqual(set)
    for (const available of [-1, 1.5, "7", null, undefined]) {
      const answer = await send(`PUT /stock/${sku}`, { body: { available } })
      expect(answer.status).toBe(400)
      expect(answer.body.error.message).toContain("available")
    }
    expect(await send(`GET /stock/${sku}`)).toEqual(set)
  })

  test("Trap: reserving more than there is fails at once and for good, and reserves nothing", async () => {
    const sku = named("rare")
    await send(`PUT /stock/${sku}`, { body: { available: 3 } })
    const widgets = await availableOf("widget-001")
    const order = {
      ...givenOrder(),
      items: [
        { sku: "widget-001", qty: 1, price: 1 },
        { sku, qty: 4, price: 1 },
      ],
    }
    await send("POST /orders", { body: order })
    await endOf(runOf(order))
    const { status, body } = await statusOf(order)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: "failed",
      error: { code: "out_of_stock", details: { shortages: [{ sku, qty: 4, available: 3 }] } },
    })
    expect(await attemptsOf(runOf(order), "reserveInventory")).toBe(1)
    await expectNothingDone(order.id)
    expect([await availableOf(sku), await availableOf("widget-001")]).toEqual([3, widgets])
  })

  test("an order for something never stocked fails at once", async () => {
    const order = { ...givenOrder(), items: [{ sku: named("unknown"), qty: 1, price: 1 }] }
    await send("POST /orders", { body: order })
    await endOf(runOf(order))
    expect((await statusOf(order)).body).toMatchObject({
      status: "failed",
      error: { code: "out_of_stock" },
    })
  })

  test("several lines of one sku are added up", async () => {
    const sku = named("sku")
    await send(`PUT /stock/${sku}`, { body: { available: 5 } })
    const line = { sku, qty: 3, price: 1 }
    const order = { ...givenOrder(), items: [line, line] }
    await send("POST /orders", { body: order })
    await endOf(runOf(order))
    expect((await statusOf(order)).body.status).toBe("failed")
    await send(`PUT /stock/${sku}`, { body: { available: 6 } })
    const second = { ...givenOrder(), items: [line, line] }
    await send("POST /orders", { body: second })
    await endOf(runOf(second))
    expect((await statusOf(second)).body.status).toBe("done")
    expect(await availableOf(sku)).toBe(0)
  })

  test("twenty orders at once for the last ten pieces: ten are done, none is left, none too many", async () => {
    const sku = named("sku")
    await send(`PUT /stock/${sku}`, { body: { available: 10 } })
    const orders = Array.from({ length: 20 }, () => ({
      ...givenOrder(),
      items: [{ sku, qty: 1, price: 1 }],
    }))
    await Promise.all(orders.map((order) => send("POST /orders", { body: order })))
    const runs = await Promise.all(orders.map((order) => endOf(runOf(order))))
    expect(runs.filter(({ status }) => status === "completed")).toHaveLength(10)
    expect(runs.filter(({ status }) => status === "failed")).toHaveLength(10)
    expect(await availableOf(sku)).toBe(0)
  })
})
