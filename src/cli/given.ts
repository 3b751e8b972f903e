// Given: a command's arguments and options as they were typed, read as what they mean.
// Owns: the forms of numbers, durations, instants and JSON, and what is said about a wrong one.

import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { GLOBAL_OPTIONS, type Syntax } from "./syntax.ts"
import { UsageError } from "./exit-code.ts"

type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

const STANDARD_INPUT = 0

/** @throws UsageError */
export function readGiven(command: Syntax, args: readonly string[]): Given {
  const options = { ...command.options, ...GLOBAL_OPTIONS }
  const parsed = parsedBy(command, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { value, isList, short }]) => [
          name,
          {
            type: value === undefined ? ("boolean" as const) : ("string" as const),
            multiple: isList === true,
            ...(short === undefined ? {} : { short }),
          },
        ]),
      ),
    }),
  )
  return new Given(command, parsed.values as Values, parsed.positionals)
}

function parsedBy<T>(command: Syntax, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Without a command there are no arguments, and no advice on how one begins with "-".
    const said = command.name === "" ? error.message.replace(/\. .*$/s, "") : error.message
    throw wrong(command, `${said.replace(/\.$/, "")}.`)
  }
}

function wrong(command: Syntax, what: string): UsageError {
  const help = `belay help ${command.name}`.trim()
  return new UsageError(`${what} "${help}" says how it is written.`)
}

export class Given {
  readonly #command: Syntax
  readonly #values: Values
  readonly #arguments: readonly string[]

  constructor(command: Syntax, values: Values, args: readonly string[]) {
    this.#command = command
    this.#values = values
    this.#arguments = args
  }

  /** @throws UsageError when there are too few or too many */
  expectArguments(): void {
    const words = this.#command.arguments.split(" ").filter((word) => word !== "")
    const missing = words.find(
      (word, index) => !word.startsWith("[") && this.#arguments[index] === undefined,
    )
    if (missing !== undefined) throw this.#wrong(`${missing} is missing.`)
    const isOpen = words.some((word) => word.includes("…"))
    const surplus = isOpen ? undefined : this.#arguments[words.length]
    if (surplus !== undefined) throw this.#wrong(`"${surplus}" is one argument too many.`)
  }

  /** One that must be given. */
  argument(index: number): string {
    const text = this.#arguments[index]
    if (text === undefined) throw this.#wrong("An argument is missing.")
    return text
  }

  optional(index: number): string | undefined {
    return this.#arguments[index]
  }

  rest(index: number): readonly string[] {
    return this.#arguments.slice(index)
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === "string" ? value : undefined
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#values[name]
    return Array.isArray(value) ? (value as readonly string[]) : undefined
  }

  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw this.#wrong(`--${name} is missing.`)
    return value
  }

  /** @param max with it, it is 1 to so many */
  wholeNumber(name: string, max?: number): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (!/^\d{1,15}$/.test(text)) throw this.#wrong(`--${name} is "${text}", not a whole number.`)
    const number = Number(text)
    if (max !== undefined && (number < 1 || number > max)) {
      throw this.#wrong(`--${name} is ${text}; it is 1 to ${max}.`)
    }
    return number
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const ms = durationOf(text)
    if (ms === undefined) {
      throw this.#wrong(`--${name} is "${text}"; a duration is written 500ms, 30s, 5m, 2h or 1d.`)
    }
    return ms
  }

  /** An instant as it stands in requests; a duration counts from now: ago, or ahead. */
  instant(name: string, way: "ago" | "ahead", nowMs = Date.now()): string | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const ms = durationOf(text)
    const atMs = ms === undefined ? instantOf(text) : nowMs + (way === "ago" ? -ms : ms)
    const at = new Date(atMs)
    if (!Number.isNaN(at.getTime())) return at.toISOString()
    const example = way === "ago" ? "2h for two hours ago" : "2h for in two hours"
    throw this.#wrong(
      `--${name} is "${text}"; an instant is written 2026-01-31T08:00:00Z, or ${example}.`,
    )
  }

  /** "k=v" each, as an object. */
  pairs(name: string): Record<string, string> | undefined {
    const texts = this.texts(name)
    if (texts === undefined) return undefined
    const pairs = texts.map((text): readonly [string, string] => {
      const at = text.indexOf("=")
      if (at < 1) throw this.#wrong(`--${name} is "${text}"; it is written key=value.`)
      return [text.slice(0, at), text.slice(at + 1)]
    })
    const [twice] = pairs.filter(([key], index) => pairs.findIndex(([k]) => k === key) < index)
    if (twice !== undefined) throw this.#wrong(`--${name} names "${twice[0]}" twice.`)
    return Object.fromEntries(pairs)
  }

  /** JSON from the argument, or from the file of `--<option>` ("-" is standard input); `undefined` for neither. */
  json(text: string | undefined, what: string, option: string): unknown {
    const file = this.text(option)
    if (text !== undefined && file !== undefined) {
      throw this.#wrong(`The ${what} is given twice, also by --${option}.`)
    }
    const source = file === undefined ? text : readText(file)
    if (source === undefined) return undefined
    try {
      return JSON.parse(source) as unknown
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw this.#wrong(`The ${what} is no JSON: ${why}. A text has its quotes: '"like this"'.`)
    }
  }

  #wrong(what: string): UsageError {
    return wrong(this.#command, what)
  }
}

/** @throws UsageError */
export function readText(file: string): string {
  try {
    const text = readFileSync(file === "-" ? STANDARD_INPUT : file, "utf8")
    // Some editors begin a file with a mark that says only that it is UTF-8.
    return text.replace(/^\ufeff/, "")
  } catch (error) {
    throw new UsageError(
      `${file === "-" ? "Standard input" : file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function durationOf(text: string): number | undefined {
  const [, amount, unit = ""] = DURATION.exec(text) ?? []
  return amount === undefined ? undefined : Math.round(Number(amount) * (UNITS_MS[unit] ?? 0))
}

/** Only with a date, and a time only with its zone: what it means must not depend on the machine. */
function instantOf(text: string): number {
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
}
