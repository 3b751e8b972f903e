// Runs all tests once (`vitest run`; further arguments go to Vitest; `--thorough` makes each check on as many of a thing
// as the promise is about, see test/setup/thorough.ts) and ends with a line of the
// form `12 passed, 0 failed`, so that a person or a script need read only the last line. What could not be run on this
// machine, and is therefore unproven, stands in a frame above it.
// Exit status: Vitest's own; and 1 when no test ran, since an empty run proves nothing.
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type NotRun, SUMMARY_FILE_VARIABLE, type TestSummary } from "./test-summary.ts"

const projectFolder = fileURLToPath(new URL("..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "belay-test-"))
const summaryFile = join(folder, "summary.json")

const THOROUGH = "--thorough"
const isThorough = process.argv.includes(THOROUGH)

let exitCode = 1
let summary: TestSummary | undefined
try {
  exitCode = await runVitest(process.argv.slice(2).filter((arg) => arg !== THOROUGH))
  summary = readSummary()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (summary === undefined) {
  console.error("Vitest ended before it could report; its last output above says why.")
  summary = { passed: 0, failed: 1, skipped: 0, uncaught: 0, notRun: [] }
}
if (summary.notRun.length > 0) console.log(frame(summary.notRun))
if (summary.skipped > 0) console.log(`${summary.skipped} skipped`)
if (summary.uncaught > 0) console.log(`${summary.uncaught} of the failed are uncaught errors`)
const ranAny = summary.passed + summary.failed > 0
let failed = summary.failed
if (!ranAny) {
  console.error("No test ran: check the file names or filters given.")
} else if (failed === 0 && exitCode !== 0) {
  // Whoever reads only the last line must not be told that all is well.
  console.error(`No test failed, yet Vitest ended with status ${exitCode}: see its output above.`)
  failed = 1
}
process.exitCode = exitCode === 0 && (failed > 0 || !ranAny) ? 1 : exitCode
console.log(`${summary.passed} passed, ${failed} failed`)

/** Resolves to Vitest's exit status; to 1 when a signal ended it. */
function runVitest(args: readonly string[]): Promise<number> {
  // A reporter named on the command line replaces the default one; the summary joins either.
  const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"]
  reporters.push(`--reporter=${fileURLToPath(new URL("test-summary.ts", import.meta.url))}`)
  const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")))
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: projectFolder,
    stdio: "inherit",
    env: {
      ...process.env,
      [SUMMARY_FILE_VARIABLE]: summaryFile,
      ...(isThorough ? { BELAY_TEST_THOROUGH: "1" } : {}),
    },
  })
  // Ctrl-C reaches Vitest as well; this process stays to print the count of what had run by then.
  process.on("SIGINT", () => undefined)
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve(code ?? 1))
  })
}

/** Not to be overlooked: a green run that proves less than it seems. */
function frame(notRun: readonly NotRun[]): string {
  const line = "!".repeat(100)
  // Several files may miss the same.
  const byTitle = new Map(notRun.map((one) => [one.title, one]))
  const lines = [...byTitle.values()].flatMap(({ title, unproven, how }) => [
    `!! NOT RUN: ${title}`,
    `!!   Unproven by this run: ${unproven}`,
    `!!   To run it: ${how}`,
  ])
  return ["", line, ...lines, line].join("\n")
}

/** The counts the reporter wrote, or `undefined` when the run broke off before its end. */
function readSummary(): TestSummary | undefined {
  if (!existsSync(summaryFile)) return undefined
  return parseSummary(JSON.parse(readFileSync(summaryFile, "utf8")))
}

function parseSummary(value: unknown): TestSummary {
  if (typeof value !== "object" || value === null)
    throw new Error(`Not a summary: ${String(value)}`)
  const fields = new Map<string, unknown>(Object.entries(value))
  const count = (name: keyof TestSummary): number => {
    const found = fields.get(name)
    if (typeof found !== "number") throw new Error(`The summary's "${name}" is not a number`)
    return found
  }
  const notRun = fields.get("notRun")
  if (!Array.isArray(notRun)) throw new Error(`The summary's "notRun" is not a list`)
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    uncaught: count("uncaught"),
    notRun: notRun.map(parseNotRun),
  }
}

function parseNotRun(value: unknown): NotRun {
  if (typeof value !== "object" || value === null) throw new Error("A test not run has no text")
  const fields = new Map<string, unknown>(Object.entries(value))
  const text = (name: keyof NotRun): string => String(fields.get(name))
  return { title: text("title"), unproven: text("unproven"), how: text("how") }
}
