// Order fulfilment under failure: the table and the Traps of the original, row by row.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { chargePayment, validateOrder } from "../../src/systems/order-fulfilment/steps.ts"
import {
  named,
  givenOrder,
  runOf,
  statusOf,
  rowsOf,
  availableOf,
  expectDone,
} from "./support/orders.ts"
import { attemptsOf, endOf, send } from "./support/service.ts"
import { stepContext } from "./support/step-context.ts"

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
