// Options: what `npm run chaos` is told on its command line.

import { parseArgs } from "node:util"

/** Shorter, and not every kind of fault would have its turn. */
const MINUTES_MIN = 0.2
const MINUTES_MAX = 24 * 60
const MINUTES_DEFAULT = 10
const RATE_DEFAULT = 4
const RATE_MAX = 100
const SEED_MAX = 2 ** 32 - 1

export interface ChaosOptions {
  /** How long faults are made. */
  readonly durationMs: number
  /** All choices come from it. */
  readonly seed: number
  /** Runs begun in a second. */
  readonly rate: number
}

/** @throws Error in one line, saying what is wrong with which option */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values, positionals } = parse(args)
  const [stray] = positionals
  if (stray !== undefined) throw new Error(`"${stray}" is no option; ${KNOWN}.`)
  const { minutes, seed, rate } = values
  return {
    durationMs: Math.round(
      number("minutes", minutes, MINUTES_DEFAULT, MINUTES_MIN, MINUTES_MAX) * 60_000,
    ),
    seed: wholeNumber("seed", seed, Date.now() % 1_000_000, SEED_MAX),
    rate: number("rate", rate, RATE_DEFAULT, 0.1, RATE_MAX),
  }
}

const KNOWN = "there are --minutes M, --seed S and --rate N"

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { minutes: { type: "string" }, seed: { type: "string" }, rate: { type: "string" } },
      allowPositionals: true,
    })
  } catch (error) {
    const text = error instanceof Error ? error.message.split("\n")[0] : String(error)
    throw new Error(`${text?.replace(/\.?(?: To specify.*)?$/, "")}; ${KNOWN}.`, { cause: error })
  }
}

function number(
  name: string,
  text: string | undefined,
  usual: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return usual
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new Error(`--${name} must be a number from ${min} to ${max}, not "${text}".`)
}

function wholeNumber(name: string, text: string | undefined, usual: number, max: number): number {
  const value = number(name, text, usual, 0, max)
  if (Number.isInteger(value)) return value
  throw new Error(`--${name} must be a whole number, not "${text}".`)
}
