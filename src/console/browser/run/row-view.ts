// Row view: one row of the timeline on the page: what it is, its bars or its value, how long it took.
// Owns: the elements of a row. Must not touch: which rows are there (timeline-list.ts).
//   R1. A row is an item of a tree, and its name says all that its bars show: its title, which can be read and clicked, with
//       unseen words before and behind it.

import { durationText } from "../duration.ts"
import { element, setText } from "../element.ts"
import { valueLine } from "../value.ts"
import { JournalCells } from "./journal-cells.ts"
import { kindShape } from "./kind-shape.ts"
import { drawLane } from "./lane.ts"
import type { Scale } from "./scale.ts"
import type { Row } from "./timeline.ts"
import { entryTitle, kindWords, lengthMs, rowWords } from "./words.ts"

export interface RowLook {
  readonly scale: Scale
  readonly nowMs: number
  /** Values instead of bars. */
  readonly isJournal: boolean
  readonly isClosed: boolean
  readonly isActive: boolean
  readonly isOpened: boolean
  readonly setSize: number
}

const INDENT_REM = 0.9

/** Deeper rows stand no further in: the name has to be read. */
const INDENTS_MAX = 8

export class RowView {
  readonly root: HTMLElement
  readonly #caret = element("span", { class: "caret", "aria-hidden": "true" })
  readonly #before = element("span", { class: "unseen" })
  readonly #behind = element("span", { class: "unseen" })
  readonly #title = element("span", { class: "title" })
  readonly #attempts = element("span", { class: "attempts", "aria-hidden": "true" })
  readonly #lane = element("span", { class: "lane", "aria-hidden": "true" })
  readonly #cells = new JournalCells()
  readonly #took = element("span", { class: "took number", "aria-hidden": "true" })
  readonly #value = element("span", { class: "row-value", "aria-hidden": "true" })

  constructor(row: Row, id: string) {
    const { entry, depth } = row
    const path = entry.kind === "operator" ? "" : entry.path
    const name = element(
      "span",
      { class: "row-name" },
      this.#caret,
      kindShape(entry.kind),
      this.#before,
      this.#title,
      this.#attempts,
      element("span", { class: "path", "aria-hidden": "true" }, path),
    )
    name.style.paddingLeft = `${Math.min(depth, INDENTS_MAX) * INDENT_REM}rem`
    setText(this.#title, entryTitle(entry))
    this.root = element(
      "div",
      { class: "row", role: "treeitem", id, "data-key": row.key, "aria-level": depth + 1 },
      name,
      this.#behind,
      this.#lane,
      this.#cells.root,
      this.#took,
      this.#value,
    )
  }

  update(row: Row, look: RowLook): void {
    const { entry, parts } = row
    const { root } = this
    root.className = `row e-${entry.state}${entry.kind === "operator" ? " e-operator" : ""}`
    root.classList.toggle("active", look.isActive)
    root.setAttribute("aria-selected", String(look.isOpened))
    const value = look.isJournal ? valueText(row) : ""
    setText(this.#before, kindWords(entry))
    setText(
      this.#behind,
      [rowWords(row, look.nowMs), value].filter((each) => each !== "").join(", "),
    )
    root.setAttribute("aria-posinset", String(row.index + 1))
    root.setAttribute("aria-setsize", String(look.setSize))
    if (parts.length > 0) root.setAttribute("aria-expanded", String(!look.isClosed))
    setText(this.#caret, parts.length === 0 ? "" : look.isClosed ? "▸" : "▾")
    setText(this.#attempts, entry.attempts > 1 ? `×${entry.attempts}` : "")
    setText(this.#took, tookText(row, look.nowMs))
    if (!look.isJournal) return drawLane(this.#lane, row, look.scale, look.nowMs)
    this.#cells.show(row)
    setText(this.#value, value)
  }
}

function tookText(row: Row, nowMs: number): string {
  if (row.entry.kind === "operator" || row.entry.kind === "publish") return ""
  const ms = lengthMs(row, nowMs)
  return ms < 1 ? "" : durationText(ms)
}

function valueText({ entry }: Row): string {
  if (entry.error !== undefined) return `${entry.error.code}: ${entry.error.message}`
  if (entry.value === undefined && entry.state === "completed")
    return "a long value; open to see it"
  return entry.value === null ? "" : valueLine(entry.value)
}
