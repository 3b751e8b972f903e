// Counts by two labels, kept as plain numbers and shown to the metrics only when they are asked for.
// Owns: the numbers. A metrics library builds a key out of the labels at every increment; this is for the hot path.

export class Tally<First extends string, Second extends string> {
  readonly #counts = new Map<First, Map<Second, number>>()

  add(first: First, second: Second, count: number): void {
    let row = this.#counts.get(first)
    if (row === undefined) this.#counts.set(first, (row = new Map<Second, number>()))
    row.set(second, (row.get(second) ?? 0) + count)
  }

  /** Calls `show` once for each pair that was ever added, with its count. */
  forEach(show: (first: First, second: Second, count: number) => void): void {
    for (const [first, row] of this.#counts) {
      for (const [second, count] of row) show(first, second, count)
    }
  }
}
