// One-click buy over HTTP: each row of the original's failure table, and its Traps.
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import type { Purchase, PurchaseResult } from "../../src/systems/one-click-buy/purchase.ts"
import { ask, askUntil } from "./support/ask.ts"
import { attemptsOf, crash, endOf, evict, type Sent } from "./support/service.ts"

interface PurchaseBody {
  readonly status: string
  readonly deadline: string
  readonly result: PurchaseResult & { readonly orderId: string }
  readonly error: { readonly message: string }
}

const newKey = () => `buy-${crypto.randomUUID()}`
const runOf = (key: string) => `checkout/${key}`
const buy = (key: string, body?: unknown, fault?: string) =>
  ask<PurchaseBody>(`POST /buy/${key}`, {
    body,
    ...(fault !== undefined && { fault }),
  } satisfies Sent)
const cancel = (key: string) => ask<PurchaseBody>(`POST /cancel/${key}`)
const status = (key: string) => ask<PurchaseBody>(`GET /status/${key}`)
const end = (key: string) =>
  askUntil<PurchaseBody>(`GET /status/${key}`, ({ body }) => body.status !== "pending")
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface PurchaseRow {
  readonly item_id: string
  readonly state: string
  readonly order_id: string | null
  readonly decided_at: string
}

async function rowsOf(key: string): Promise<PurchaseRow[]> {
  const { results } = await env.DB.prepare(
    "SELECT item_id, state, order_id, decided_at FROM purchases WHERE purchase_key = ?1",
  )
    .bind(key)
    .all<PurchaseRow>()
  return results
}

/** The purchase was made once, and its order is the one people are told. */
async function expectConfirmedOnce(key: string, itemId: string): Promise<PurchaseRow> {
  const { body } = await end(key)
  expect(body).toEqual({
    status: "done",
    result: { state: "PURCHASE_CONFIRMED", itemId, orderId: expect.stringMatching(/^order-\w+$/) },
  })
  const [row, ...others] = await rowsOf(key)
  expect(others).toEqual([])
  expect(row).toMatchObject({
    item_id: itemId,
    state: "PURCHASE_CONFIRMED",
    order_id: body.result.orderId,
  })
  return row!
}

async function expectCancelledOnce(key: string): Promise<void> {
  const { body } = await end(key)
  expect(body).toMatchObject({ status: "done", result: { state: "PURCHASE_CANCELLED" } })
  expect(body.result.orderId).toBeUndefined()
  expect(await rowsOf(key)).toMatchObject([{ state: "PURCHASE_CANCELLED", order_id: null }])
}

describe("requests", () => {
  test("POST /buy answers pending with a deadline one window away; without a body it buys widget-001 in 5 s", async () => {
    const key = newKey()
    const beforeMs = Date.now()
    const { status: code, body } = await buy(key)
    expect({ code, body }).toEqual({
      code: 200,
      body: { status: "pending", key, deadline: expect.any(String) },
    })
    const deadlineMs = Date.parse(body.deadline)
    expect(new Date(deadlineMs).toISOString()).toBe(body.deadline)
    expect(deadlineMs).toBeGreaterThanOrEqual(beforeMs + 5_000)
    expect(deadlineMs).toBeLessThanOrEqual(Date.now() + 5_000)
    expect(await status(key)).toEqual({
      status: 200,
      body: { status: "pending", deadline: body.deadline },
    })
    await cancel(key)
    expect((await end(key)).body.result).toEqual({
      state: "PURCHASE_CANCELLED",
      itemId: "widget-001",
    })
  })

  test("the same key attaches, with and without a body; when it is finished, with the body of its status", async () => {
    const key = newKey()
    const body = { itemId: "gadget-001", windowMs: 2_000 }
    const first = await buy(key, body)
    expect(await buy(key, body)).toEqual(first)
    expect(await buy(key)).toEqual(first)
    expect(await buy(key, { itemId: "gadget-001" })).toEqual(first)
    await expectConfirmedOnce(key, "gadget-001")
    expect(await buy(key, body)).toEqual(await status(key))
    expect(await rowsOf(key)).toHaveLength(1)
  })

  test("row: double buy of the same key with another item: the first item wins, the second is told 409", async () => {
    const key = newKey()
    await buy(key, { itemId: "gadget-001", windowMs: 200 })
    const other = await buy(key, { itemId: "widget-001" })
    expect(other).toMatchObject({ status: 409, body: { error: { code: "run_conflict" } } })
    expect((await buy(key, { windowMs: 201 })).status).toBe(409)
    await expectConfirmedOnce(key, "gadget-001")
  })

  test.each([
    [{ windowMs: null }, "windowMs"],
    [{ windowMs: 99 }, "windowMs"],
    [{ windowMs: 60_001 }, "windowMs"],
    [{ windowMs: 100.5 }, "windowMs"],
    [{ windowMs: "200" }, "windowMs"],
    [{ itemId: null }, "itemId"],
    [{ itemId: "" }, "itemId"],
    [{ itemId: 7 }, "itemId"],
    [{ item: "widget-001" }, "item"],
  ])("%j is 400, names the field and starts nothing", async (body, field) => {
    const key = newKey()
    const answer = await buy(key, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } })
    expect(answer.body.error.message).toContain(field)
    expect((await status(key)).status).toBe(404)
  })

  test.each([[100], [60_000]])("a window of %d ms is accepted", async (windowMs) => {
    const key = newKey()
    expect((await buy(key, { windowMs })).status).toBe(200)
    await cancel(key)
  })

  test("an unknown key: its status is 404", async () => {
    expect(await status(newKey())).toMatchObject({ status: 404, body: { status: "not_found" } })
  })

  test("GET /buy is one page that loads nothing from elsewhere", async () => {
    const { exports } = await import("cloudflare:workers")
    const response = await exports.default.fetch(new Request("http://belay/buy"))
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toContain("text/html")
    const page = await response.text()
    expect(page).not.toMatch(/https?:\/\/|src=|href=|@import|onclick=/)
    const nonce = /<script nonce="([^"]+)">/.exec(page)?.[1]
    expect(response.headers.get("content-security-policy")).toContain(`script-src 'nonce-${nonce}'`)
    for (const id of ["buy", "cancel", "countdown", "result"]) expect(page).toContain(`id="${id}"`)
  })
})

describe.concurrent("the failure table", () => {
  test("row: cancel inside the window: 200, cancelled, checkout never runs", async () => {
    const key = newKey()
    await buy(key)
    expect(await cancel(key)).toEqual({ status: 200, body: { status: "cancelled" } })
    await expectCancelledOnce(key)
    expect(await attemptsOf(runOf(key), "checkoutItem")).toBe(0)
  })

  test("row: cancel twice, at once and later: 200 each time, one outcome", async () => {
    const key = newKey()
    await buy(key)
    const answers = await Promise.all([cancel(key), cancel(key), cancel(key)])
    answers.push(await cancel(key))
    for (const answer of answers)
      expect(answer).toEqual({ status: 200, body: { status: "cancelled" } })
    await expectCancelledOnce(key)
  })

  test("row: cancel after the window: 409 with the actual state", async () => {
    const key = newKey()
    await buy(key, { windowMs: 100 })
    await expectConfirmedOnce(key, "widget-001")
    const late = await cancel(key)
    expect(late).toMatchObject({
      status: 409,
      body: {
        status: "done",
        state: "PURCHASE_CONFIRMED",
        error: { code: "wrong_status", details: { state: "PURCHASE_CONFIRMED" } },
      },
    })
    await expectConfirmedOnce(key, "widget-001")
  })

  test("row: cancel of an unknown key: 404 (Trap: the original said ok)", async () => {
    expect(await cancel(newKey())).toMatchObject({ status: 404, body: { status: "not_found" } })
  })

  test("row: cancel before the run reached its window is kept and honoured (Trap: the original loses it)", async () => {
    const key = newKey()
    await buy(key)
    // The object has to start over: the cancel comes before the generator is back at its window.
    await crash(runOf(key))
    expect(await cancel(key)).toEqual({ status: 200, body: { status: "cancelled" } })
    await expectCancelledOnce(key)
  })

  test("row: cancel and deadline in one instant: one winner, the same after a replay", async () => {
    const windowMs = 300
    const keys = Array.from({ length: 12 }, newKey)
    await Promise.all(
      keys.map(async (key, index) => {
        const { body } = await buy(key, { windowMs })
        await pause(Date.parse(body.deadline) - Date.now() - 12 + 2 * index)
        const answer = await cancel(key)
        const isCancelled = answer.status === 200
        if (isCancelled) await expectCancelledOnce(key)
        else await expectConfirmedOnce(key, "widget-001")
        const before = await status(key)
        await evict(runOf(key))
        expect(await status(key)).toEqual(before)
        expect((await cancel(key)).status).toBe(answer.status)
      }),
    )
  })

  test("row: crash in the window: it ends at the original instant (Trap: the original starts it anew)", async () => {
    const key = newKey()
    const { body } = await buy(key, { windowMs: 2_000 })
    await pause(1_000)
    await crash(runOf(key))
    expect((await status(key)).body).toEqual({ status: "pending", deadline: body.deadline })
    const row = await expectConfirmedOnce(key, "widget-001")
    const lateMs = Date.parse(row.decided_at) - Date.parse(body.deadline)
    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(900)
  })

  test("row: crash after the decision and before checkout's checkpoint: decision and order id stay (Trap: Date.now id)", async () => {
    const key = newKey()
    await buy(key, { windowMs: 100 }, "checkoutItem:1:crash")
    await askUntil<PurchaseBody>(`GET /status/${key}`, ({ body }) => body.status !== "pending")
    const row = await expectConfirmedOnce(key, "widget-001")
    expect(await attemptsOf(runOf(key), "checkoutItem")).toBe(2)
    expect((await status(key)).body.result.orderId).toBe(row.order_id)
    expect((await cancel(key)).status).toBe(409)
  })

  test("row: crash after the cancel was decided: it stays cancelled, with one row", async () => {
    const key = newKey()
    await buy(key, undefined, "cancelPurchase:1:crash")
    const first = await cancel(key).catch(() => undefined)
    expect(first?.status ?? 200).not.toBe(409)
    await expectCancelledOnce(key)
    expect((await cancel(key)).status).toBe(200)
  })

  test("row: checkout keeps failing: tried four times, then failed and visible in the status", async () => {
    const key = newKey()
    await buy(key, { windowMs: 100 }, "checkoutItem:*:throw")
    await askUntil<Purchase>(
      `GET /v1/runs/${encodeURIComponent(runOf(key))}/state/purchase`,
      ({ body }) => {
        return body.phase === "confirming"
      },
    )
    // Between two tries nothing can be cancelled any more, and the caller is told at once.
    const askedAtMs = Date.now()
    expect(await cancel(key)).toMatchObject({ status: 409, body: { state: "confirming" } })
    expect(Date.now() - askedAtMs).toBeLessThan(2_000)

    const { status: code, body } = await end(key)
    expect({ code, body }).toMatchObject({
      code: 200,
      body: { status: "failed", error: { message: expect.any(String) } },
    })
    expect(await attemptsOf(runOf(key), "checkoutItem")).toBe(4)
    expect(await rowsOf(key)).toEqual([])
    expect(await buy(key)).toEqual({ status: 200, body })
    expect(await cancel(key)).toMatchObject({ status: 409, body: { state: "failed" } })
  })

  test("a checkout whose call hangs is seen to end and is made again", async () => {
    const key = newKey()
    await buy(key, { windowMs: 100 }, "checkoutItem:1:hang")
    expect((await endOf(runOf(key))).status).toBe("completed")
    await expectConfirmedOnce(key, "widget-001")
  })
})
