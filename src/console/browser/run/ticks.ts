// Ticks: the few instants that are written along a scale, and its breaks.
// Owns: which ones, and how far apart. Must not touch: pixels. Pure.

import { durationText } from "../duration.ts"
import type { Scale } from "./scale.ts"

export interface Tick {
  /** Between 0 and 1. */
  readonly place: number
  readonly words: string
}

/** Between two ticks, as a share of the whole. */
const APART_MIN = 0.11

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

const STEPS_MS: readonly number[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY_MS),
]

/** Counted from the scale's beginning; nearest to what can be read at this width. */
export function ticksOf(scale: Scale, apart: number = APART_MIN): Tick[] {
  const ticks: Tick[] = [{ place: 0, words: "0 ms" }]
  let last = 0
  for (const { fromMs, toMs } of scale.stretches) {
    const share = scale.at(toMs) - scale.at(fromMs)
    if (share < apart) continue
    const stepMs = stepFor((toMs - fromMs) * (apart / share))
    for (const ms of multiples(fromMs - scale.fromMs, toMs - scale.fromMs, stepMs)) {
      const place = scale.at(scale.fromMs + ms)
      if (place - last < apart || place > 1 - apart / 3) continue
      const words = durationText(ms)
      // Behind a long break two instants may have the same words.
      if (words === ticks.at(-1)?.words) continue
      ticks.push({ place, words })
      last = place
    }
  }
  return ticks
}

/** The breaks, each at its middle, with what it spans. */
export function breaksOf(scale: Scale): (Tick & { readonly width: number })[] {
  return scale.breaks.map(({ fromMs, toMs }) => {
    const [from, to] = [scale.at(fromMs), scale.at(toMs)]
    return { place: (from + to) / 2, width: to - from, words: durationText(toMs - fromMs) }
  })
}

function stepFor(ms: number): number {
  return STEPS_MS.find((step) => step >= ms) ?? Math.ceil(ms / (365 * DAY_MS)) * 365 * DAY_MS
}

function* multiples(fromMs: number, toMs: number, stepMs: number): Generator<number> {
  for (let ms = Math.max(Math.ceil(fromMs / stepMs), 1) * stepMs; ms <= toMs; ms += stepMs) yield ms
}
