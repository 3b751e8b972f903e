// The page on the command line: its session is typed as it stands there, and what is printed is what the page shows.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { pause } from "../../scripts/support/wait-until.ts"
import { COMMANDS } from "../../src/cli/commands.ts"
import { EXIT } from "../../src/cli/exit-code.ts"
import { BelayCommand } from "../cli/support/command.ts"
import { runPage } from "./support/page-program.ts"

const PAGE = readFileSync(fileURLToPath(new URL("../../docs/cli.md", import.meta.url)), "utf8")

interface Typed {
  readonly args: readonly string[]
  readonly shown: string
}

/** The commands of the page's sessions, with what stands below each. */
function session(): Typed[] {
  return [...PAGE.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, text = ""]) =>
    text
      .split(/^\$ npx belay /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [line = "", ...shown] = part.split("\n")
        return { args: words(line), shown: shown.join("\n") }
      }),
  )
}

/** As a shell takes a line apart. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")
}

/** What is the same each time: without instants, durations, counts of rows, and the lengths of bars and gaps. */
function lasting(text: string): string[] {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "INSTANT")
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, "TIME")
    .replaceAll(/\d+(?:\.\d)? (?:ms|s)\b/g, "DURATION")
    .replaceAll(/\d+ written, \d+ read/g, "ROWS")
    .replaceAll(/[█▓░]+/g, "BAR")
    .replaceAll(/ +/g, " ")
    .trim()
    .split("\n")
}

test("the session prints what the page shows", { timeout: 60_000 }, async () => {
  const { url } = await runPage("docs/cli.md", { RUNS: "RunObject", INDEX: "IndexObject" })
  const belay = await BelayCommand.bundle()
  onTestFinished(() => belay.remove())
  belay.env = { BELAY_URL: url, LC_ALL: "C.UTF-8", COLUMNS: "100" }
  const typed = session()
  expect(typed.length).toBeGreaterThan(5)
  for (const { args, shown } of typed) {
    const { out, err } = await belay.run(args)
    expect(lasting(out + err)).toEqual(lasting(shown))
    // A person is slower than the next command.
    await pause(700)
  }
})

test("the page names every command and every exit code", () => {
  for (const { name } of COMMANDS) expect(PAGE).toMatch(new RegExp(`^\\| .*\`${name}\\b`, "m"))
  for (const code of Object.values(EXIT)) expect(PAGE).toMatch(new RegExp(`^\\| ${code} `, "m"))
})
