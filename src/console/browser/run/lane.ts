// Lane: one row's bars: each attempt, each pause, sleep and wait, at its place in time.
// Owns: the elements of a lane. Must not touch: which row it is of; what the bars say stands in the row's words.
//   L1. A lane draws the last bars of a row that has very many: they are what is going on.
//   L2. A bar stays the same element while it grows or changes: a click that begins on it ends on it.

import { element, setText } from "../element.ts"
import { durationText } from "../duration.ts"
import type { Scale } from "./scale.ts"
import { dueOf, type Segment } from "./segments.ts"
import type { Row } from "./timeline.ts"
import { attemptWords } from "./words.ts"

const BARS_MAX = 150

interface Bar {
  readonly look: string
  readonly fromMs: number
  readonly toMs: number
  readonly title?: string
  readonly number?: string
}

export function drawLane(lane: HTMLElement, row: Row, scale: Scale, nowMs: number): void {
  const bars = barsOf(row, nowMs)
  while (lane.children.length > bars.length) lane.lastElementChild?.remove()
  for (const [index, bar] of bars.entries()) {
    let made = lane.children[index] as HTMLElement | undefined
    if (made === undefined) {
      made = element("i", {}, element("b"))
      lane.append(made)
    }
    show(made, bar, scale)
  }
}

function barsOf(row: Row, nowMs: number): Bar[] {
  const { entry, fromMs, segments } = row
  if (entry.kind === "operator") return [{ look: "seg deed", fromMs, toMs: fromMs }]
  const shown = segments.slice(-BARS_MAX)
  return [
    ...shown.map((segment) => barOf(segment, row, nowMs)),
    ...shown.flatMap((segment) => ahead(segment, nowMs)),
  ]
}

/** What is not over goes on until it is due. */
function ahead(segment: Segment, nowMs: number): Bar[] {
  const dueMs = dueOf(segment)
  if (dueMs === undefined || dueMs <= nowMs) return []
  return [{ look: "seg ghost", fromMs: nowMs, toMs: dueMs }]
}

function barOf(segment: Segment, row: Row, nowMs: number): Bar {
  const { kind, state, fromMs, toMs, number = "" } = segment
  const isNumbered = kind === "attempt" && row.entry.attempts > 1
  const isInstant = toMs === fromMs
  return {
    look: `seg ${shapeOf(segment, row)} s-${state}${isInstant ? " instant" : ""}`,
    fromMs,
    toMs: toMs ?? nowMs,
    title: barTitle(segment),
    ...(isNumbered && { number: String(number) }),
  }
}

function show(made: HTMLElement, { look, fromMs, toMs, title = "", number }: Bar, scale: Scale) {
  const [from, to] = [scale.at(fromMs), scale.at(toMs)]
  if (made.className !== look) made.className = look
  if (made.title !== title) made.title = title
  if (made.firstChild !== null) setText(made.firstChild, number ?? "")
  made.style.left = `${from * 100}%`
  made.style.width = `${(to - from) * 100}%`
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
