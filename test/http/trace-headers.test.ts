// Trace headers: a start's context reaches the port when it can be read, and the answer says which span the run became.

import { expect, test } from "vitest"
import { runRecord } from "./support/fake-runs.ts"
import { givenApp } from "./support/given-app.ts"

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
const OWN = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01" }

test("a start hands over the context it came with", async () => {
  const { ask, calls } = givenApp()
  const headers = { traceparent: TRACEPARENT, tracestate: "rojo=1, congo=2" }
  await ask("POST /v1/runs/a", { body: { workflow: "greet" }, headers })
  expect(calls[0]?.args[1]).toMatchObject({
    trace: { traceparent: TRACEPARENT, tracestate: "rojo=1,congo=2" },
  })
})

test.each(["", "garbage", TRACEPARENT.toUpperCase(), `${TRACEPARENT}-more`])(
  "a start with the header %j starts as if it had none",
  async (traceparent) => {
    const { ask, calls } = givenApp()
    const headers = { traceparent, tracestate: "rojo=1" }
    const { status } = await ask("POST /v1/runs/a", { body: { workflow: "greet" }, headers })
    expect(status).toBe(201)
    expect(calls[0]?.args[1]).not.toHaveProperty("trace")
  },
)

test("the answer to a start says which span the run became, new or there", async () => {
  for (const created of [true, false]) {
    const start = async () => ({ created, run: runRecord({}), trace: OWN })
    const { ask } = givenApp({ runs: { start } })
    const { headers, status } = await ask("POST /v1/runs/a", { body: { workflow: "greet" } })
    expect([status, headers.get("traceresponse")]).toEqual([created ? 201 : 200, OWN.traceparent])
  }
})

test("where the run has no span of its own the answer says nothing", async () => {
  const { ask } = givenApp()
  const { headers } = await ask("POST /v1/runs/a", { body: { workflow: "greet" } })
  expect(headers.has("traceresponse")).toBe(false)
})
