// Check dependencies: pinned, whole, under licences we may use, with no known advisory of high severity.
// npm run check:dependencies, as part of npm run check; npm run licences writes docs/licences.md anew.
// Ends with 1 when something is wrong. Advisories need a registry that has them: without one it says so in a frame and goes on.

import { spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { readAudit, type Audit } from "./dependencies/advisories.ts"
import { licenceFaults, licencesPage } from "./dependencies/licences.ts"
import { lockFaults, pinFaults, readLockFile } from "./dependencies/lock-file.ts"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const PAGE = `${ROOT}docs/licences.md`

/** A registry that does not answer must not hold the check, in ms. */
const AUDIT_MS_MAX = 20_000

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } })
  const packages = readLockFile(readFileSync(`${ROOT}package-lock.json`, "utf8"))
  const page = licencesPage(packages)
  if (values.write) writeFileSync(PAGE, page)
  const faults = [
    ...pinFaults(readFileSync(`${ROOT}package.json`, "utf8")),
    ...lockFaults(packages),
    ...licenceFaults(packages),
  ]
  if (readFileSync(PAGE, "utf8") !== page) {
    faults.push("docs/licences.md is not what the lock file says; run npm run licences.")
  }
  const audit = values.write ? undefined : readAudit(await askAudit())
  if (audit?.kind === "found") faults.push(...audit.lines)
  if (audit?.kind === "not checked") console.warn(frame(audit))
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) return 1
  console.log(`${packages.length} packages: pinned, whole, licences allowed; ${told(audit)}.`)
  return 0
}

function told(audit: Audit | undefined): string {
  if (audit?.kind === "clean") {
    return `no advisory of high severity (${audit.low} of a lower one)`
  }
  return "advisories not checked"
}

/** What npm says, whatever it is; it ends with the time. */
function askAudit(): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(
      "npm",
      ["audit", "--json", "--fetch-retries=0", `--fetch-timeout=${AUDIT_MS_MAX / 2}`],
      {
        cwd: ROOT,
        stdio: ["ignore", "pipe", "ignore"],
      },
    )
    let output = ""
    const timer = setTimeout(() => child.kill("SIGKILL"), AUDIT_MS_MAX)
    const end = (text: string) => {
      clearTimeout(timer)
      resolve(text)
    }
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")))
    child.once("error", (error) => end(error.message))
    child.once("close", () => end(output))
  })
}

function frame({ why }: Extract<Audit, { kind: "not checked" }>): string {
  const line = "!".repeat(100)
  return [
    line,
    "!! NOT CHECKED: advisories. The registry in use gave none:",
    `!!   ${why}`,
    "!!   Unproven by this run: that no package has a known vulnerability of high severity.",
    "!!   To check it: npm audit, with a registry that has advisories, as the public one does.",
    line,
  ].join("\n")
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  },
)
