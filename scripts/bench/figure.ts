// Figure: one thing that is measured of several contenders, round by round, and how they compare.
// Owns: the arithmetic of comparisons. Must not touch: how anything is measured or shown.
//   F1. Contenders are compared within a round and never across rounds: what the machine does meanwhile meets both.

import { median } from "./statistics.ts"

/** The names that are not those of peers. */
export const BELAY = "Belay"
export const FLOOR = "floor"

export type Unit = "ms" | "µs" | "/s" | "KiB" | "MiB" | "rows" | "%"

export interface Reading {
  readonly round: number
  readonly value: number
}

/** What was read of one contender, or why nothing was. */
export interface Line {
  readonly contender: string
  readonly readings: readonly Reading[]
  readonly reason?: string
}

export interface Figure {
  /** Its workload and what it is, as in `W1 p50`. */
  readonly id: string
  /** What is measured, in words. */
  readonly what: string
  readonly unit: Unit
  /** How many single measurements stand behind a round's value, where it is more than one. */
  readonly samples?: number
  readonly lines: readonly Line[]
}

export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
  readonly rounds: number
}

function isMoreBetter({ unit }: Figure): boolean {
  return unit === "/s"
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  return {
    median: median(values),
    lowest: Math.min(...values),
    highest: Math.max(...values),
    rounds: values.length,
  }
}

export function readingsOf(figure: Figure | undefined, contender: string): readonly Reading[] {
  return figure?.lines.find((line) => line.contender === contender)?.readings ?? []
}

export function valuesOf(figure: Figure, contender: string): Spread | undefined {
  return spreadOf(readingsOf(figure, contender).map(({ value }) => value))
}

/** How many times as fast (or as small) one contender is as the other, over the rounds that have both. */
export function timesAsFast(figure: Figure, contender: string, other: string): Spread | undefined {
  const [ours, theirs] = [readingsOf(figure, contender), readingsOf(figure, other)]
  return spreadOf(isMoreBetter(figure) ? ratios(ours, theirs) : ratios(theirs, ours))
}

/** The other way round: how many times the other's time (or rows) a contender takes. */
export function timesTheCost(figure: Figure, contender: string, other: string): Spread | undefined {
  return timesAsFast(figure, other, contender)
}

/** Each of the one over that of the other in the same round; memory that was given back meanwhile compares with nothing. */
function ratios(over: readonly Reading[], under: readonly Reading[]): number[] {
  return over.flatMap(({ round, value }) => {
    const reading = under.find((each) => each.round === round)
    return reading === undefined || value < 0 || reading.value <= 0 ? [] : [value / reading.value]
  })
}
