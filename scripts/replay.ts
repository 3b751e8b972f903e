// Replay: an exported run, shown as a timeline and replayed against the code here, without effects.
// npm run replay -- FILE [--code src/index.ts] [--version N] [--inspect]
// `--version` tries another version than the one the run is pinned to. `--inspect` waits for a debugger and stops before
// the workflow is called; `node --inspect-brk scripts/replay.ts FILE` does from the first line on.
// Ends with 0 when the code fits, with 1 when it diverges or lacks the run's version, with 2 when that cannot be told.

import { open } from "node:inspector"
import { parseArgs } from "node:util"
import { timeline } from "./replay/timeline.ts"
import { readRecordedFile } from "./support/recorded-lines.ts"
import { inWords } from "../src/engine/recorded/replay-words.ts"
import { loadReplayer } from "./support/worker-code.ts"

const USAGE =
  "Usage: npm run replay -- FILE [--code src/index.ts] [--version N] [--inspect]\nFILE is what GET /v1/runs/:id/export gave."

const EXIT_CODES = { fits: 0, diverges: 1, missing: 1, unclear: 2 } as const

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      code: { type: "string", default: "src/index.ts" },
      version: { type: "string" },
      inspect: { type: "boolean", default: false },
    },
  })
  const [file, ...others] = positionals
  const version = values.version === undefined ? undefined : Number(values.version)
  if (file === undefined || others.length > 0) throw new Error(USAGE)
  if (version !== undefined && !(Number.isInteger(version) && version > 0)) {
    throw new Error(`--version is "${values.version}"; give a whole number from 1.`)
  }
  const recorded = await readRecordedFile(file)
  for (const line of timeline(recorded)) console.log(line)
  const replay = await loadReplayer(values.code)
  if (values.inspect) open(undefined, undefined, true)
  // oxlint-disable-next-line no-debugger -- what --inspect is for: from here one steps into the workflow
  if (values.inspect) debugger
  const replayed = replay(recorded, { version })
  console.log(`\n${inWords(replayed)}`)
  return EXIT_CODES[replayed.type]
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  },
)
