// Bench: how fast Belay is beside the floor of what it stands on and beside other engines, in one run on one machine.
// Usage: npm run bench [-- W1 W2 … rows index] [-- --quick] [-- --no-peers] [-- --peers restate,dbos] [-- --publish]
// Without a name, all workloads. Prints a table for each and the targets, and writes all figures to .belay/bench.json.
// --quick takes fewer rounds. --publish writes docs/benchmarks.json, the page and its plots from what was measured.
// Ratios count; absolute figures drift.

import { parseArgs } from "node:util"
import { runBench } from "./bench/run-bench.ts"
import { interruption } from "./support/interruption.ts"

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      "no-peers": { type: "boolean", default: false },
      peers: { type: "string" },
      publish: { type: "boolean", default: false },
    },
    allowPositionals: true,
  })
  const work = runBench({
    isQuick: values.quick,
    workloads: positionals,
    peers: values["no-peers"] ? [] : values.peers?.split(","),
    isPublished: values.publish,
  })
  const isDone = await Promise.race([work.then(() => true), interruption().then(() => false)])
  // What was started ends with this process.
  return isDone ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
