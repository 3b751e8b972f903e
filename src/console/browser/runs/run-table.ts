// Run table: the rows of one page of the list.
// Owns: which of the runs that came are shown now. Must not touch: asking for them.
//   R1. The list does not move under somebody's hand: while a person points into it, has the focus in it, has chosen
//       something or has scrolled, runs that are new wait behind a button.
//   R2. One page of rows is on the page, never more.

import type { Card } from "../answers.ts"
import { element, setText } from "../element.ts"
import { KeyedList } from "../keyed-list.ts"
import { RUN_COLUMNS, RunRow } from "./run-row.ts"
import type { Selection } from "./selection.ts"

/** Scrolled further than this, somebody reads. */
const SCROLLED_PX = 80

export class RunTable {
  readonly root: HTMLElement
  readonly #body = element("tbody")
  readonly #rows = new Map<string, RunRow>()
  readonly #list: KeyedList<Card>
  readonly #fresh = element("button", { type: "button", class: "fresh", hidden: true })
  readonly #all = element("input", { type: "checkbox", "aria-label": "Choose all on this page" })
  readonly #selection: Selection
  #shown: readonly Card[] = []

  /** @param onFresh asked for what is new, with the list let go */
  constructor(selection: Selection, onFresh: () => void) {
    this.#selection = selection
    this.#list = new KeyedList<Card>(
      this.#body,
      ({ id }) => id,
      (card) => this.#makeRow(card.id),
    )
    this.#all.addEventListener("change", () => selection.choose(this.#shown, this.#all.checked))
    this.#fresh.addEventListener("click", onFresh)
    this.root = element(
      "div",
      {},
      this.#fresh,
      element(
        "div",
        { class: "table" },
        element(
          "table",
          { class: "runs" },
          element("caption", { class: "unseen" }, "Runs"),
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              element("th", { class: "choice" }, this.#all),
              ...RUN_COLUMNS.map((name) => element("th", { scope: "col" }, name)),
            ),
          ),
          this.#body,
        ),
      ),
    )
  }

  get size(): number {
    return this.#shown.length
  }

  /** Whether a person has a hand in the list. */
  get isHeld(): boolean {
    return (
      this.root.matches(":hover") ||
      this.root.contains(document.activeElement) ||
      this.#selection.cards.length > 0 ||
      scrollY > SCROLLED_PX
    )
  }

  /** These are the rows now. */
  replace(cards: readonly Card[]): void {
    this.#draw(cards, 0)
  }

  /** The rows stay; what is known of them changes. What came before the first of them waits. */
  update(cards: readonly Card[]): void {
    const known = new Map(cards.map((card) => [card.id, card]))
    const shownIds = new Set(this.#shown.map(({ id }) => id))
    const at = cards.findIndex(({ id }) => shownIds.has(id))
    this.#draw(
      this.#shown.map((card) => known.get(card.id) ?? card),
      at === -1 ? cards.length : at,
    )
  }

  /** Which rows are chosen, as the selection has it. */
  showSelection(): void {
    for (const [id, row] of this.#rows) row.choose(this.#selection.has(id))
    const chosen = this.#shown.filter(({ id }) => this.#selection.has(id)).length
    this.#all.checked = chosen > 0 && chosen === this.#shown.length
    this.#all.indeterminate = chosen > 0 && chosen < this.#shown.length
  }

  /** Moves the focus by so many rows, into the list first. */
  move(by: number): void {
    const links = [...this.#body.querySelectorAll<HTMLElement>(".row-link")]
    const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement))
    const to = at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by
    links[Math.max(0, Math.min(links.length - 1, to))]?.focus()
  }

  /** Chooses the row that has the focus, or not. */
  toggle(): void {
    const id = document.activeElement?.closest("tr")?.dataset["id"]
    const card = this.#shown.find((each) => each.id === id)
    if (card !== undefined) this.#selection.choose([card], !this.#selection.has(card.id))
  }

  #draw(cards: readonly Card[], waiting: number): void {
    this.#shown = cards
    this.#list.show(cards)
    for (const id of this.#rows.keys()) {
      if (!cards.some((card) => card.id === id)) this.#rows.delete(id)
    }
    this.#fresh.hidden = waiting === 0
    setText(this.#fresh, waiting === 1 ? "Show 1 new run" : `Show ${waiting} new runs`)
    this.showSelection()
  }

  #makeRow(id: string): RunRow {
    const row = new RunRow(id, (isChosen) => {
      this.#selection.choose(
        this.#shown.filter((card) => card.id === id),
        isChosen,
      )
    })
    this.#rows.set(id, row)
    return row
  }
}
