// Cli: one command line from its words to its exit code.
// Owns: which command it is, help, and what becomes of an error. Must not touch: the process (main.ts).
//   L1. Whatever happens is an exit code and, unless that is 0, a message on standard error.

import { BelayClientError, createClient } from "../client/index.ts"
import { readAddress } from "./address.ts"
import type { Command } from "./command.ts"
import { COMMANDS } from "./commands.ts"
import { EXIT, exitCodeOf, UsageError, type ExitCode } from "./exit-code.ts"
import { readGiven, type Given } from "./given.ts"
import { commandHelp, helpText } from "./help.ts"
import { Screen, type ScreenOptions } from "./screen.ts"
import { GLOBAL_OPTIONS } from "./syntax.ts"

export interface Surroundings extends Omit<ScreenOptions, "isJson"> {
  /** Aborted when a person ends the command. */
  readonly signal: AbortSignal
}

export async function runCli(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  // Known before the arguments are: what is wrong with them is told in the same form.
  const screen = new Screen({ ...around, isJson: args.includes("--json") })
  try {
    return await Promise.race([perform(args, screen, around), interruption(around.signal)])
  } catch (error) {
    if (around.signal.aborted) return EXIT.interrupted
    tell(screen, error)
    return exitCodeOf(error)
  }
}

async function perform(
  args: readonly string[],
  screen: Screen,
  { env, signal }: Surroundings,
): Promise<ExitCode> {
  const { name, rest } = split(args)
  if (name === undefined) {
    await screen.line(helpText(COMMANDS))
    return args.includes("--help") || args.includes("-h") ? EXIT.ok : EXIT.usage
  }
  if (name === "help") {
    const [about] = rest
    await screen.line(about === undefined ? helpText(COMMANDS) : commandHelp(commandOf(about)))
    return EXIT.ok
  }
  const command = commandOf(name)
  const given = readGiven(command, rest)
  if (given.flag("help")) {
    await screen.line(commandHelp(command))
    return EXIT.ok
  }
  given.expectArguments()
  return (await command.run(callOf(given, screen, env, signal))) ?? EXIT.ok
}

function callOf(
  given: Given,
  screen: Screen,
  env: Surroundings["env"],
  signal: AbortSignal,
): Parameters<Command["run"]>[0] {
  return { client: createClient(readAddress(given, env)), screen, given, signal }
}

/** The command's name may stand behind options that hold everywhere. */
function split(args: readonly string[]): {
  readonly name: string | undefined
  readonly rest: readonly string[]
} {
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? ""
    if (!word.startsWith("-")) {
      return { name: word, rest: [...args.slice(0, index), ...args.slice(index + 1)] }
    }
    const takesNext = GLOBAL_OPTIONS[word.slice(2)]?.value !== undefined
    if (takesNext) index++
  }
  return { name: undefined, rest: args }
}

function commandOf(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name)
  if (found !== undefined) return found
  throw new UsageError(`There is no command "${name}"; "belay help" lists them.`)
}

function interruption(signal: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(EXIT.interrupted), { once: true })
  })
}

function tell(screen: Screen, error: unknown): void {
  if (error instanceof BelayClientError) {
    screen.problem(messageOf(error), error.code, error.details)
  } else if (error instanceof UsageError) {
    screen.problem(error.message, "usage")
  } else {
    screen.problem(
      error instanceof Error ? (error.stack ?? error.message) : String(error),
      "internal",
    )
  }
}

/** With what lies behind it, where no answer came: "fetch failed" helps nobody. */
function messageOf({ code, message, cause }: BelayClientError): string {
  if (code !== "network") return message
  let deepest = cause
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause
  const { message: why, code: name } = (deepest ?? {}) as NodeJS.ErrnoException
  return `No answer came: ${why || name || message}. --url or BELAY_URL says where Belay is.`
}
