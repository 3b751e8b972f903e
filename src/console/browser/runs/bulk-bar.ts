// Bulk bar: how many runs are chosen, and what can be done with them.
// Owns: the buttons. Must not touch: the doing (bulk.ts).

import type { Card } from "../answers.ts"
import { button, element, setText } from "../element.ts"
import { lacking } from "../roles.ts"
import { countOf, runsFor, VERBS, type BulkVerb } from "./bulk.ts"

interface Told {
  readonly onVerb: (verb: BulkVerb) => void
  readonly onClear: () => void
}

export class BulkBar {
  readonly root: HTMLElement
  readonly #count = element("strong")
  readonly #buttons: ReadonlyMap<BulkVerb, HTMLButtonElement>

  constructor({ onVerb, onClear }: Told) {
    const verbs = Object.keys(VERBS) as BulkVerb[]
    this.#buttons = new Map(
      verbs.map((verb) => [
        verb,
        button("", () => onVerb(verb), { class: VERBS[verb].isDangerous ? "danger" : "" }),
      ]),
    )
    this.root = element(
      "div",
      { class: "bulk", role: "region", "aria-label": "Chosen runs", hidden: true },
      this.#count,
      ...this.#buttons.values(),
      button("Choose none", onClear, { class: "link" }),
    )
  }

  /** In the place of the buttons. */
  forbid(): void {
    for (const each of this.#buttons.values()) each.remove()
    this.#count.after(lacking("operate", "To cancel or retry them"))
  }

  show(chosen: readonly Card[]): void {
    this.root.hidden = chosen.length === 0
    setText(this.#count, `${countOf(chosen.length)} chosen`)
    for (const [verb, each] of this.#buttons) {
      const count = runsFor(verb, chosen).length
      setText(each, `${VERBS[verb].title} ${count} …`)
      each.disabled = count === 0
    }
  }
}
