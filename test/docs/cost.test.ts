// The page on cost: its prices are the ones that are reckoned with, its rows are what the runtime counts, and the command
// it shows prices a run. Where the engine writes other rows than before, `npm run cost -- --publish` writes the page anew.

import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { onCostRuntime, type CostRuntime } from "../../scripts/cost/cost-runtime.ts"
import { priceTable, type TableText } from "../../scripts/cost/tables.ts"
import { measureWorkloads, WORKLOADS } from "../../scripts/cost/workloads.ts"
import { member } from "../../scripts/support/json-client.ts"

const PAGE = readFileSync(fileURLToPath(new URL("../../docs/cost.md", import.meta.url)), "utf8")
const SCRIPT = fileURLToPath(new URL("../../scripts/cost.ts", import.meta.url))

/** A table of the page: its header and its rows. */
function tableOf(name: string): TableText {
  const [, text = ""] = new RegExp(`<!-- table: ${name} -->([^]*?)<!-- end -->`).exec(PAGE) ?? []
  const [header = [], , ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
  return { header, rows }
}

/** A column of figures by the names of the rows. */
function figures(table: string, column: string): Map<string, number> {
  const { header, rows } = tableOf(table)
  const index = header.indexOf(column)
  return new Map(rows.map((row) => [row[0] ?? "", Number((row[index] ?? "").replaceAll(",", ""))]))
}

function at(column: ReadonlyMap<string, number>, name: string): number {
  return column.get(name) ?? Number.NaN
}

test("the prices are those of the file of prices", () => {
  expect(tableOf("prices")).toEqual(priceTable())
})

test("every workload stands in both tables", () => {
  const names = WORKLOADS.map(({ name }) => name)
  for (const table of ["usage", "cost"]) {
    expect(tableOf(table).rows.map(([name]) => name)).toEqual(names)
  }
})

test("the rows are what is counted on the runtime, and the command prices such a run", async () => {
  await onCostRuntime(async (runtime) => {
    const measured = await measureWorkloads(runtime, 1)
    const rows = figures("usage", "rows written")
    const alarms = figures("usage", "alarms among them")
    const read = figures("usage", "rows read")
    const requests = figures("usage", "requests")
    for (const { name, sqlRows, usage } of measured) {
      const shown = { name, sqlRows: at(rows, name) - at(alarms, name) }
      expect({ name, sqlRows }).toEqual(shown)
      // A slow machine has an alarm more, which is a request and a row, and reads the run once more.
      const more = usage.objectRequests - at(requests, name)
      expect({ name, isNear: more >= 0 && more < 5 }).toEqual({ name, isNear: true })
      const moreRead = Math.abs(usage.rowsRead - at(read, name))
      expect({ name, isNear: moreRead <= 20 }).toEqual({ name, isNear: true })
    }
    await pricesOneRun(runtime)
  })
}, 60_000)

async function pricesOneRun(runtime: CostRuntime): Promise<void> {
  await runtime.forget()
  await runtime.start("priced", "fourAsyncSteps", [])
  const own = (await runtime.tallies()).find(({ name }) => name === "priced")
  const rows = member(await runtime.run("priced"), "rows")
  // What the run says of itself is what its store says.
  expect(member(rows, "written")).toBe((own?.rowsWritten ?? 0) + (own?.alarmsSet ?? 0))
  const json = JSON.parse(await cost(runtime, "priced", "--json")) as unknown
  expect(member(json, "usage", "rowsWritten")).toBe(member(rows, "written"))
  expect(member(json, "workflows", "steps")).toBe(4)
  const text = await cost(runtime, "priced")
  expect(text).toContain("Run priced, completed:")
  expect(text).toMatch(/^rows written +\d+ rows +\$1\.00 per million rows +\$\d+\.\d\d$/m)
  expect(text).toMatch(/^steps +4 steps +\$0\.80 per 100,000 steps +\$32\.00$/m)
  await expect(cost(runtime, "never-started")).rejects.toMatchObject({
    code: 4,
    stderr: expect.stringContaining("never-started") as string,
  })
  await expect(cost(runtime)).rejects.toMatchObject({ code: 2 })
}

async function cost({ url }: CostRuntime, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, BELAY_URL: url }
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...args], { env })
  return stdout
}
