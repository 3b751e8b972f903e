// Keyed list: children of an element, one for each item, kept while their item stays.
// Owns: their order. Must not touch: what is in them.
//   K1. A row whose item stays is the same element: focus, selection and scroll position in it survive.

export interface Row<Item> {
  readonly root: HTMLElement
  update(item: Item): void
}

export class KeyedList<Item> {
  readonly #parent: HTMLElement
  readonly #keyOf: (item: Item) => string
  readonly #make: (item: Item) => Row<Item>
  #rows = new Map<string, Row<Item>>()

  constructor(parent: HTMLElement, keyOf: (item: Item) => string, make: (item: Item) => Row<Item>) {
    this.#parent = parent
    this.#keyOf = keyOf
    this.#make = make
  }

  show(items: readonly Item[]): void {
    const before = this.#rows
    this.#rows = new Map()
    for (const item of items) {
      const key = this.#keyOf(item)
      const row = before.get(key) ?? this.#make(item)
      row.update(item)
      this.#rows.set(key, row)
    }
    for (const [key, { root }] of before) if (!this.#rows.has(key)) root.remove()
    let place = this.#parent.firstElementChild
    for (const { root } of this.#rows.values()) {
      if (root === place) place = place.nextElementSibling
      else this.#parent.insertBefore(root, place)
    }
  }
}
