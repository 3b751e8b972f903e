// The page on children: its program runs, over a kill, and does what the page says.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { runPage } from "./support/page-program.ts"

const PATIENCE_MS = 15_000

test("the program dispatches, is killed, and each child ends once", async () => {
  const page = await runPage("docs/children.md")
  const { client } = page
  await client.post("/v1/runs/d1", { workflow: "dispatch", input: ["d1", ["a", "b", "c"]] })
  const survey = "/v1/runs/survey%2Fd1"
  await waitUntil("the survey to have been sent", PATIENCE_MS, async () => {
    const { body } = await client.get(survey)
    return member(body, "status") === "completed" ? true : undefined
  })
  expect(member((await client.get(survey)).body, "parent", "id")).toBe("d1")
  const { body: waiting } = await client.get("/v1/runs/d1")
  expect(member(waiting, "waitingFor")).toEqual([
    expect.objectContaining({ kind: "child", path: "0", name: "sendParcel", id: "parcel/d1" }),
  ])
  await page.killAndRestart()
  await client.post("/v1/runs/parcel%2Fd1/signals/label", "L-7")
  const { body } = await client.get("/v1/runs/d1/result?wait=10000")
  expect(member(body, "result")).toEqual({ sent: 3, parcel: "L-7: d1 shipped under one key" })
}, 30_000)
