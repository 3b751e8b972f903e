// Run row: one run in the list.
// Owns: its cells. Must not touch: which runs are shown, what is done with the chosen ones.

import { addressOfRun } from "../../place.ts"
import { visibleText } from "../../visible-text.ts"
import type { Card } from "../answers.ts"
import { element } from "../element.ts"
import type { Row } from "../keyed-list.ts"
import { statusBadge } from "../status.ts"
import { ageElement, durationElement } from "../time.ts"

export const RUN_COLUMNS = ["Status", "Run", "Workflow", "Tags", "Created", "Took"] as const

const TAGS_MAX = 2

export class RunRow implements Row<Card> {
  readonly root: HTMLTableRowElement
  readonly #choice: HTMLInputElement
  readonly #cells: readonly HTMLTableCellElement[]
  readonly #link = element("a", { class: "id row-link" })
  #drawn = ""

  constructor(id: string, onChoose: (isChosen: boolean) => void) {
    this.#choice = element("input", { type: "checkbox", "aria-label": `Choose ${visibleText(id)}` })
    this.#choice.addEventListener("change", () => onChoose(this.#choice.checked))
    this.#link.href = addressOfRun(id)
    this.#link.textContent = visibleText(id)
    this.#cells = RUN_COLUMNS.map((name) => element("td", { "data-label": name }))
    this.root = element(
      "tr",
      { "data-id": id },
      element("td", { class: "choice" }, this.#choice),
      ...this.#cells,
    )
  }

  choose(isChosen: boolean): void {
    this.#choice.checked = isChosen
    this.root.classList.toggle("chosen", isChosen)
  }

  update(card: Card): void {
    const drawn = JSON.stringify(card)
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const [status, run, workflow, tags, created, took] = this.#cells
    status?.replaceChildren(statusBadge(card.status))
    // The link keeps the focus that it may have.
    if (this.#link.parentElement !== run) run?.append(this.#link)
    this.#link.nextElementSibling?.remove()
    if (card.problem !== undefined) {
      run?.append(
        element(
          "span",
          { class: "row-problem", title: card.problem.message },
          card.problem.message,
        ),
      )
    }
    workflow?.replaceChildren(
      card.workflow,
      ...(card.version > 1 ? [element("span", { class: "quiet" }, ` v${card.version}`)] : []),
    )
    tags?.replaceChildren(...tagChips(card.tags))
    created?.replaceChildren(ageElement(card.createdAt))
    took?.replaceChildren(
      ...(card.startedAt === undefined && card.endedAt === undefined
        ? []
        : [durationElement(card.startedAt ?? card.createdAt, card.endedAt)]),
    )
  }
}

function tagChips(tags: Readonly<Record<string, string>>): HTMLElement[] {
  const all = Object.entries(tags)
  const shown = all.slice(0, TAGS_MAX).map(([name, value]) => {
    const href = `/?tag=${encodeURIComponent(`${name}:${value}`)}`
    return element(
      "a",
      { class: "tag", href, title: "Only runs with this tag" },
      visibleText(`${name}:${value}`),
    )
  })
  const rest = all.length - shown.length
  return rest > 0 ? [...shown, element("span", { class: "quiet" }, `+${rest}`)] : shown
}
