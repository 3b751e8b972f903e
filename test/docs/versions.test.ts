// The page on versions: its program runs, and does with old and new runs what the page says.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { BareWorkerd } from "../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../scripts/support/bundle.ts"
import { freePort } from "../../scripts/support/free-port.ts"
import { JsonClient, member } from "../../scripts/support/json-client.ts"
import { runScript } from "../scripts/support/command.ts"
import { programOf } from "./support/page-program.ts"

test("the program serves both versions, and an exported run replays on it", async () => {
  const program = programOf("docs/versions.md")
  const folder = mkdtempSync(join(tmpdir(), "belay-versions-"))
  const workerd = new BareWorkerd({
    folder,
    port: await freePort(),
    objects: { RUNS: "RunObject" },
    variables: { BELAY_DEV: "1" },
  })
  onTestFinished(async () => {
    await workerd.kill()
    rmSync(folder, { recursive: true })
  })
  await bundleWorker(program, join(folder, "worker.js"))
  await workerd.start()
  const client = new JsonClient(workerd.url)

  const input = ["widget", 500]
  await client.post("/v1/runs/old", { workflow: "buy", version: 1, input })
  await client.post("/v1/runs/new", { workflow: "buy", input })
  const soldOut = await client.post("/v1/runs/none?wait=5000", {
    workflow: "buy",
    input: ["sold-out", 500],
  })
  expect(soldOut.body).toMatchObject({ version: 2, result: "sold-out: sold out" })

  const exported = await fetch(`${workerd.url}/v1/runs/old/export`)
  const file = join(folder, "old.jsonl")
  writeFileSync(file, await exported.text())
  const replay = (...options: string[]) =>
    runScript("replay", [file, "--code", program, ...options])
  expect(await replay()).toMatchObject({ code: 0 })
  expect(await replay("--version", "2")).toMatchObject({
    code: 1,
    output: expect.stringContaining("expected step charge, found step checkStock"),
  })
  expect(
    await runScript("check-deploy", ["--url", workerd.url, "--code", program, "old", "new"]),
  ).toMatchObject({
    code: 0,
    output: "2 runs: 2 fit.\n",
  })

  for (const [id, version] of [
    ["old", 1],
    ["new", 2],
  ] as const) {
    await client.post(`/v1/runs/${id}/signals/packed`, 0)
    const { body } = await client.get(`/v1/runs/${id}/result?wait=5000`)
    expect([member(body, "version"), member(body, "result")]).toEqual([
      version,
      "widget: charged 500",
    ])
  }
}, 60_000)
