// Place: where a generator stands in the tree of calls: it hands out paths as the engine does.

export class Place {
  readonly #prefix: string
  #next = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The path of the next operation that takes one. */
  take(): string {
    return this.#prefix + this.#next++
  }
}
