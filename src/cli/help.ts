// Help: the commands, and each with its options.
// Owns: the text. The exit codes stand in exit-code.ts.

import type { Command } from "./command.ts"
import { GLOBAL_OPTIONS, LONE_OPTIONS, type Options } from "./syntax.ts"

const INDENT = "  "

export function helpText(commands: readonly Command[]): string {
  const rows = commands.map((each) => [`${each.name} ${each.arguments}`.trim(), each.summary])
  return [
    "belay: runs from the command line",
    "",
    "Usage: belay COMMAND … [OPTIONS]; belay help COMMAND says more of one.",
    "",
    ...aligned(rows),
    "",
    "Everywhere:",
    ...optionLines({ ...GLOBAL_OPTIONS, ...LONE_OPTIONS }),
    "",
    "Environment: BELAY_URL, PORT, BELAY_TOKEN, NO_COLOR. A token is never an argument: others may read those.",
    "Ends with 0; 1 when a run did not complete or something was refused; 2 when the command is missing or wrong;",
    "3 without a server that answers, or without the right; 4 when there is no such run or workflow; 130 on Ctrl-C.",
  ].join("\n")
}

export function commandHelp(command: Command): string {
  const { name, summary, details = [], options } = command
  const own = Object.keys(options).length === 0 ? [] : ["", "Options:", ...optionLines(options)]
  return [
    `belay ${`${name} ${command.arguments}`.trim()}: ${summary}`,
    ...(details.length === 0 ? [] : ["", ...details]),
    ...own,
    "",
    "Everywhere:",
    ...optionLines(GLOBAL_OPTIONS),
  ].join("\n")
}

function optionLines(options: Options): string[] {
  return aligned(
    Object.entries(options).map(([name, { value, short, text }]) => [
      `${short === undefined ? "" : `-${short}, `}--${name} ${value ?? ""}`.trim(),
      text,
    ]),
  )
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = ""]) => left.length))
  return rows.map(([left = "", right = ""]) => `${INDENT}${left.padEnd(width)}  ${right}`)
}
