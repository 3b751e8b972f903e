// The page on limits: its program runs, over a kill, and does what the page says.

import { expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { runPage } from "./support/page-program.ts"

const PATIENCE_MS = 15_000

test("the program holds the third letter back until the first is sent, over a kill", async () => {
  const page = await runPage("docs/limits.md", { RUNS: "RunObject", LIMITS: "LimiterObject" })
  const { client } = page
  const start = async (id: string, workflow: string, ...input: string[]) => {
    const { status } = await client.post(`/v1/runs/${id}`, { workflow, input })
    expect(status).toBe(201)
  }
  const begun = (id: string) =>
    waitUntil(`${id} to begin`, PATIENCE_MS, async () => {
      const { body } = await client.get(`/v1/runs/${id}`)
      return member(body, "startedAt") === undefined ? undefined : true
    })
  await start("m1", "mail", "t1", "first")
  await start("m2", "mail", "t1", "second")
  await begun("m1")
  await begun("m2")
  await start("m3", "mail", "t1", "third")
  await start("other", "mail", "t2", "first")
  await begun("other")
  await page.killAndRestart()
  const { body: waiting } = await client.get("/v1/runs/m3")
  expect(waiting).toMatchObject({
    status: "suspended",
    waitingFor: [{ kind: "start", path: "", name: "t1" }],
  })
  await client.post("/v1/runs/m1/signals/ready")
  await begun("m3")
  await client.post("/v1/runs/m3/signals/ready")
  const { body } = await client.get("/v1/runs/m3/result?wait=10000")
  expect(member(body, "result")).toBe("third for t1")
}, 30_000)

test("the program begins three pings in any second", async () => {
  const { client } = await runPage("docs/limits.md", { RUNS: "RunObject", LIMITS: "LimiterObject" })
  const ids = Array.from({ length: 8 }, (_, index) => `p${index}`)
  await Promise.all(
    ids.map((id) => client.post(`/v1/runs/${id}`, { workflow: "ping", input: [id] })),
  )
  const startsMs = await Promise.all(
    ids.map(async (id) => {
      const { body } = await client.get(`/v1/runs/${id}/result?wait=10000`)
      return Date.parse(String(member(body, "startedAt")))
    }),
  )
  for (const fromMs of startsMs) {
    const inWindow = startsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000)
    expect(inWindow.length).toBeLessThanOrEqual(3)
  }
}, 30_000)

test("without its binding a workflow with limits is not configured, and nothing is made", async () => {
  const { client } = await runPage("docs/limits.md")
  const { status, body } = await client.post("/v1/runs/m1", {
    workflow: "mail",
    input: ["t1", "a"],
  })
  expect(status).toBe(503)
  expect(member(body, "error", "code")).toBe("not_configured")
  expect(String(member(body, "error", "message"))).toContain("LIMITS")
  expect((await client.get("/v1/runs/m1")).status).toBe(404)
}, 30_000)
