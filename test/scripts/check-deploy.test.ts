// check:deploy and replay as people run them, against a deployment that lives; and what deploying and rolling back do to
// the runs that were looked at.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { runScript, type Ran } from "./support/command.ts"
import { CODE, Deployment, TOKENS } from "./support/deployment.ts"

const CHANGED = ["renamed", "reordered", "added", "removed", "changed"]

const TIMEOUT_MS = 60_000

let deployment: Deployment

beforeAll(async () => {
  deployment = await Deployment.start("deployed")
  for (const workflow of ["kept", "gone", ...CHANGED]) await start(workflow, [1])
  await start("asks", [])
}, TIMEOUT_MS)

afterAll(() => deployment.end())

/** A run named like its workflow, unless named otherwise; it waits when this returns. */
async function start(workflow: string, input: unknown[], id = workflow): Promise<void> {
  await deployment.ask("POST", `/v1/runs/${id}`, { workflow, input })
  await reached(id, "suspended")
}

function reached(id: string, status: string): Promise<unknown> {
  return waitUntil(`${id} to be ${status}`, 10_000, async () => {
    const { body } = await deployment.ask("GET", `/v1/runs/${id}`)
    return member(body, "status") === status ? body : undefined
  })
}

function check(code: string, ids: readonly string[], token: string = TOKENS.operate): Promise<Ran> {
  const args = ["--url", deployment.url, "--code", code, "--token-env", "TOKEN", ...ids]
  return runScript("check-deploy", args, { TOKEN: token })
}

async function found(ids: readonly string[], token?: string): Promise<Record<string, unknown>> {
  const { code, output } = await check(CODE.next, ["--json", ...ids], token)
  const { runs } = JSON.parse(output) as { runs: { id: string }[] }
  return { code, ...Object.fromEntries(runs.map((run) => [run.id, run])) }
}

describe("check:deploy", () => {
  test(
    "the code that is deployed fits every run: 0",
    async () => {
      const { code, output } = await check(CODE.deployed, ["kept", "gone", "asks", ...CHANGED])
      expect({ code, output }).toEqual({ code: 0, output: "8 runs: 8 fit.\n" })
    },
    TIMEOUT_MS,
  )

  test(
    "check 54: what would diverge is told by entry, expected and found, and what lacks its code: 1",
    async () => {
      const findings = await found(["kept", "gone", "asks", ...CHANGED])
      const step = (name: string) => ({ kind: "step", name })
      const parts = (path: string, expected: string, details: object) => ({
        verdict: "diverges",
        workflow: expect.any(String),
        version: 1,
        details: expect.objectContaining({
          path,
          expected: { ...step(expected), type: "completed" },
          ...details,
        }),
      })
      expect(findings).toMatchObject({
        code: 1,
        kept: { verdict: "fits", status: "suspended" },
        asks: { verdict: "fits" },
        gone: { verdict: "missing", message: expect.stringContaining('"gone" version 1') },
        renamed: parts("1", "second", { difference: "name", found: step("other") }),
        reordered: parts("0", "first", { difference: "name", found: step("second") }),
        added: parts("0", "first", { difference: "name", found: step("other") }),
        removed: parts("1", "second", {
          difference: "kind",
          found: { kind: "signal", name: "go" },
        }),
        changed: parts("0", "first", { difference: "input", found: step("first") }),
      })
    },
    TIMEOUT_MS,
  )

  test(
    "for a person: a line for each run in danger, and the sum",
    async () => {
      const { code, output } = await check(CODE.next, ["kept", "renamed"])
      expect(code).toBe(1)
      expect(output).toContain("renamed (renamed version 1): The code diverges.")
      expect(output).toContain("expected step second, found step other")
      expect(output.trimEnd().split("\n").at(-1)).toBe("2 runs: 1 fit, 1 would diverge.")
    },
    TIMEOUT_MS,
  )

  test(
    "ids from a file; ended runs are skipped unless --all",
    async () => {
      await start("kept", [5], "ended")
      await deployment.ask("POST", "/v1/runs/ended/signals/go", 0)
      await reached("ended", "completed")
      const file = join(deployment.folder, "ids.txt")
      writeFileSync(file, "kept\nended\n\nkept\n")
      const first = await check(CODE.next, ["--ids", file])
      expect(first).toMatchObject({
        code: 0,
        output: "2 runs: 1 fit, 1 were skipped, having ended.\n",
      })
      expect(await check(CODE.next, ["--ids", file, "--all"])).toMatchObject({
        code: 0,
        output: "2 runs: 2 fit.\n",
      })
    },
    TIMEOUT_MS,
  )

  test(
    "what cannot be checked: 2, with the reason",
    async () => {
      expect(await found(["kept", "nobody"])).toMatchObject({
        code: 2,
        nobody: { verdict: "unchecked", message: expect.stringContaining("404 run_unknown") },
      })
      expect(await found(["kept"], "wrong")).toMatchObject({
        code: 2,
        kept: { verdict: "unchecked", message: expect.stringContaining("401 unauthorized") },
      })
      // Its step was given a promise's token, which a reader is not shown.
      expect(await found(["kept", "asks"], TOKENS.read)).toMatchObject({
        code: 2,
        kept: { verdict: "fits" },
        asks: { verdict: "unchecked", message: expect.stringContaining('role "operate"') },
      })
      const { code, errors } = await runScript("check-deploy", ["kept"])
      expect(code).toBe(2)
      expect(errors).toContain("Usage:")
    },
    TIMEOUT_MS,
  )
})

describe("check 53: an export is replayed elsewhere with the same result", () => {
  async function exported(id: string, token: string = TOKENS.operate): Promise<string> {
    const response = await fetch(`${deployment.url}/v1/runs/${id}/export`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const file = join(deployment.folder, `${id}.jsonl`)
    writeFileSync(file, await response.text())
    return file
  }

  test(
    "replay shows the timeline and fits: 0",
    async () => {
      const { code, output } = await runScript("replay", [
        await exported("kept"),
        "--code",
        CODE.deployed,
      ])
      expect(code).toBe(0)
      expect(output).toMatch(/^Run kept: kept version 1, suspended, created /)
      expect(output).toMatch(/^1 +step second +completed .* 4$/m)
      expect(output).toContain(
        'The code fits; where the journal ends it waits for signal go at "2".',
      )
    },
    TIMEOUT_MS,
  )

  test(
    "replay diverges: 1; a file that was cut: 2",
    async () => {
      const file = await exported("added")
      const { code, output } = await runScript("replay", [file, "--code", CODE.next])
      expect(code).toBe(1)
      expect(output).toContain('at path "0" (name): expected step first, found step other')
      writeFileSync(file, '{"type":"error","message":"x"}\n')
      expect(await runScript("replay", [file, "--code", CODE.next])).toMatchObject({
        code: 2,
        errors: expect.stringContaining("Line 1:"),
      })
    },
    TIMEOUT_MS,
  )
})

describe("check 56: deploys and rollbacks", () => {
  async function tokenOf(id: string): Promise<string> {
    return String((await deployment.ask("GET", `/v1/runs/${id}/state/token`)).body)
  }

  test(
    "a run finishes on its version beside a newer one, also after a rollback; old promises resolve",
    async () => {
      await deployment.deploy("next")
      await start("asks", [], "newer")
      const newer = await reached("newer", "suspended")
      expect(newer).toMatchObject({ version: 2 })
      expect(await reached("asks", "suspended")).toMatchObject({ version: 1 })

      // Rolled back: the version of `newer` is gone, and it stands still; the older run does not care.
      const token = await tokenOf("newer")
      await deployment.deploy("deployed")
      await deployment.ask("POST", `/v1/promises/${await tokenOf("asks")}/resolve`, "yes")
      expect(await reached("asks", "completed")).toMatchObject({ result: "old: yes", version: 1 })
      await deployment.ask("POST", `/v1/promises/${token}/resolve`, "later")
      expect(await reached("newer", "halted")).toMatchObject({ error: { code: "version_unknown" } })

      // Deployed again it goes on by itself, with what it was told meanwhile.
      await deployment.deploy("next")
      expect(await reached("newer", "completed")).toMatchObject({
        result: "new: later",
        version: 2,
      })
    },
    TIMEOUT_MS,
  )
})
