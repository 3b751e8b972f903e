// Bands: what goes through all rows: the stretches in which the run was gone, those that are compressed, what people did;
// and the axis above with its instants.
// Owns: their elements, and that no two words on the axis cover each other. Must not touch: rows.

import { durationText } from "../duration.ts"
import { element } from "../element.ts"
import type { Gap } from "./gaps.ts"
import type { Scale } from "./scale.ts"
import { breaksOf, ticksOf } from "./ticks.ts"
import type { Halt, Timeline } from "./timeline.ts"

/** What a character of the axis takes, about. */
const CHARACTER_PX = 6.4

interface Note {
  /** Of its middle, between 0 and 1. */
  readonly place: number
  readonly words: string
  readonly kind: "gap" | "break" | "deed" | "halt" | "now" | "replay"
}

export class Bands {
  readonly axis = element("div", { class: "axis", "aria-hidden": "true" })
  readonly root = element("div", { class: "bands", "aria-hidden": "true" })

  draw(timeline: Timeline, scale: Scale, nowMs: number, width: number): void {
    const breaks = breaksOf(scale)
    const apart = Math.max(64 / Math.max(width, 64), 0.08)
    const ticks = ticksOf(scale, apart)
    this.root.replaceChildren(
      ...ticks.map(({ place }) => band("tick", place, place)),
      ...breaks.map(({ place, width: share }) =>
        band("break", place - share / 2, place + share / 2),
      ),
      ...timeline.gaps.map((gap) =>
        band(gapClass(gap), scale.at(gap.fromMs), scale.at(gap.toMs ?? nowMs)),
      ),
      ...(nowMs < scale.toMs ? [band("now", scale.at(nowMs), scale.at(nowMs))] : []),
      ...timeline.replays.map(({ atMs }) => band("replay", scale.at(atMs), scale.at(atMs))),
      ...haltsOf(timeline).map(({ atMs }) => band("halt", scale.at(atMs), scale.at(atMs))),
      ...timeline.marks.map(({ atMs, name }) =>
        band(`deed deed-${name}`, scale.at(atMs), scale.at(atMs)),
      ),
    )
    const noted = labels(notes(timeline, scale, nowMs, breaks), width)
    this.axis.classList.toggle("without-flags", noted.length === 0)
    this.axis.replaceChildren(
      element("div", { class: "ticks" }, ...ticks.map(({ place, words }) => label(place, words))),
      element("div", { class: "flags" }, ...noted),
    )
  }
}

/** The most telling first: what comes later gives way. */
function notes(
  timeline: Timeline,
  scale: Scale,
  nowMs: number,
  breaks: ReturnType<typeof breaksOf>,
): Note[] {
  return [
    ...timeline.gaps.map((gap): Note => ({
      place: (scale.at(gap.fromMs) + scale.at(gap.toMs ?? nowMs)) / 2,
      words: gap.toMs === undefined ? "gone" : `gone ${durationText(gap.toMs - gap.fromMs)}`,
      kind: "gap",
    })),
    ...haltsOf(timeline).map(({ atMs }): Note => ({
      place: scale.at(atMs),
      words: "halted",
      kind: "halt",
    })),
    ...(nowMs < scale.toMs ? [{ place: scale.at(nowMs), words: "now", kind: "now" } as const] : []),
    ...timeline.marks
      .filter(({ name }) => name !== "crash")
      .map(({ atMs, name }): Note => ({ place: scale.at(atMs), words: name, kind: "deed" })),
    ...timeline.replays.map(({ atMs }): Note => ({
      place: scale.at(atMs),
      words: "replay",
      kind: "replay",
    })),
    ...breaks.map(({ place, words }): Note => ({ place, words, kind: "break" })),
  ]
}

function haltsOf({ halt }: Timeline): Halt[] {
  return halt === undefined ? [] : [halt]
}

function labels(all: readonly Note[], width: number): HTMLElement[] {
  const taken: [number, number][] = []
  return all.flatMap(({ place, words, kind }) => {
    const half = ((words.length + 2) * CHARACTER_PX) / 2 / Math.max(width, 1)
    const middle = Math.min(Math.max(place, half), Math.max(1 - half, half))
    const [from, to] = [middle - half, middle + half]
    if (taken.some(([start, end]) => from < end && to > start)) return []
    taken.push([from, to])
    return [label(middle, words, `flag flag-${kind}`)]
  })
}

function gapClass({ toMs }: Gap): string {
  return toMs === undefined ? "gap gap-open" : "gap"
}

function band(name: string, from: number, to: number): HTMLElement {
  const made = element("i", { class: `band ${name}` })
  made.style.left = `${from * 100}%`
  made.style.width = `${(to - from) * 100}%`
  return made
}

function label(place: number, words: string, name = "label"): HTMLElement {
  const made = element("span", { class: name }, words)
  made.style.left = `${place * 100}%`
  return made
}
