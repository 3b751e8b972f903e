// Status chips: how many runs have which status, each a filter.
// Owns: the buttons. Must not touch: the counts, the URL.

import { RUN_STATUSES, type RunStatus, type Stats } from "../answers.ts"
import { element, setText } from "../element.ts"
import { statusShape, statusWord } from "../status.ts"

const NUMBER = new Intl.NumberFormat()

export class StatusChips {
  readonly root = element("div", { class: "chips", role: "group", "aria-label": "Status" })
  readonly #chips = new Map<string, { chip: HTMLElement; count: HTMLElement }>()
  readonly #onChoose: (statuses: readonly string[]) => void
  #chosen: ReadonlySet<string> = new Set()

  constructor(onChoose: (statuses: readonly string[]) => void) {
    this.#onChoose = onChoose
    this.#add("", "all")
    for (const status of RUN_STATUSES) this.#add(status, statusWord(status))
  }

  showChosen(statuses: readonly string[]): void {
    this.#chosen = new Set(statuses)
    for (const [status, { chip }] of this.#chips) {
      const isOn = status === "" ? statuses.length === 0 : this.#chosen.has(status)
      chip.setAttribute("aria-pressed", String(isOn))
    }
  }

  showCounts({ total, statuses, atLeast }: Stats): void {
    for (const [status, { chip, count }] of this.#chips) {
      const value = status === "" ? total : (statuses[status] ?? 0)
      // Of the newest ones: of those that were not counted any may be meant.
      setText(count, `${NUMBER.format(value)}${atLeast ? "+" : ""}`)
      chip.classList.toggle("none", value === 0 && !atLeast)
    }
  }

  #add(status: RunStatus | "", word: string): void {
    const count = element("span", { class: "number" })
    const chip = element(
      "button",
      {
        type: "button",
        class: `chip s-${status}`,
        on: { click: () => this.#onChoose(this.#after(status)) },
      },
      status === "" ? undefined : statusShape(status),
      element("span", {}, word),
      count,
    )
    this.#chips.set(status, { chip, count })
    this.root.append(chip)
  }

  #after(status: string): readonly string[] {
    if (status === "") return []
    return this.#chosen.has(status)
      ? [...this.#chosen].filter((each) => each !== status)
      : [...this.#chosen, status]
  }
}
