// Check deploy: would the code here go on with the runs that live in a deployment? Asked before it is deployed.
// npm run check:deploy -- --url https://… [--token-env NAME] [--ids FILE] [--all] [--code src/index.ts] [--json] [IDS…]
// Each run is exported (role read; role operate where an input holds a promise's token) and dry-run here: no step is
// called, nothing is written, neither here nor there. Ended runs are skipped unless --all.
// Ends with 0 when every run fits, with 1 when one would diverge or lacks its code, with 2 when one could not be checked.

import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { checkRuns, type Finding } from "./check-deploy/check.ts"
import { exitCodeOf, reportJson, reportText } from "./check-deploy/report.ts"
import { loadReplayer } from "./support/worker-code.ts"

const USAGE =
  "Usage: npm run check:deploy -- --url https://… [--token-env NAME] [--ids FILE] [--all] [--code src/index.ts] [--json] [IDS…]\nFILE has one run id a line."

function settings() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: "string" },
      "token-env": { type: "string" },
      ids: { type: "string" },
      all: { type: "boolean", default: false },
      code: { type: "string", default: "src/index.ts" },
      json: { type: "boolean", default: false },
    },
  })
  const { url, all, code, json } = values
  if (url === undefined) throw new Error(USAGE)
  const variable = values["token-env"]
  const token = variable === undefined ? undefined : process.env[variable]
  if (variable !== undefined && !token) {
    throw new Error(
      `The environment has no ${variable}; --token-env names the variable with the token.`,
    )
  }
  const listed = values.ids === undefined ? [] : readFileSync(values.ids, "utf8").split(/\r?\n/)
  const ids = [...new Set([...listed.filter((line) => line !== ""), ...positionals])]
  if (ids.length === 0) throw new Error(`There is no run to check.\n${USAGE}`)
  return { deployment: { url: url.replace(/\/+$/, ""), token }, ids, all, code, json }
}

/** On a terminal one line that counts; elsewhere nothing, since only the end is of interest to a log. */
function progress(total: number): (finding: Finding) => void {
  let done = 0
  return ({ id }) => {
    done++
    if (!process.stderr.isTTY) return
    const end = done === total ? "\n" : ""
    process.stderr.write(`\r\u001b[K${done} of ${total} runs checked: ${id.slice(0, 60)}${end}`)
  }
}

async function main(): Promise<number> {
  const { deployment, ids, all, code, json } = settings()
  const replay = await loadReplayer(code)
  const findings = await checkRuns(deployment, ids, replay, { all, onFound: progress(ids.length) })
  console.log(json ? reportJson(findings) : reportText(findings))
  return exitCodeOf(findings)
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  },
)
