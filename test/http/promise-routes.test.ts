// Promises settled from outside, with the token as the only right.
import { expect, test } from "vitest"
import { encode } from "../../src/engine/values/codec.ts"
import { BelayError } from "../../src/engine/errors.ts"
import type { SettledPromise } from "../../src/engine/ports/runs.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN } from "./support/given-app.ts"

const TOKEN = "p_secret-token"

test.each([
  [undefined, undefined],
  [null, null],
  [{ a: [1] }, { a: [1] }],
  ["yes", "yes"],
])("resolve: the body %j is the value", async (body, value) => {
  const { ask, calls } = givenApp()
  const answer = await ask(`POST /v1/promises/${TOKEN}/resolve`, body === undefined ? {} : { body })
  expect(answer).toMatchObject({ status: 200, body: { status: "resolved", value: 1 } })
  expect(calls).toEqual([{ method: "settlePromise", args: [TOKEN, { type: "resolve", value }] }])
})

test.each([{ message: "no" }, { message: "", code: "late", details: { at: 1 } }])(
  "reject: %j is the error",
  async (body) => {
    const { ask, calls } = givenApp()
    expect((await ask(`POST /v1/promises/${TOKEN}/reject`, { body })).status).toBe(200)
    expect(calls).toEqual([{ method: "settlePromise", args: [TOKEN, { type: "reject", ...body }] }])
  },
)

test.each([
  [undefined, "object"],
  ["no", "object"],
  [{}, "message"],
  [{ message: 1 }, "message"],
  [{ message: "no", code: 7 }, "code"],
  [{ message: "no", stack: "x" }, "stack"],
])("reject: %j is 400 and names what does not fit", async (body, named) => {
  const { ask, calls } = givenApp()
  const answer = await ask(`POST /v1/promises/${TOKEN}/reject`, body === undefined ? {} : { body })
  expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
  expect(answer.message).toContain(named)
  expect(calls).toEqual([])
})

test.each<[SettledPromise, unknown]>([
  [
    { status: "resolved", valueText: encode(5n) },
    { status: "resolved", value: "5" },
  ],
  [
    { status: "rejected", errorText: encode(Object.assign(new Error("no"), { code: "late" })) },
    { status: "rejected", error: { name: "Error", message: "no", code: "late" } },
  ],
  [{ status: "timed_out" }, { status: "timed_out" }],
  [{ status: "cancelled" }, { status: "cancelled" }],
])("the first outcome is what every caller sees: %#", async (settled, body) => {
  const { ask } = givenApp({ runs: { settlePromise: async () => settled } })
  expect(await ask(`POST /v1/promises/${TOKEN}/resolve`, { body: 2 })).toMatchObject({
    status: 200,
  })
  expect((await ask(`POST /v1/promises/${TOKEN}/reject`, { body: { message: "x" } })).body).toEqual(
    body,
  )
})

test("an unknown token is 404, an unusable one 400, also with a bearer token beside it", async () => {
  const { ask } = givenApp({
    variables: DEPLOYED,
    runs: { settlePromise: () => Promise.reject(new BelayError("promise_unknown", "no promise")) },
  })
  for (const token of ["", OPERATE_TOKEN, "unknown"]) {
    const answer = await ask(`POST /v1/promises/${TOKEN}/resolve`, { token })
    expect(answer).toMatchObject({ status: 404, code: "promise_unknown" })
  }
  expect(await ask("POST /v1/promises/%00/resolve")).toMatchObject({
    status: 400,
    code: "invalid_id",
  })
})

test("a token may be longer than an id, up to 1,024 bytes", async () => {
  const { ask } = givenApp()
  expect((await ask(`POST /v1/promises/${"t".repeat(1_024)}/resolve`)).status).toBe(200)
  const refused = await ask(`POST /v1/promises/${"t".repeat(1_025)}/resolve`)
  expect(refused).toMatchObject({ status: 400, code: "invalid_id" })
  expect(refused.message).toMatch(/1025 bytes.*1 to 1024 bytes/)
})

// Found by reading what the fuzzer got: the token stood in the words of a refusal.
test("a token is repeated in no refusal, whatever is wrong with the request", async () => {
  const { ask } = givenApp()
  for (const line of [
    `GET /v1/promises/${TOKEN}/resolve`,
    `POST /v1/promises/${TOKEN}/settle`,
    `POST /v1/promises/${TOKEN}`,
    `POST /v1/promises/${TOKEN}%00/resolve`,
    `POST /v1/promises/${TOKEN}${"x".repeat(1_024)}/reject`,
  ]) {
    const answer = await ask(line)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(answer.body)).not.toContain(TOKEN)
  }
})
