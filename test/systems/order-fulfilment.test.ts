// Order fulfilment over HTTP: the routes, the failure table and the Traps of the original, row by row.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { chargePayment, validateOrder } from "../../src/systems/order-fulfilment/steps.ts"
import { attemptsOf, endOf, send, sendUntil } from "./support/service.ts"
import { stepContext } from "./support/step-context.ts"

let lastNumber = 0

function named(prefix: string): string {
  lastNumber += 1
  return `${prefix}-${lastNumber}`
}

/** The seed's order: 2 × 29.99 and 1 × 9.99. */
function givenOrder(sku = "widget-001") {
  return {
    id: named("ord"),
    items: [
      { sku, qty: 2, price: 2_999 },
      { sku: "gadget-001", qty: 1, price: 999 },
    ],
    customer: { id: "cust-1", email: "alice@example.com" },
  }
}

type GivenOrder = ReturnType<typeof givenOrder>

const runOf = (order: { id: string }) => `order/${order.id}`
const statusOf = (order: { id: string }) =>
  send(`GET /orders/${encodeURIComponent(order.id)}/status`)

async function rowsOf(table: "reservations" | "charges" | "confirmations", orderId: string) {
  const rows = await env.DB.prepare(`SELECT * FROM ${table} WHERE order_id = ?1`)
    .bind(orderId)
    .all()
  return rows.results
}

async function availableOf(sku: string): Promise<number> {
  return (await send(`GET /stock/${sku}`)).body.available
}

async function expectDone(order: GivenOrder) {
  expect(await statusOf(order)).toEqual({
    status: 200,
    body: {
      status: "done",
      result: {
        orderId: order.id,
        inventoryReserved: true,
        paymentCharged: true,
        confirmationSent: true,
        total: 6_997,
      },
    },
  })
  expect(await rowsOf("reservations", order.id)).toHaveLength(2)
  const [charge, ...charges] = await rowsOf("charges", order.id)
  expect(charge).toMatchObject({
    amount: 6_997,
    charge_id: expect.stringMatching(/^ch_[0-9a-f]{24}$/),
  })
  expect(charges).toEqual([])
  expect(await rowsOf("confirmations", order.id)).toMatchObject([
    { email: "alice@example.com", charge_id: charge?.["charge_id"] },
  ])
}

async function expectNothingDone(orderId: string) {
  for (const table of ["reservations", "charges", "confirmations"] as const) {
    expect(await rowsOf(table, orderId)).toEqual([])
  }
}

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
    await send("POST /orders", { body: order, fault: "reserveInventory:1:hang" })
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

// Side by side, because most of them wait for a retry.
describe.concurrent("the failure table", () => {
  const STEPS = ["validateOrder", "reserveInventory", "chargePayment", "sendConfirmation"]

  test.each(STEPS)(
    "row `step throws`, %s: that step alone is retried, after two seconds",
    async (step) => {
      const order = givenOrder()
      const startedAtMs = Date.now()
      await send("POST /orders", { body: order, fault: `${step}:1` })
      await endOf(runOf(order))
      expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(2_000)
      await expectDone(order)
      for (const each of STEPS) {
        expect(await attemptsOf(runOf(order), each)).toBe(each === step ? 2 : 1)
      }
    },
  )

  test.each(STEPS)(
    "row `crash between any two steps`, %s: goes on, every effect once",
    async (step) => {
      const sku = named("sku")
      await send(`PUT /stock/${sku}`, { body: { available: 10 } })
      const order = givenOrder(sku)
      await send("POST /orders", { body: order, fault: `${step}:1:crash` })
      expect((await endOf(runOf(order))).status).toBe("completed")
      await expectDone(order)
      expect(await availableOf(sku)).toBe(8)
    },
  )

  test("Trap: the charge id is the same on every attempt", async () => {
    const order = givenOrder()
    const ctx = stepContext({ db: env.DB }, {})
    const chargeId = await chargePayment(ctx, order)
    const first = await rowsOf("charges", order.id)
    expect(await chargePayment(ctx, order)).toBe(chargeId)
    // The charge that the attempt before had made is the one the run goes on with.
    await send("POST /orders", { body: order, fault: "chargePayment:1:crash" })
    await endOf(runOf(order))
    await expectDone(order)
    expect(await rowsOf("charges", order.id)).toEqual(first)
  })

  test("Trap: a failed order is reported as failed, not as 404 and not as processing", async () => {
    const order = { ...givenOrder(), items: [{ sku: named("unknown"), qty: 1, price: 1 }] }
    await send("POST /orders", { body: order })
    await endOf(runOf(order))
    const { status, body } = await statusOf(order)
    expect(status).toBe(200)
    expect(body.error).toMatchObject({ name: "NonRetryableError", message: expect.any(String) })
  })

  test("Trap: an order that is not valid fails the step for good", () => {
    const order = { ...givenOrder(), items: [] }
    expect(() => validateOrder(stepContext({}, {}), order)).toThrow(
      expect.objectContaining({ code: "invalid_order", nonRetryable: true }),
    )
  })

  test("a cancelled order says so", async () => {
    const order = givenOrder()
    await send("POST /orders", { body: order, fault: "reserveInventory:1:throw" })
    await send(`POST /v1/runs/${encodeURIComponent(runOf(order))}/cancel`)
    await endOf(runOf(order))
    expect((await statusOf(order)).body.status).toBe("cancelled")
  })

  test("another run under the same order id and other values charges nothing", async () => {
    const order = givenOrder()
    await send("POST /orders", { body: order })
    await endOf(runOf(order))
    for (const items of [order.items.slice(1), [{ sku: "widget-001", qty: 1, price: 1 }]]) {
      const body = { workflow: "processOrder", input: [{ ...order, items }] }
      const other = await send(`POST /v1/runs/${named("other")}?wait=10000`, { body })
      expect(other.body).toMatchObject({ status: "failed", error: { code: "order_conflict" } })
    }
    await expectDone(order)
  })
})
