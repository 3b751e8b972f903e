// Cli: one command line from its words to its exit code.
// Owns: which command it is, help, and what becomes of an error. Must not touch: the process (main.ts).
//   L1. Whatever happens is an exit code and, unless that is 0, a message on standard error.

import { createClient } from "../client/index.ts"
import { readAddress } from "./address.ts"
import type { Command } from "./command.ts"
import { COMMANDS } from "./commands.ts"
import { EXIT, exitCodeOf, UsageError, type ExitCode } from "./exit-code.ts"
import { readGiven, type Given } from "./given.ts"
import { commandHelp, helpText } from "./help.ts"
import { tell } from "./problem.ts"
import { Screen, type ScreenOptions } from "./screen.ts"
import { GLOBAL_OPTIONS, LONE_OPTIONS } from "./syntax.ts"
import { VERSION } from "./version.ts"

export interface Surroundings extends Omit<ScreenOptions, "isJson"> {
  /** Aborted when a person ends the command. */
  readonly signal: AbortSignal
}

export async function runCli(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  // Known before the arguments are: what is wrong with them is told in the same form.
  const screen = new Screen({ ...around, isJson: asksForJson(args) })
  try {
    const performed = perform(args, screen, around)
    return await Promise.race([performed, interruption(around.signal, performed)])
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
  if (name === undefined) return withoutCommand(rest, screen)
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

/** Help and the version; otherwise something is missing. */
async function withoutCommand(args: readonly string[], screen: Screen): Promise<ExitCode> {
  const given = readGiven({ name: "", arguments: "", options: LONE_OPTIONS }, args)
  if (given.flag("version")) {
    await (screen.isJson ? screen.json({ version: VERSION }) : screen.line(VERSION))
    return EXIT.ok
  }
  if (!given.flag("help")) {
    if (args.length > 0) throw new UsageError('A command is missing; "belay help" lists them.')
    await screen.line(helpText(COMMANDS))
    return EXIT.usage
  }
  await screen.line(helpText(COMMANDS))
  return EXIT.ok
}

/** What stands behind -- is no option. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--")
  return args.slice(0, end === -1 ? undefined : end).includes("--json")
}

function callOf(
  given: Given,
  screen: Screen,
  env: Surroundings["env"],
  signal: AbortSignal,
): Parameters<Command["run"]>[0] {
  const answerTimeoutMs = given.durationMs("answer-timeout")
  const client = createClient({ ...readAddress(given, env), answerTimeoutMs })
  return { client, screen, given, signal }
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

/** For the command to take away what it has half made; what is deaf to its signal is not waited for. */
const TIDY_MS = 1_000

async function interruption(signal: AbortSignal, performed: Promise<unknown>): Promise<ExitCode> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }))
  const tidied = performed.then(
    () => undefined,
    // Why it ended is known: it was told to.
    () => undefined,
  )
  await Promise.race([tidied, new Promise((resolve) => setTimeout(resolve, TIDY_MS))])
  return EXIT.interrupted
}
