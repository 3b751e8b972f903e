// Cost: what a run costs on the platform, by its public price list, beside Cloudflare Workflows.
// npm run cost -- RUN [--json]       one run of a server: its rows as it counts them, the rest reckoned from its journal
// npm run cost -- --workloads        the shapes of docs/cost.md, counted on bare workerd
// npm run cost -- --publish          the same, and the search index; writes the tables of docs/cost.md
// The server as for the command line: --url or BELAY_URL, --token-file or BELAY_TOKEN.

import { parseArgs } from "node:util"
import { ASSUMED } from "./cost/assumptions.ts"
import { billOf, workflowsBillOf } from "./cost/bill.ts"
import { onCostRuntime } from "./cost/cost-runtime.ts"
import { measureIndex } from "./cost/index-share.ts"
import { publish } from "./cost/page.ts"
import { PRICES_READ_AT, UNPRICED } from "./cost/prices.ts"
import { usageOf, workflowsUsageOf } from "./cost/run-usage.ts"
import { printBill } from "./cost/show.ts"
import { breakEvenTable, costTable, indexTable, usageTable, type TableText } from "./cost/tables.ts"
import { measureWorkloads } from "./cost/workloads.ts"
import { printTable } from "./support/table.ts"
import { readAddress } from "../src/cli/address.ts"
import { EXIT, exitCodeOf, UsageError } from "../src/cli/exit-code.ts"
import { Given } from "../src/cli/given.ts"
import { createClient } from "../src/client/index.ts"
import { RecordedRunReader } from "../src/engine/recorded/recorded-run.ts"

const USAGE =
  "Usage: npm run cost -- RUN [--url URL] [--token-file FILE] [--json], or --workloads or --publish instead of a run."

const ROUNDS = 5

async function main(): Promise<void> {
  const { values, positionals } = parsed()
  const [id, ...others] = positionals
  const isMeasured = values.workloads || values.publish
  if (others.length > 0 || (id === undefined) !== isMeasured) throw new UsageError(USAGE)
  if (id === undefined) return measure(values.publish, values.json)
  const given = new Given({ name: "cost", arguments: "RUN", options: {} }, values, positionals)
  return priceRun(id, given, values.json)
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        url: { type: "string" },
        "token-file": { type: "string" },
        json: { type: "boolean", default: false },
        workloads: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

async function priceRun(id: string, given: Given, isJson: boolean): Promise<void> {
  const client = createClient(readAddress(given, process.env))
  const { rows, status } = await client.run(id)
  if (rows === undefined) {
    throw new Error(`The server does not count the rows of its runs; deploy this version there.`)
  }
  const reader = new RecordedRunReader()
  for await (const line of client.export(id)) reader.add(line)
  const recorded = reader.end()
  const usage = usageOf(recorded, rows)
  const workflows = workflowsUsageOf(recorded)
  const bills = { belay: billOf(usage), workflows: workflowsBillOf(workflows) }
  if (isJson) {
    const assumed = { pricesReadAt: PRICES_READ_AT, assumed: ASSUMED, unpriced: UNPRICED }
    return console.log(JSON.stringify({ id, status, usage, workflows, bills, ...assumed }, null, 2))
  }
  printBill(`Run ${id}, ${status}:`, bills.belay)
  console.log()
  printBill("The same in Cloudflare Workflows:", bills.workflows)
  console.log(`\n${notes().join("\n")}`)
}

/** @param isPublished with the index, which takes a minute, and into the page */
async function measure(isPublished: boolean, isJson: boolean): Promise<void> {
  const { measured, shares } = await onCostRuntime(async (runtime) => ({
    measured: await measureWorkloads(runtime, ROUNDS),
    shares: isPublished ? await measureIndex(runtime) : [],
  }))
  if (isPublished) await publish(measured, shares)
  if (isJson) return console.log(JSON.stringify({ measured, shares }, null, 2))
  const tables = [usageTable(measured), costTable(measured), breakEvenTable(measured)]
  for (const table of isPublished ? [...tables, indexTable(shares, measured)] : tables) show(table)
  console.log(notes().join("\n"))
}

function show({ header, rows }: TableText): void {
  printTable(header, rows)
  console.log()
}

function notes(): string[] {
  return [
    `Prices of the paid plan beyond what is included in it, as its pages said on ${PRICES_READ_AT} (docs/cost.md).`,
    "Requests, duration and storage of one run are reckoned from its journal; the index is not in it.",
    `Assumed: ${ASSUMED.join("; ")}.`,
    ...UNPRICED,
  ]
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof UsageError ? EXIT.usage : exitCodeOf(error)
}
