// The page on operators: its program halts; a person looks, mends, retries, skips, forks, pauses and deletes.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

test("halted, mended and retried; skipped; forked; paused; deleted", async () => {
  const { client } = await runPage("docs/operators.md")
  const start = (id: string) =>
    client.post(`/v1/runs/${id}?wait=5000`, { workflow: "order", input: ["widget", 500] })
  const operate = (id: string, verb: string, body: unknown = {}) =>
    client.post(`/v1/runs/${id}/${verb}`, body)
  const resultOf = async (id: string) =>
    member((await client.get(`/v1/runs/${id}/result?wait=10000`)).body, "result")

  const halted = await start("o1")
  expect(halted.body).toMatchObject({
    status: "halted",
    error: { code: "panic", number: 98, message: "charged 0 instead of 500" },
  })
  await start("o2")
  expect(
    (await operate("o2", "skip", { path: "1", value: 500, reason: "paid by hand" })).status,
  ).toBe(202)
  expect(await resultOf("o2")).toEqual({ sku: "widget", paid: 500 })

  await client.post("/v1/runs/repair?wait=5000", { workflow: "repair" })
  expect((await operate("o1", "fork", { id: "o1-again", from: "1" })).status).toBe(201)
  expect(await resultOf("o1-again")).toEqual({ sku: "widget", paid: 500 })
  const wrong = await operate("o1-again", "retry")
  expect(wrong).toMatchObject({
    status: 409,
    body: { error: { code: "wrong_status", details: { status: "completed" } } },
  })

  expect((await operate("o1", "retry", { from: "1", reason: "mended" })).status).toBe(202)
  const paused = await operate("o1", "pause", { reason: "stocktaking" })
  expect(paused.body).toMatchObject({ status: "paused" })
  expect((await operate("o1", "resume")).status).toBe(202)
  expect(await resultOf("o1")).toEqual({ sku: "widget", paid: 500 })
  const { body } = await client.get("/v1/runs/o1/journal")
  const operators = (member(body, "entries") as { kind: string; name?: string }[]).filter(
    ({ kind }) => kind === "operator",
  )
  expect(operators.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["retry", "pause", "resume"]),
  )
  expect((await client.send("DELETE", "/v1/runs/o1")).status).toBe(204)
  expect((await client.get("/v1/runs/o1")).status).toBe(404)
  expect((await start("o1")).status).toBe(201)
}, 30_000)
