// Lane: one row's bars: each attempt, each pause, sleep and wait, at its place in time.
// Owns: the elements of a lane. Must not touch: which row it is of; what the bars say stands in the row's words.
//   L1. A lane draws the last bars of a row that has very many: they are what is going on.

import { element } from "../element.ts"
import { durationText } from "../duration.ts"
import type { Scale } from "./scale.ts"
import { dueOf, type Segment } from "./segments.ts"
import type { Row } from "./timeline.ts"
import { attemptWords } from "./words.ts"

const BARS_MAX = 150

export function drawLane(lane: HTMLElement, row: Row, scale: Scale, nowMs: number): void {
  if (row.entry.kind === "operator") {
    lane.replaceChildren(placed(element("i", { class: "seg deed" }), row.fromMs, row.fromMs, scale))
    return
  }
  const shown = row.segments.slice(-BARS_MAX)
  lane.replaceChildren(
    ...shown.map((segment) => bar(segment, row, scale, nowMs)),
    ...shown.flatMap((segment) => ahead(segment, scale, nowMs)),
  )
}

/** What is not over goes on until it is due. */
function ahead(segment: Segment, scale: Scale, nowMs: number): HTMLElement[] {
  const dueMs = dueOf(segment)
  if (dueMs === undefined || dueMs <= nowMs) return []
  return [placed(element("i", { class: "seg ghost" }), nowMs, dueMs, scale)]
}

function bar(segment: Segment, row: Row, scale: Scale, nowMs: number): HTMLElement {
  const { kind, state, fromMs, toMs, number } = segment
  const isNumbered = row.entry.attempts > 1
  const isInstant = toMs === fromMs
  const made = element(
    "i",
    {
      class: `seg ${shapeOf(segment, row)} s-${state}${isInstant ? " instant" : ""}`,
      title: barTitle(segment),
    },
    kind === "attempt" && isNumbered ? element("b", {}, String(number ?? "")) : undefined,
  )
  return placed(made, fromMs, toMs ?? nowMs, scale)
}

function placed(made: HTMLElement, fromMs: number, toMs: number, scale: Scale): HTMLElement {
  const [from, to] = [scale.at(fromMs), scale.at(toMs)]
  made.style.left = `${from * 100}%`
  made.style.width = `${(to - from) * 100}%`
  return made
}

function shapeOf({ kind }: Segment, { entry }: Row): string {
  return entry.kind === "child" || entry.kind === "publish" ? entry.kind : kind
}

function barTitle(segment: Segment): string {
  const { kind, fromMs, toMs } = segment
  const took = toMs === undefined ? "" : `, ${durationText(toMs - fromMs)}`
  return kind === "attempt" ? attemptWords(segment) : `${TITLES[kind]}${took}`
}

const TITLES: Readonly<Record<Segment["kind"], string>> = {
  attempt: "at work",
  queued: "waits for a slot",
  pause: "waits for the next attempt",
  sleep: "asleep",
  wait: "waits",
  group: "what is inside it",
}
