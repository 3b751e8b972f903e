// Screen: where a command's output goes: text for people, JSON for programs.
// Owns: colour, width, waiting for a reader who is slow.
//   S1. What is asked for goes to standard output, everything said about it to standard error.
//   S2. Without a terminal nothing is cut and nothing is coloured.

import { once } from "node:events"
import { oneLine, safeJson, wrapped } from "./text.ts"

/** Of what is drawn, where there is no terminal to ask. */
const WIDTH_DEFAULT = 100
const WIDTH_MIN = 40

const COLOURS = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const

export type Colour = keyof typeof COLOURS

export interface Outlet {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): boolean
}

type Environment = Readonly<Record<string, string | undefined>>

export interface ScreenOptions {
  readonly out: NodeJS.WritableStream & Outlet
  readonly err: Outlet
  readonly env: Environment
  readonly isJson: boolean
}

export class Screen {
  readonly isJson: boolean
  /** Columns of a terminal; `undefined` where there is none. */
  readonly terminalWidth: number | undefined
  /** Columns to draw in. */
  readonly width: number
  /** Whether blocks may be drawn, or plain signs alone. */
  readonly isUnicode: boolean
  readonly #out: ScreenOptions["out"]
  readonly #err: Outlet
  readonly #isColoured: boolean

  constructor({ out, err, env, isJson }: ScreenOptions) {
    this.#out = out
    this.#err = err
    this.isJson = isJson
    const isTerminal = out.isTTY === true
    this.terminalWidth = isTerminal ? Math.max(WIDTH_MIN, out.columns ?? WIDTH_DEFAULT) : undefined
    const asked = Number(env["COLUMNS"])
    const width = Number.isInteger(asked) && asked > 0 ? asked : WIDTH_DEFAULT
    this.width = this.terminalWidth ?? Math.max(WIDTH_MIN, width)
    const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"]
    this.isUnicode = !locale || /utf-?8/i.test(locale)
    this.#isColoured = isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb"
  }

  paint(text: string, colour: Colour): string {
    return this.#isColoured && text !== "" ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text
  }

  /** Resolves when there is room for more: what a slow reader has not taken is not piled up. */
  async write(text: string): Promise<void> {
    if (!this.#out.write(text)) await once(this.#out, "drain")
  }

  line(text = ""): Promise<void> {
    return this.write(`${text}\n`)
  }

  /** A text of a terminal's width at most, as many lines as that takes, behind an indent. */
  async wrapped(text: string, colour?: Colour, indent = ""): Promise<void> {
    const columns = (this.terminalWidth ?? Infinity) - indent.length
    for (const line of wrapped(text, columns)) {
      await this.line(`${indent}${colour === undefined ? line : this.paint(line, colour)}`)
    }
  }

  /** One document. */
  json(value: unknown): Promise<void> {
    return this.line(safeJson(value, 2))
  }

  /** About the output, for whoever sits there. */
  note(text: string): void {
    this.#err.write(`${text}\n`)
  }

  /** Why there is none. */
  problem(message: string, code: string, details?: unknown): void {
    const error = { code, message, ...(details === undefined ? {} : { details }) }
    this.#err.write(`${this.isJson ? safeJson({ error }) : `belay: ${oneLine(message)}`}\n`)
  }
}
