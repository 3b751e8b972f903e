// The page on cancellation: its program is cancelled inside a shielded section, killed meanwhile, and undoes what it did.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

test("cancelled: the section ends, then it unwinds and undoes in reverse order", async () => {
  const page = await runPage("docs/cancellation.md")
  const { client } = page
  await client.post("/v1/runs/t1", { workflow: "trip", input: ["alice"] })
  const { status } = await client.post("/v1/runs/t1/cancel", { reason: "she is ill" })
  expect(status).toBe(202)
  await page.killAndRestart()
  const { body } = await client.get("/v1/runs/t1/result?wait=10000")
  expect(body).toMatchObject({ status: "cancelled", error: { message: "she is ill" } })
  const journal = await client.get("/v1/runs/t1/journal")
  const values = (member(journal.body, "entries") as { kind: string; value?: unknown }[])
    .filter(({ kind }) => kind === "step")
    .map(({ value }) => value)
    .filter((value) => typeof value === "string")
  expect(values).toEqual([
    "book flight alice",
    "book hotel alice",
    "release seat alice",
    "cancel hotel alice",
    "cancel flight alice",
  ])
}, 30_000)

test("killed: nothing of that", async () => {
  const { client } = await runPage("docs/cancellation.md")
  await client.post("/v1/runs/t2", { workflow: "trip", input: ["bob"] })
  await client.post("/v1/runs/t2/kill", {})
  const { body } = await client.get("/v1/runs/t2/result?wait=5000")
  expect(body).toMatchObject({ status: "cancelled", error: { code: "killed" } })
  expect((await client.get("/v1/runs/t2/state/log")).status).toBe(404)
}, 30_000)
