// Selection: the runs that were chosen in the list, over its pages.
// Owns: which. Must not touch: what is done with them.

import type { Card } from "../answers.ts"

export class Selection {
  readonly #cards = new Map<string, Card>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get cards(): readonly Card[] {
    return [...this.#cards.values()]
  }

  has(id: string): boolean {
    return this.#cards.has(id)
  }

  choose(cards: readonly Card[], isChosen: boolean): void {
    for (const card of cards) {
      if (isChosen) this.#cards.set(card.id, card)
      else this.#cards.delete(card.id)
    }
    this.#onChange()
  }

  /** What is known of the chosen ones now. */
  refresh(cards: readonly Card[]): void {
    for (const card of cards) if (this.#cards.has(card.id)) this.#cards.set(card.id, card)
  }

  clear(): void {
    this.#cards.clear()
    this.#onChange()
  }
}
