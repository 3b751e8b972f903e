// `npx belay` in this folder: found without being installed anywhere, made of the source, on the machine's own Node.
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { machinePath } from "../support/machine-path.ts"
import { fakeBelay } from "./support/fake-belay.ts"

const FOLDER = fileURLToPath(new URL(".", import.meta.url))

const env = { ...process.env, PATH: machinePath() }

test("is found from any folder of the project, and needs no other Node than the machine has", () => {
  const { status, stdout, stderr } = spawnSync("npx", ["belay", "help"], {
    cwd: FOLDER,
    env,
    encoding: "utf8",
  })
  expect([status, stderr]).toEqual([0, ""])
  expect(stdout).toContain("Usage: belay COMMAND")
})

test("passes arguments, output and exit code on", async () => {
  const { url } = await fakeBelay({ "GET /v1/runs": () => ({ body: { runs: [] } }) })
  const child = spawn("npx", ["belay", "list", "--json", "--url", url], { cwd: FOLDER, env })
  let out = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0)
  expect(JSON.parse(out)).toEqual({ runs: [] })
  const wrong = spawnSync("npx", ["belay", "list", "--limit", "ten"], { cwd: FOLDER, env })
  expect(wrong.status).toBe(2)
})
