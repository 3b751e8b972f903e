// The page on messages: its program runs: start with an update, updates with answers, state, a signal, a promise.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

test("a cart from its first article to the payment, over a kill", async () => {
  const page = await runPage("docs/messages.md")
  const { client } = page
  const start = (count: number) =>
    client.post("/v1/runs/cart-1", {
      workflow: "cart",
      input: ["alice"],
      update: { name: "add", value: { sku: "w", count } },
    })
  const first = await start(2)
  expect(first).toMatchObject({ status: 201, body: { update: { reply: { items: 1 } } } })
  const second = await client.post("/v1/runs/cart-1/updates/add", { sku: "g", count: 1 })
  expect(second).toEqual({ status: 200, body: { reply: { items: 2 } } })
  const refused = await client.post("/v1/runs/cart-1/updates/add", { sku: "g", count: 0 })
  expect([refused.status, member(refused.body, "error", "code")]).toEqual([422, "rejected"])
  await page.killAndRestart()
  expect(await start(3)).toMatchObject({ status: 200, body: { update: { reply: { items: 3 } } } })
  const cart = await client.get("/v1/runs/cart-1/state/cart")
  expect(member(cart.body, "items")).toHaveLength(3)

  expect((await client.post("/v1/runs/cart-1/signals/checkout")).status).toBe(202)
  const { body } = await client.get("/v1/runs/cart-1/state/payment")
  const settled = await client.post(`/v1/promises/${String(member(body, "token"))}/resolve`, {
    paid: true,
  })
  expect(settled.body).toEqual({ status: "resolved", value: { paid: true } })
  const end = await client.get("/v1/runs/cart-1/result?wait=10000")
  expect(member(end.body, "result")).toEqual({ items: 3, paid: true })
}, 30_000)
