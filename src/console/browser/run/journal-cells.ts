// Journal cells: what a row says in the journal: kind, state, attempts, when it began and was settled; and the line of
// headings above all rows.
// Owns: these elements. Must not touch: the row's name, its value, which rows are there.

import { element, setText } from "../element.ts"
import { statusBadge } from "../status.ts"
import { showPrecise } from "../time.ts"
import type { Row } from "./timeline.ts"

/** The names of the columns, in their order; the style knows them by the same words. */
const HEADINGS = [
  "Entry",
  "Kind",
  "State",
  "Attempts",
  "Began",
  "Settled",
  "Took",
  "Value",
] as const

export function journalHead(): HTMLElement {
  return element(
    "div",
    { class: "journal-head", "aria-hidden": "true" },
    ...HEADINGS.map((heading) =>
      element("span", { class: `cell-${heading.toLowerCase()}` }, heading),
    ),
  )
}

export class JournalCells {
  readonly root = element("span", { class: "cells", "aria-hidden": "true" })
  readonly #kind = element("span", { class: "cell-kind" })
  readonly #state = element("span", { class: "cell-state" })
  readonly #attempts = element("span", { class: "cell-attempts number" })
  readonly #began = element("time", { class: "cell-began" })
  readonly #settled = element("time", { class: "cell-settled" })
  #stateShown = ""

  show({ entry }: Row): void {
    const { kind, state, attempts, createdAt, settledAt } = entry
    if (!this.root.hasChildNodes()) {
      this.root.append(this.#kind, this.#state, this.#attempts, this.#began, this.#settled)
    }
    const isDeed = kind === "operator"
    setText(this.#kind, isDeed ? "by a person" : kind)
    setText(this.#attempts, attempts > 0 && !isDeed ? `${attempts}` : "")
    if (this.#stateShown !== state) {
      this.#stateShown = state
      this.#state.replaceChildren(...(isDeed ? [] : [statusBadge(state)]))
    }
    showPrecise(this.#began, createdAt)
    if (settledAt !== undefined && !isDeed) showPrecise(this.#settled, settledAt)
    else setText(this.#settled, "")
  }
}
