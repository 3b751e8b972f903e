// Order fulfilment over HTTP: orders and what is refused.
import { describe, expect, test } from "vitest"
import {
  named,
  givenOrder,
  runOf,
  statusOf,
  availableOf,
  expectDone,
  expectNothingDone,
} from "./support/orders.ts"
import { attemptsOf, endOf, send, sendUntil } from "./support/service.ts"

describe("over HTTP", () => {
  test("an order is accepted, then done, and every effect happened once", async () => {
    const order = givenOrder()
    const widgets = await availableOf("widget-001")
    const gadgets = await availableOf("gadget-001")
    expect(await send("POST /orders", { body: order })).toEqual({
      status: 202,
      body: { status: "accepted", orderId: order.id, statusUrl: `/orders/${order.id}/status` },
    })
    await sendUntil(`GET /orders/${order.id}/status`, ({ body }) => body.status === "done")
    await expectDone(order)
    expect(await availableOf("widget-001")).toBe(widgets - 2)
    expect(await availableOf("gadget-001")).toBe(gadgets - 1)
    expect(
      await send(`GET /v1/runs/${encodeURIComponent(runOf(order))}/state/order`),
    ).toMatchObject({
      body: { orderId: order.id, state: "confirmed" },
    })
  })

  test("row `duplicate POST`: at once or later, one execution; another body is 409", async () => {
    const order = givenOrder()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => send("POST /orders", { body: order })),
    )
    await endOf(runOf(order))
    answers.push(await send("POST /orders", { body: order }))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.status).toBe(202)
    const others = [
      { ...order, items: order.items.slice(1) },
      { ...order, customer: { id: "cust-2", email: "bob@example.com" } },
    ]
    for (const other of others) {
      expect((await send("POST /orders", { body: other })).status).toBe(409)
    }
    await expectDone(order)
    for (const step of ["validateOrder", "reserveInventory", "chargePayment", "sendConfirmation"]) {
      expect(await attemptsOf(runOf(order), step)).toBe(1)
    }
  })

  test("the order of the members does not make another body", async () => {
    const order = givenOrder()
    const { id, items, customer } = order
    expect((await send("POST /orders", { body: order })).status).toBe(202)
    expect((await send("POST /orders", { body: { customer, items, id } })).status).toBe(202)
  })

  test("a field left out of a repeated order agrees with what the run has", async () => {
    const order = givenOrder()
    await send("POST /orders", { body: order })
    const again = await send("POST /orders", { body: { id: order.id, items: order.items } })
    expect(again).toMatchObject({ status: 202, body: { orderId: order.id } })
  })

  test("row `status before finish`: processing, and it does not wait", async () => {
    const order = givenOrder()
    await send("POST /orders", { body: order, fault: "reserveInventory:1" })
    const askedAtMs = Date.now()
    expect(await statusOf(order)).toEqual({ status: 200, body: { status: "processing" } })
    expect(Date.now() - askedAtMs).toBeLessThan(1_000)
    await endOf(runOf(order))
    await expectDone(order)
  })

  test("row `unknown`: 404 not_found", async () => {
    const answer = await statusOf({ id: named("nothing") })
    expect(answer).toMatchObject({
      status: 404,
      body: { status: "not_found", error: { code: "run_unknown" } },
    })
  })

  test("an order's id may hold anything an id can hold, and the status is where the answer says", async () => {
    const order = { ...givenOrder(), id: `a/b ä% 😀 ${named("x")}` }
    const { body } = await send("POST /orders", { body: order })
    await sendUntil(`GET ${body.statusUrl}`, (answer) => answer.body.status === "done")
    await expectDone(order)
  })

  test.each([
    ["id", { id: undefined }],
    ["id", { id: "" }],
    ["items", { items: undefined }],
    ["items", { items: [] }],
    ["customer", { customer: undefined }],
    ["customer", { customer: null }],
    ["customer.id", { customer: { email: "a@example.com" } }],
    ["customer.email", { customer: { id: "c" } }],
    ["items.0.price", { items: [{ sku: "widget-001", qty: 1 }] }],
    ["items.0.qty", { items: [{ sku: "widget-001", price: 1 }] }],
    ["items.0.sku", { items: [{ qty: 1, price: 1 }] }],
  ])(
    "Trap: without %s the order is 400, starts nothing and is never retried",
    async (field, change) => {
      const order = { ...givenOrder(), ...change }
      const answer = await send("POST /orders", { body: order })
      expect(answer.status).toBe(400)
      expect(answer.body.error.message).toContain("Missing required order fields")
      expect(answer.body.error.message).toContain(field)
      if (order.id) expect((await statusOf({ id: order.id })).status).toBe(404)
    },
  )

  test.each([
    ["items.0.qty", { items: [{ sku: "widget-001", qty: -1, price: 1 }] }],
    ["items.0.qty", { items: [{ sku: "widget-001", qty: 0, price: 1 }] }],
    ["items.0.qty", { items: [{ sku: "widget-001", qty: 1.5, price: 1 }] }],
    ["items.0.qty", { items: [{ sku: "widget-001", qty: "1", price: 1 }] }],
    ["items.0.price", { items: [{ sku: "widget-001", qty: 1, price: -1 }] }],
    ["items.0.price", { items: [{ sku: "widget-001", qty: 1, price: 9.99 }] }],
    ["items.0.sku", { items: [{ sku: 7, qty: 1, price: 1 }] }],
    ["items.0", { items: ["widget-001"] }],
    ["items", { items: "widget-001" }],
    ["items", { items: [{ sku: "w", qty: 2, price: Number.MAX_SAFE_INTEGER }] }],
    ["customer", { customer: "alice" }],
    ["customer.email", { customer: { id: "c", email: 7 } }],
    ["id", { id: 7 }],
    ["id", { id: "a\u0000b" }],
    ["id", { id: "x".repeat(251) }],
    ["id", { id: ".." }],
  ])("a bad %s is 400 with the field named, and starts nothing", async (field, change) => {
    const order = { ...givenOrder(), ...change }
    const answer = await send("POST /orders", { body: order })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain(field)
    await expectNothingDone(String(order.id))
    expect((await send("POST /orders", { body: givenOrder() })).status).toBe(202)
  })

  test("row `body not JSON, huge payload`: 400 and 413, nothing started", async () => {
    for (const body of ["{", "text", "[]", '"order"', "null", ""]) {
      expect((await send("POST /orders", { body })).status).toBe(400)
    }
    const order = { ...givenOrder(), note: "x".repeat(2 * 1024 * 1024) }
    expect((await send("POST /orders", { body: order })).status).toBe(413)
    expect((await statusOf(order)).status).toBe(404)
  })

  test("by the engine's own route a bad order is 400 as well", async () => {
    const { id, ...rest } = givenOrder()
    for (const input of [[], [rest], [{ id, ...rest, items: [] }], [{ id, ...rest }, true]]) {
      const body = { workflow: "processOrder", input }
      const started = await send(`POST /v1/runs/${encodeURIComponent(`order/${id}`)}`, { body })
      expect(started.status).toBe(400)
    }
  })
})
