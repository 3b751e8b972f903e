// The page on entities: an entity over several generations and a kill, and a fold.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

test("250 messages over three generations, killed in between: none lost, none twice", async () => {
  const page = await runPage("docs/entities.md")
  const { client } = page
  await client.post("/v1/runs/c1", { workflow: "counter", input: ["visits"] })
  for (let n = 1; n <= 250; n++) {
    if (n === 120) await page.killAndRestart()
    const { body } = await client.post("/v1/runs/c1/updates/add", 2)
    expect(member(body, "reply")).toBe(2 * n)
  }
  const { body } = await client.get("/v1/runs/c1/state/counter")
  expect(body).toEqual({ name: "visits", total: 500, messages: 250 })
  await client.post("/v1/runs/c1/signals/close")
  const end = await client.get("/v1/runs/c1/result?wait=10000")
  expect(member(end.body, "result")).toEqual({ total: 500, messages: 250 })
}, 30_000)

test("a fold, and a line without an amount", async () => {
  const { client } = await runPage("docs/entities.md")
  const fold = (id: string, lines: string[]) =>
    client.post(`/v1/runs/${id}?wait=10000`, { workflow: "balances", input: [lines] })
  const done = await fold("b1", ["alice 500", "bob 20", "alice -100"])
  expect(member(done.body, "result")).toEqual({ alice: 400, bob: 20 })
  expect((await client.get("/v1/runs/b1/state/folded")).body).toBe(3)
  const failed = await fold("b2", ["alice 500", "bob"])
  expect(failed.body).toMatchObject({ status: "failed", error: { message: 'No amount in "bob".' } })
}, 30_000)
