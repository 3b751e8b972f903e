// Words: figures as a person reads them, on the screen and on the page.
// Owns: rounding, units, and how a comparison is said.

import {
  BELAY,
  FLOOR,
  timesAsFast,
  timesTheCost,
  valuesOf,
  type Figure,
  type Line,
  type Spread,
} from "./figure.ts"
import type { PeerNote } from "./report.ts"

/** One contender in one figure: its name, its value with the spread, and how it compares. */
export type Cells = readonly [what: string, who: string, value: string, beside: string]

export function cellsOf(figure: Figure, peers: readonly PeerNote[]): Cells[] {
  return figure.lines.map((line, index) => [
    index === 0 ? figure.what : "",
    fullNameOf(line.contender, peers),
    valueText(figure, line),
    comparison(figure, line),
  ])
}

function fullNameOf(contender: string, peers: readonly PeerNote[]): string {
  const peer = peers.find(({ name }) => name === contender)
  return marked(peer?.fullName ?? contender, peer)
}

/** For plots: without what stands behind a comma. */
export function shortNameOf(contender: string, peers: readonly PeerNote[]): string {
  const peer = peers.find(({ name }) => name === contender)
  return marked((peer?.fullName ?? contender).replace(/,.*$/, ""), peer)
}

function marked(name: string, peer: PeerNote | undefined): string {
  return peer?.isDurable === false ? `${name} (not durable)` : name
}

function valueText(figure: Figure, { contender, reason }: Line): string {
  const spread = valuesOf(figure, contender)
  if (spread === undefined) return `not measured: ${reason ?? "no reason given"}`
  return withSpread(spread, figure.unit === "/s" ? " /s" : ` ${figure.unit}`)
}

/** Belay beside this contender; without Belay, this contender beside the floor. */
function comparison(figure: Figure, { contender, readings }: Line): string {
  if (readings.length === 0 || contender === BELAY) return ""
  const hasBelay = figure.lines.some((line) => line.contender === BELAY)
  if (!hasBelay) return contender === FLOOR ? "" : costText(figure, contender, FLOOR, "")
  if (contender.startsWith(FLOOR)) return costText(figure, BELAY, contender, "Belay: ")
  const spread = timesAsFast(figure, BELAY, contender)
  return spread === undefined ? "" : `Belay: ${withSpread(spread, "")} × as fast`
}

function costText(figure: Figure, contender: string, over: string, who: string): string {
  const spread = timesTheCost(figure, contender, over)
  return spread === undefined ? "" : `${who}${withSpread(spread, "")} × its cost`
}

function withSpread({ median, lowest, highest, rounds }: Spread, unit: string): string {
  const range = rounds > 1 ? ` (${rounded(lowest)}–${rounded(highest)})` : ""
  return `${rounded(median)}${unit}${range}`
}

/** Three digits that tell something. */
export function rounded(value: number): string {
  if (value === 0) return "0"
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  const factor = 10 ** Math.min(digits, 3)
  return (Math.round(value * factor) / factor).toLocaleString("en", { maximumFractionDigits: 3 })
}
