// Rate chart: how many runs began and ended in each of the last minutes, as small bars.
// Owns: the drawing; its words stand beside it.

import type { Stats } from "../answers.ts"
import { element, setText } from "../element.ts"

const SVG = "http://www.w3.org/2000/svg"
const NUMBER = new Intl.NumberFormat()
const HEIGHT = 24
const BAR = 3

export class RateChart {
  readonly root: HTMLElement
  readonly #words = element("span")
  readonly #drawing = document.createElementNS(SVG, "svg")

  constructor() {
    this.#drawing.setAttribute("aria-hidden", "true")
    this.#drawing.setAttribute("class", "rate")
    this.root = element(
      "div",
      { class: "rate-chart quiet", hidden: true },
      this.#drawing,
      this.#words,
    )
  }

  /** @param isFiltered the list shows some of the runs; the minutes are of all */
  show({ minutes }: Stats, isFiltered: boolean): void {
    this.root.hidden = minutes.length === 0
    const started = minutes.reduce((sum, minute) => sum + minute.started, 0)
    const ended = minutes.reduce((sum, minute) => sum + minute.ended, 0)
    setText(
      this.#words,
      `last hour${isFiltered ? ", all workflows" : ""}: ${NUMBER.format(started)} started, ${NUMBER.format(ended)} ended`,
    )
    const most = Math.max(1, ...minutes.map((minute) => minute.started))
    this.#drawing.setAttribute("viewBox", `0 0 ${minutes.length * (BAR + 1)} ${HEIGHT}`)
    this.#drawing.setAttribute("width", String(minutes.length * (BAR + 1)))
    this.#drawing.setAttribute("height", String(HEIGHT))
    this.#drawing.replaceChildren(
      ...minutes.map((minute, index) => barOf(index, minute.started / most)),
    )
  }
}

function barOf(index: number, share: number): SVGRectElement {
  const bar = document.createElementNS(SVG, "rect")
  const height = share === 0 ? 1 : Math.max(2, share * HEIGHT)
  const place = { x: index * (BAR + 1), y: HEIGHT - height, width: BAR, height }
  for (const [name, value] of Object.entries(place)) bar.setAttribute(name, String(value))
  if (share === 0) bar.setAttribute("class", "none")
  return bar
}
