// Cancel, kill, pause, resume, retry, skip.
import { describe, expect, test } from "vitest"
import { BelayError } from "../../src/engine/errors.ts"
import { runRecord } from "./support/fake-runs.ts"
import { DEPLOYED, givenApp, OPERATE_TOKEN } from "./support/given-app.ts"

const BY = { by: "development server" }

test.each([
  ["cancel", undefined, { reason: undefined, ...BY }],
  ["cancel", {}, { ...BY }],
  ["cancel", { reason: "mistake" }, { reason: "mistake", ...BY }],
  ["kill", { reason: "r".repeat(1_000) }, { reason: "r".repeat(1_000), ...BY }],
  ["pause", undefined, { ...BY }],
  ["pause", { reason: "wait" }, { reason: "wait", ...BY }],
  ["resume", undefined, { ...BY }],
  [
    "resume",
    { startAt: "2027-01-01T00:00:00.000Z", reason: "later" },
    { startAtMs: Date.UTC(2027, 0, 1), reason: "later", ...BY },
  ],
  ["crash", undefined, { ...BY }],
  ["crash", { reason: "to see it resume" }, { reason: "to see it resume", ...BY }],
  ["retry", undefined, { ...BY }],
  ["retry", { from: "3.1", reason: "fixed" }, { from: "3.1", reason: "fixed", ...BY }],
  ["skip", { path: "0", value: { a: 1 } }, { path: "0", value: { a: 1 }, ...BY }],
  ["skip", { path: "0", value: null }, { path: "0", value: null, ...BY }],
  ["skip", { path: "0" }, { path: "0", value: undefined, ...BY }],
] as const)("%s with %j is 202 with the run", async (verb, body, action) => {
  const { ask, calls } = givenApp()
  const answer = await ask(`POST /v1/runs/a%2Fb/${verb}`, body === undefined ? {} : { body })
  expect(answer).toMatchObject({ status: 202, body: { id: "a/b", workflow: "greet" } })
  expect(calls).toEqual([{ method: verb, args: ["a/b", action] }])
})

test.each([
  ["cancel", { why: "mistake" }, "why"],
  ["cancel", { reason: 1 }, "reason"],
  ["kill", { reason: "r".repeat(1_001) }, "reason"],
  ["kill", { by: "somebody else" }, "by"],
  ["pause", { until: "tomorrow" }, "until"],
  ["resume", { startAt: "tomorrow" }, "startAt"],
  ["retry", { from: 3 }, "from"],
  ["retry", { from: "" }, "from"],
  ["skip", { value: 1 }, "path"],
  ["skip", { path: 0 }, "path"],
  ["cancel", [], "object"],
  ["retry", "3.1", "object"],
  ["skip", undefined, "object"],
  ["kill", null, "object"],
] as const)("%s with %j is 400 and names what does not fit", async (verb, body, named) => {
  const { ask, calls } = givenApp()
  const answer = await ask(`POST /v1/runs/a/${verb}`, body === undefined ? {} : { body })
  expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
  expect(answer.message).toContain(named)
  expect(calls).toEqual([])
})

test("fork is 201 with the new run and where it is, and 200 when it was there", async () => {
  const { ask, calls } = givenApp()
  const body = { id: "c/d", from: "3.1", version: 2, reason: "mended" }
  const answer = await ask("POST /v1/runs/a%2Fb/fork", { body })
  expect(answer).toMatchObject({ status: 201, body: { id: "c/d" } })
  expect(answer.headers.get("location")).toBe("/v1/runs/c%2Fd")
  const { id: to, ...order } = body
  expect(calls).toEqual([{ method: "fork", args: ["a/b", { to, ...order, ...BY }] }])
  const fork = async () => ({ created: false, run: runRecord() })
  const again = await givenApp({ runs: { fork } }).ask("POST /v1/runs/a/fork", { body })
  expect(again.status).toBe(200)
})

test.each([
  [undefined, "object"],
  [{ from: "0" }, "id"],
  [{ id: "b" }, "from"],
  [{ id: "", from: "0" }, "id"],
  [{ id: "..", from: "0" }, "id"],
  [{ id: "b".repeat(257), from: "0" }, "id"],
  [{ id: "b", from: 0 }, "from"],
  [{ id: "b", from: "0", version: 0 }, "version"],
  [{ id: "b", from: "0", to: "c" }, "to"],
] as const)("fork with %j is 400 and names what does not fit", async (body, named) => {
  const { ask, calls } = givenApp()
  const answer = await ask("POST /v1/runs/a/fork", body === undefined ? {} : { body })
  expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
  expect(answer.message).toContain(named)
  expect(calls).toEqual([])
})

test("DELETE is 204 with nothing in it", async () => {
  const { ask, calls } = givenApp()
  expect(await ask("DELETE /v1/runs/a%2Fb")).toMatchObject({ status: 204 })
  expect(calls).toEqual([{ method: "delete", args: ["a/b"] }])
})

test.each([
  ["wrong_status", 409],
  ["run_unknown", 404],
] as const)("DELETE that the run refuses with %s is %d", async (code, status) => {
  const { ask } = givenApp({ runs: { delete: () => Promise.reject(new BelayError(code, "no")) } })
  expect(await ask("DELETE /v1/runs/a")).toMatchObject({ status, code })
})

describe("a refusal by the run", () => {
  test.each(["cancel", "kill", "pause", "resume", "retry", "skip"] as const)(
    "%s in a wrong status is 409",
    async (verb) => {
      const refuse = () =>
        Promise.reject(new BelayError("wrong_status", "it is completed", { status: "completed" }))
      const { ask } = givenApp({ runs: { [verb]: refuse } })
      const answer = await ask(`POST /v1/runs/a/${verb}`, {
        body: verb === "skip" ? { path: "0" } : {},
      })
      expect(answer).toMatchObject({
        status: 409,
        body: { error: { code: "wrong_status", details: { status: "completed" } } },
      })
    },
  )

  test.each([
    ["run_unknown", 404],
    ["path_unknown", 404],
  ] as const)("%s is %d", async (code, status) => {
    const { ask } = givenApp({ runs: { skip: () => Promise.reject(new BelayError(code, "no")) } })
    expect(await ask("POST /v1/runs/a/skip", { body: { path: "9" } })).toMatchObject({
      status,
      code,
    })
  })
})

test("where nobody declares a development server there is no crash, whoever asks", async () => {
  const { ask, calls } = givenApp({ variables: DEPLOYED })
  const answer = await ask("POST /v1/runs/a/crash", { token: OPERATE_TOKEN })
  expect(answer).toMatchObject({ status: 404, code: "route_unknown" })
  expect(calls).toEqual([])
})

test("whether it is a development server is told where one asks whether it is alive", async () => {
  expect((await givenApp().ask("GET /healthz")).body).toEqual({ status: "ok", development: true })
  const deployed = givenApp({ variables: DEPLOYED })
  expect((await deployed.ask("GET /healthz")).body).toEqual({ status: "ok" })
})
