// The commands of the search index against a real server: runs found, counted, looked after, and read again.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import type { RunPage, RunStats } from "../../src/client/index.ts"
import { BelayCommand } from "./support/command.ts"
import { Server, TOKENS } from "./support/server.ts"

const START_TIMEOUT_MS = 60_000
const SOON_MS = 15_000

let belay: BelayCommand
let server: Server

beforeAll(async () => {
  ;[belay, server] = await Promise.all([BelayCommand.bundle(), Server.start()])
  belay.env = { BELAY_URL: server.url, BELAY_TOKEN: TOKENS.operate }
  const starts = [
    ["greet", "g/1", "--input", '["ada"]', "--tag", "team=red"],
    ["greet", "g/2", "--input", '["bob"]', "--tag", "team=blue"],
    ["greet", "g/3", "--input", '["eve"]', "--tag", "team=red", "--tag", "size=xl"],
    ["halts", "h/1", "--input", "[0]"],
    ["halts", "h/2", "--input", "[-1]"],
    ["sleeps", "s/1"],
  ]
  // One after the other: the list is in the order of creation.
  for (const start of starts) await belay.json(["start", ...start])
  await waitUntil("the index to know all of them", SOON_MS, async () => {
    const { statuses } = await belay.json<RunStats>(["stats"])
    const isWhole = statuses.completed === 3 && statuses.halted === 2 && statuses.suspended === 1
    return isWhole ? true : undefined
  })
}, START_TIMEOUT_MS)

afterAll(async () => {
  await server.end()
  belay.remove()
})

async function idsOf(...args: string[]): Promise<string[]> {
  const { runs } = await belay.json<RunPage>(["list", ...args])
  return runs.map(({ id }) => id)
}

describe("list", () => {
  test("the newest first, as a table", async () => {
    const { code, out, err } = await belay.run(["list"])
    expect([code, err]).toEqual([0, ""])
    const lines = out.trimEnd().split("\n")
    expect(lines[0]).toMatch(/^ID +WORKFLOW +STATUS +CREATED +TOOK +PROBLEM$/)
    expect(lines.slice(1).map((line) => line.split(/ +/)[0])).toEqual([
      "s/1",
      "h/2",
      "h/1",
      "g/3",
      "g/2",
      "g/1",
    ])
    expect(lines[2]).toMatch(/^h\/2 +halts v1 +halted +\d{4}-.* panic: charged -1$/)
    expect(lines[6]).toMatch(/^g\/1 +greet v1 +completed +\d{4}-\d\d-\d\dT\S+Z +\d+ ms$/)
  })

  test.each([
    [
      ["--workflow", "greet", "--order", "oldest"],
      ["g/1", "g/2", "g/3"],
    ],
    [
      ["--status", "halted", "--status", "suspended"],
      ["s/1", "h/2", "h/1"],
    ],
    [
      ["--tag", "team=red"],
      ["g/3", "g/1"],
    ],
    [["--tag", "team=red", "--tag", "size=xl"], ["g/3"]],
    [
      ["--id-prefix", "h/"],
      ["h/2", "h/1"],
    ],
    [["--created-before", "1h"], []],
    [["--created-after", "1h", "--version", "1", "--limit", "1"], ["s/1"]],
    [["--parent", "g/1"], []],
    [["--workflow", "nothing"], []],
  ])("%j", async (filters, ids) => {
    expect(await idsOf(...filters)).toEqual(ids)
  })

  test("page by page, by hand and all at once", async () => {
    const first = await belay.json<RunPage>(["list", "--limit", "4"])
    const second = await idsOf("--limit", "4", "--cursor", first.cursor ?? "")
    const all = await idsOf("--limit", "2", "--all")
    expect([...first.runs.map(({ id }) => id), ...second]).toEqual(all)
    expect(all).toHaveLength(6)
    expect((await belay.run(["list", "--limit", "0"])).code).toBe(2)
    expect((await belay.run(["list", "--cursor", "made up"])).code).toBe(2)
  })
})

test("halted: the oldest first; who is helped leaves it", async () => {
  const { out } = await belay.run(["halted"])
  expect(out.split("\n").filter((line) => line.startsWith("h/"))).toEqual([
    expect.stringMatching(/^h\/1 {2}panic {2}halts v1 {2}since /),
    expect.stringMatching(/^h\/2 {2}panic {2}halts v1 {2}since /),
  ])
  expect(out).toContain("  charged -1\n")
  await belay.json(["skip", "h/1", "1", "5"])
  await waitUntil("h/1 to leave the inbox", SOON_MS, async () => {
    const { runs } = await belay.json<RunPage>(["halted"])
    return runs.length === 1 ? true : undefined
  })
})

test("stats and rebuild", async () => {
  const stats = await belay.json<RunStats>(["stats", "--workflow", "greet"])
  expect(stats).toMatchObject({ total: 3, statuses: { completed: 3 } })
  const { out } = await belay.run(["stats"])
  expect(out).toMatch(/^6 runs: /)
  expect(out).toMatch(/^The last hour: 6 started, \d ended$/m)
  expect(out).toMatch(/^greet v1 +3/m)
  const some = await belay.run(["rebuild", "g/1", "s/1"])
  expect(some).toEqual({ code: 0, out: "8 runs are being read again.\n", err: "" })
  expect(await belay.json(["rebuild"])).toEqual({ asked: 6 })
  const reader = { env: { BELAY_TOKEN: TOKENS.read } }
  expect((await belay.run(["rebuild"], reader)).code).toBe(3)
  expect((await belay.run(["stats"], reader)).code).toBe(0)
})
