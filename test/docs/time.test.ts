// The page on time: its program runs; a kill moves no deadline.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { runPage } from "./support/page-program.ts"

const REMIND_MS = 300
const END_MS = 1_200

test("paid, over after a kill, and no answer", async () => {
  const page = await runPage("docs/time.md")
  const { client } = page
  const input = ["alice", REMIND_MS, END_MS]
  await client.post("/v1/runs/over", { workflow: "trial", input })
  await client.post("/v1/runs/paid", { workflow: "trial", input: ["bob", 60_000, 90_000] })
  await client.post("/v1/runs/silent", { workflow: "answer" })
  await client.post("/v1/runs/paid/signals/paid", 500)
  await page.killAndRestart()

  const resultOf = async (id: string) => (await client.get(`/v1/runs/${id}/result?wait=10000`)).body
  expect(member(await resultOf("paid"), "result")).toEqual({ outcome: "paid", amount: 500 })
  expect(member(await resultOf("silent"), "result")).toBe("no answer")
  const over = await resultOf("over")
  expect(member(over, "result")).toEqual({ outcome: "over" })
  const livedMs =
    Date.parse(String(member(over, "endedAt"))) - Date.parse(String(member(over, "createdAt")))
  expect(livedMs).toBeGreaterThanOrEqual(END_MS)
}, 30_000)
