// The page on steps: its program runs, retries as the page says, and fails at once where it says so.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

test("two failures, then the charge; an unknown article fails at once", async () => {
  const { client } = await runPage("docs/steps.md")
  const { body } = await client.post("/v1/runs/o1?wait=10000", {
    workflow: "order",
    input: ["widget"],
  })
  expect(member(body, "result")).toEqual({
    paid: { cents: 500, attempt: 3, key: "0/1" },
    parcel: "widget in a box",
  })
  const journal = await client.get("/v1/runs/o1/journal")
  expect(member(journal.body, "entries")).toMatchObject([
    { path: "0", name: "priceOf", attempts: 1, state: "completed" },
    { path: "1", name: "charge", attempts: 3, state: "completed" },
    { path: "2", name: "pack", state: "completed" },
    { path: "2.0", name: "box", value: "widget in a box" },
  ])
  const refused = await client.post("/v1/runs/o2?wait=10000", {
    workflow: "order",
    input: ["unheard-of"],
  })
  expect(refused.body).toMatchObject({ status: "failed", error: { code: "sku_unknown" } })
}, 30_000)
