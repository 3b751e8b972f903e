// The page on schedules: its program runs, and its requests do what the page says, over a kill.

import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { runPage, type RunningPage } from "./support/page-program.ts"

const PATIENCE_MS = 15_000
const PAGE = "docs/schedules.md"

/** The n-th JSON body among the page's requests. */
function bodyOnPage(index: number): unknown {
  const page = readFileSync(new URL(`../../${PAGE}`, import.meta.url), "utf8")
  const bodies = [...page.matchAll(/-d \\\n {2}'(\{.*\})'$/gm)].map(([, text]) => text ?? "")
  return JSON.parse(bodies[index] ?? "null")
}

async function result(page: RunningPage, runId: string): Promise<unknown> {
  const path = `/v1/runs/${encodeURIComponent(runId)}/result?wait=5000`
  return member((await page.client.get(path)).body, "result")
}

test("the declared schedule is there at once, and each verb of the page answers as written", async () => {
  const page = await runPage(PAGE, { RUNS: "RunObject", SCHEDULES: "ScheduleObject" })
  const { client } = page
  const { body: list } = await client.get("/v1/schedules")
  expect(list).toMatchObject({
    schedules: [{ name: "close-north", timeZone: "Europe/Berlin", overlap: "buffer" }],
  })

  const put = () => client.put("/v1/schedules/close-south", bodyOnPage(0))
  expect((await put()).status).toBe(201)
  expect((await put()).status).toBe(200)

  const triggered = await client.post("/v1/schedules/close-south/trigger")
  expect(triggered.status).toBe(202)
  const runId = String(member(triggered.body, "id"))
  expect(runId).toMatch(/^close-south\/20\d\d-\d\d-\d\dT[\d:.]+Z\/[0-9a-f]{8}$/)
  expect(await result(page, runId)).toMatch(/^south on 20\d\d-\d\d-\d\d: 0\.00$/)

  const backfilled = await client.post("/v1/schedules/close-south/backfill", bodyOnPage(1))
  // 1 May 2025 is a Thursday, and from the 3rd it is weekend.
  expect(backfilled).toEqual({ status: 202, body: { ticks: 2 } })
  await page.killAndRestart()
  await waitUntil("the ticks to have been backfilled", PATIENCE_MS, async () => {
    const { body } = await client.get("/v1/schedules/close-south")
    return member(body, "counters", "started") === 3 ? true : undefined
  })
  expect(await result(page, "close-south/2025-05-02T01:30:00.000Z")).toBe(
    "south on 2025-05-02: 0.00",
  )

  const paused = await client.post("/v1/schedules/close-south/pause", { reason: "stocktaking" })
  expect(paused).toMatchObject({ status: 200, body: { paused: true, pausedReason: "stocktaking" } })
  expect((await client.send("DELETE", "/v1/schedules/close-south")).status).toBe(204)
  expect((await client.get("/v1/schedules/close-south")).status).toBe(404)
}, 30_000)
