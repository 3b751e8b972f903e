// Table: rows of text under a header, page after page.
// Owns: the widths: those of the first page hold for the others.

import type { Screen } from "./screen.ts"
import { columnsOf, cut, oneLine, padded } from "./text.ts"

const GAP = "  "

export interface Column {
  readonly title: string
  /** Cut first when the terminal is narrow, the last of them first of all. */
  readonly isFlexible?: boolean
  readonly side?: "left" | "right"
  /** Left out where the terminal is too narrow for all, the smallest number first; without one it stays. */
  readonly rank?: number
}

/** A flexible column is not made narrower. */
const FLEXIBLE_MIN = 8

export class Table {
  readonly #screen: Screen
  readonly #columns: readonly Column[]
  readonly #leftOut = new Set<number>()
  #widths: readonly number[] | undefined

  constructor(screen: Screen, columns: readonly Column[]) {
    this.#screen = screen
    this.#columns = columns
  }

  /** @param paint colours a cell that has its width already */
  async page(
    rows: readonly (readonly string[])[],
    paint: (cell: string, column: number, row: readonly string[]) => string = (cell) => cell,
  ): Promise<void> {
    const safe = rows.map((row) => row.map(oneLine))
    if (this.#widths === undefined) {
      this.#widths = this.#fitted(safe)
      const titles = this.#columns.map(({ title }) => title)
      await this.#screen.line(
        this.#screen.paint(
          this.#text(titles, (cell) => cell),
          "dim",
        ),
      )
    }
    for (const row of safe) {
      await this.#screen.line(this.#text(row, (cell, column) => paint(cell, column, row)))
    }
  }

  #text(row: readonly string[], paint: (cell: string, column: number) => string): string {
    const cells = this.#columns.flatMap(({ side }, index) => {
      if (this.#leftOut.has(index)) return []
      const width = this.#widths?.[index] ?? 0
      const cell = row[index] ?? ""
      const fitted = this.#screen.terminalWidth === undefined ? cell : cut(cell, width)
      const isLast = index === this.#columns.length - 1
      return [paint(isLast && side !== "right" ? fitted : padded(fitted, width, side), index)]
    })
    return cells.join(GAP).trimEnd()
  }

  #fitted(rows: readonly (readonly string[])[]): readonly number[] {
    const widths = this.#columns.map(({ title }, index) =>
      Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[index] ?? ""))),
    )
    const { terminalWidth } = this.#screen
    if (terminalWidth === undefined) return widths
    const sum = () =>
      [...widths.entries()]
        .filter(([index]) => !this.#leftOut.has(index))
        .reduce((total, [, width]) => total + width + GAP.length, -GAP.length)
    const narrowed = () => {
      for (const [index, { isFlexible }] of [...this.#columns.entries()].reverse()) {
        const surplus = sum() - terminalWidth
        if (surplus <= 0) return true
        if (isFlexible !== true || this.#leftOut.has(index)) continue
        widths[index] = Math.max(
          Math.min(FLEXIBLE_MIN, widths[index] ?? 0),
          (widths[index] ?? 0) - surplus,
        )
      }
      return sum() <= terminalWidth
    }
    const ranked = [...this.#columns.entries()]
      .filter(([, { rank }]) => rank !== undefined)
      .sort(([, left], [, right]) => (left.rank ?? 0) - (right.rank ?? 0))
    for (const [index] of ranked) {
      if (narrowed()) break
      this.#leftOut.add(index)
    }
    narrowed()
    return widths
  }
}
