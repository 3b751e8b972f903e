// A refused request: the caller reads which field, what was wrong with it, and nothing of a library's own words.
import { expect, test } from "vitest"
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
