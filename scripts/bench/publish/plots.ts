// Plots: which figures are drawn, and how.
// Owns: the choice of figures, axes and names of files. Must not touch: how a chart looks (chart.ts).

import { BELAY, FLOOR, valuesOf, type Figure } from "../figure.ts"
import { figureOf, type Report } from "../report.ts"
import { shortNameOf, rounded } from "../words.ts"
import { drawBars, drawLines, type Bar, type Series } from "./chart.ts"

export interface Plot {
  /** Without its ending; the page shows it where it names it. */
  readonly name: string
  readonly alternative: string
  readonly svg: string
}

/** Those whose figures were measured. */
export function plotsOf(report: Report): Plot[] {
  return [
    bars(report, {
      name: "w1-latency",
      title: "W1: a run of four steps, start to result over HTTP",
      unit: "ms, less is better",
      figures: { p50: "W1 p50", p99: "W1 p99" },
      isLogarithmic: true,
    }),
    bars(report, {
      name: "w1-rate",
      title: "W1: runs a second, 64 callers",
      unit: "runs a second, more is better",
      figures: { "64 callers": "W1 rate" },
      isLogarithmic: false,
    }),
    bars(report, {
      name: "w2-steps",
      title: "W2: steps a second in a sequence of 10,000",
      unit: "steps a second, more is better; each line is ten times the last",
      figures: { synchronous: "W2 sync 10000", asynchronous: "W2 async 10000" },
      isLogarithmic: true,
    }),
    lines(report, {
      name: "w2-gap",
      title: "W2: from one asynchronous step to the next",
      x: "position in the run",
      y: "µs",
      figures: POSITIONS.map((position) => [position, `W2 gap async ${position}`]),
    }),
    lines(report, {
      name: "w3-resume",
      title: "W3: after SIGKILL, until the run goes on by itself",
      x: "recorded steps",
      y: "ms",
      figures: LENGTHS.map((steps) => [steps, `W3 resume ${steps}`]),
    }),
    bars(report, {
      name: "w4-lateness",
      title: "W4: 1,000 runs asleep, how late they go on",
      unit: "ms, less is better; each line is ten times the last",
      figures: { p50: "W4 late p50 1000", p99: "W4 late p99 1000" },
      isLogarithmic: true,
    }),
  ].filter((plot) => plot !== undefined)
}

const POSITIONS = [10, 1_000, 10_000, 100_000] as const
const LENGTHS = [1_000, 10_000, 100_000] as const

interface BarsOrder {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** Ids of figures by what they measure. */
  readonly figures: Readonly<Record<string, string>>
  readonly isLogarithmic: boolean
}

function bars(report: Report, order: BarsOrder): Plot | undefined {
  const { name, title, unit, isLogarithmic } = order
  const figures = Object.values(order.figures).flatMap((id) => figureOf(report, id) ?? [])
  const contenders = contendersOf(figures)
  if (contenders.length === 0) return undefined
  const svg = drawBars({
    title,
    unit,
    isLogarithmic,
    measures: Object.keys(order.figures),
    show: rounded,
    bars: contenders.map((contender): Bar => ({
      name: shortNameOf(contender, report.peers),
      colour: colourOf(report, contender),
      values: figures.map((figure) => valuesOf(figure, contender)?.median),
    })),
  })
  return { name, alternative: title, svg }
}

interface LinesOrder {
  readonly name: string
  readonly title: string
  readonly x: string
  readonly y: string
  readonly figures: readonly (readonly [x: number, id: string])[]
}

function lines(report: Report, { name, title, x, y, figures }: LinesOrder): Plot | undefined {
  const found = figures.flatMap(([at, id]) => {
    const figure = figureOf(report, id)
    return figure === undefined ? [] : [{ at, figure }]
  })
  const contenders = contendersOf(found.map(({ figure }) => figure))
  if (contenders.length === 0) return undefined
  const series = contenders.map((contender): Series => ({
    name: shortNameOf(contender, report.peers),
    colour: colourOf(report, contender),
    points: found.flatMap(({ at, figure }) => {
      const value = valuesOf(figure, contender)?.median
      return value === undefined ? [] : [[at, value] as const]
    }),
  }))
  return { name, alternative: title, svg: drawLines({ title, x, y, series }) }
}

/** Those that have a value in one of the figures at least, in the order in which they stand there. */
function contendersOf(figures: readonly Figure[]): string[] {
  const measured = figures.flatMap(({ lines: all }) =>
    all.filter(({ readings }) => readings.length > 0).map(({ contender }) => contender),
  )
  return [...new Set(measured)]
}

/** The same in every plot. */
function colourOf(report: Report, contender: string): number {
  if (contender.startsWith(BELAY)) return 0
  if (contender.startsWith(FLOOR)) return 1
  return 2 + report.peers.findIndex(({ name }) => name === contender)
}
