// Timeline section: the timeline with what stands around it: bars or values, even time, whether it is live.
// Owns: these choices, and when it is drawn. Must not touch: rows.
//   D1. It is drawn at most once a frame, and seldom enough that a long run stays smooth.
//   D2. While the run goes on, what is open grows; a page nobody sees draws nothing.

import { element, setText } from "../element.ts"
import { legend } from "./legend.ts"
import { LiveMark } from "./live.ts"
import { story } from "./story.ts"
import { TimelineList } from "./timeline-list.ts"
import type { Row, Timeline } from "./timeline.ts"

interface SectionParts {
  readonly timeline: Timeline
  readonly signal: AbortSignal
  readonly onOpen: (row: Row) => void
}

/** Between two drawings of a short run, and of a very long one. */
const DRAW_MS = 60
const DRAW_LONG_MS = 400
const LONG_ROWS = 2_000

/** How often what is open grows. */
const GROW_MS = 250

export class TimelineSection {
  readonly live = new LiveMark()
  readonly root: HTMLElement
  readonly list: TimelineList
  readonly #timeline: Timeline
  readonly #count = element("span", { class: "quiet number" })
  readonly #story = element("div")
  readonly #empty = element("p", { class: "empty quiet" }, "Nothing is recorded yet.")
  readonly #even = element("input", { type: "checkbox" })
  #isJournal = false
  #openedKey: string | undefined
  #endMs: number | undefined
  #pending: ReturnType<typeof setTimeout> | undefined
  #storyTold = ""

  constructor({ timeline, signal, onOpen }: SectionParts) {
    this.#timeline = timeline
    this.list = new TimelineList({ timeline, onOpen }, signal)
    this.root = element(
      "section",
      { class: "timeline-section", "aria-label": "Timeline" },
      element(
        "header",
        { class: "timeline-tools" },
        this.#choice(),
        element("label", { class: "check" }, this.#even, "even time"),
        this.#count,
        this.live.root,
      ),
      this.#empty,
      this.list.root,
      legend(),
      this.#story,
    )
    this.#even.addEventListener("change", () => this.drawNow())
    const growing = setInterval(() => {
      if (this.#endMs === undefined && !document.hidden && this.#timeline.size > 0) this.drawSoon()
    }, GROW_MS)
    signal.addEventListener("abort", () => {
      clearInterval(growing)
      clearTimeout(this.#pending)
    })
  }

  /** When the run has ended: nothing grows any more. */
  set endMs(endMs: number | undefined) {
    this.#endMs = endMs
    this.drawSoon()
  }

  set openedKey(key: string | undefined) {
    this.#openedKey = key
    this.drawNow()
  }

  drawSoon(): void {
    const isLong = this.#timeline.size > LONG_ROWS
    this.#pending ??= setTimeout(
      () => requestAnimationFrame(() => this.drawNow()),
      isLong ? DRAW_LONG_MS : DRAW_MS,
    )
  }

  drawNow(): void {
    clearTimeout(this.#pending)
    this.#pending = undefined
    const { size, lastMs = 0 } = this.#timeline
    this.#empty.hidden = size > 0
    this.list.root.hidden = size === 0
    setText(this.#count, size === 1 ? "1 entry" : `${size.toLocaleString()} entries`)
    const nowMs = Math.max(this.#endMs ?? Date.now(), lastMs)
    this.list.draw({
      nowMs,
      isOver: this.#endMs !== undefined,
      isJournal: this.#isJournal,
      isEven: this.#even.checked,
      openedKey: this.#openedKey,
    })
    this.#tellStory()
  }

  #tellStory(): void {
    const { gaps, marks, replays, halt } = this.#timeline
    const told = JSON.stringify([gaps, marks.length, replays, halt])
    if (told === this.#storyTold) return
    this.#storyTold = told
    const sentences = story(this.#timeline)
    this.#story.replaceChildren(...(sentences === undefined ? [] : [sentences]))
  }

  #choice(): HTMLElement {
    const choices = [
      ["Timeline", false],
      ["Journal", true],
    ] as const
    const buttons = choices.map(([label, isJournal]) => {
      const made = element(
        "button",
        { type: "button", "aria-pressed": String(isJournal === this.#isJournal) },
        label,
      )
      made.addEventListener("click", () => {
        this.#isJournal = isJournal
        for (const each of buttons) each.setAttribute("aria-pressed", String(each === made))
        this.drawNow()
      })
      return made
    })
    return element("div", { class: "switch", role: "group", "aria-label": "Show" }, ...buttons)
  }
}
