// A refused request: the caller reads which field, what was wrong with it, and nothing of a library's own words.
import { expect, test } from "vitest"
import { readPage } from "../../src/systems/request-check.ts"
import { send } from "./support/service.ts"

test.each([
  ["POST /projections/refused", {}, "events: is required."],
  ["POST /projections/refused", { events: {} }, "events: expected a list, got an object."],
  ["POST /projections/refused", { events: [null] }, "events.0: expected an object, got null."],
  ["POST /transfers/refused", { source: "a", target: "b" }, "amount: is required."],
  ["POST /sessions/refused", {}, "userId: is required; idleTimeoutMs: is required."],
])("%s with %j names the field in words for people", async (line, body, message) => {
  const answer = await send(line, { body })
  expect(answer).toMatchObject({
    status: 400,
    body: { error: { code: "invalid_request", message } },
  })
})

test("a huge refused value does not come back whole", async () => {
  const body = { amount: "9".repeat(900_000) }
  const { status, body: answer } = await send("POST /balances/refused/deposits/d", { body })
  expect(status).toBe(400)
  expect(answer.error.message).toMatch(/^amount: expected a whole number/)
  expect(answer.error.message.length).toBeLessThan(300)
})

test("a page is read from an address with a host that no URL parser takes", () => {
  for (const host of ["a^b", "[", "a:99999"]) {
    const request = { url: `http://${host}/sessions/s?limit=7&after=a%26b` } as Request
    expect(readPage(request)).toEqual({ after: "a&b", limit: 7 })
    expect(readPage({ url: `http://${host}/sessions/s` } as Request)).toEqual({
      after: undefined,
      limit: 100,
    })
  }
})

test.each([
  [
    "POST /orders",
    {
      id: "a\ud800",
      items: [{ sku: "widget-001", qty: 1, price: 1 }],
      customer: { id: "c", email: "e" },
    },
    "id",
  ],
  ["POST /sessions/half", { userId: "a\udfff", idleTimeoutMs: 1_000 }, "userId"],
])("%s refuses half a surrogate pair in %j: no path could carry it", async (line, body, field) => {
  const answer = await send(line, { body })
  expect(answer).toMatchObject({ status: 400, body: { error: { details: { fields: [field] } } } })
})
