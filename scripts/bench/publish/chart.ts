// Chart: bars and lines as SVG text, drawn by echarts without a browser.
// Owns: how all plots look. Their colours are of middle brightness and their ground is clear, so that they can be read on
// a light page and on a dark one. Must not touch: what is plotted.

import { BarChart, LineChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import { init, use, type EChartsCoreOption } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const INK = "#808891"
const RULE = "#80889155"
const FONT = "system-ui, sans-serif"
const WIDTH_PX = 760
const BAR_PX = 26
const HEAD_PX = 84
const LINES_HEIGHT_PX = 380

/** Belay's own comes first, the floor's second. */
const COLOURS = ["#3d85e0", INK, "#d9822b", "#3fa66b", "#b668c4", "#c95f5f", "#9a8f2f", "#4aa3a8"]

export interface Series {
  readonly name: string
  /** Where it stands in the order of colours. */
  readonly colour: number
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LinesPlot {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
}

/** Both axes are logarithmic: contenders differ by orders of magnitude. */
export function drawLines({ title, x, y, series }: LinesPlot): string {
  return draw(LINES_HEIGHT_PX, {
    ...common(`${title}, ${y}`),
    grid: { left: 64, right: 24, top: 96, bottom: 48 },
    xAxis: { ...axis(x), type: "log", nameLocation: "middle", nameGap: 30 },
    yAxis: { ...axis(""), type: "log" },
    series: series.map(({ name, colour, points }) => ({
      type: "line",
      name,
      data: points.map((point) => [...point]),
      symbol: "circle",
      symbolSize: 7,
      lineStyle: { width: colour === 0 ? 3 : 2 },
      itemStyle: { color: colourAt(colour) },
    })),
  })
}

export interface Bar {
  readonly name: string
  readonly colour: number
  /** One for each of the plot's measures; absent where it was not measured. */
  readonly values: readonly (number | undefined)[]
}

export interface BarsPlot {
  readonly title: string
  readonly unit: string
  readonly measures: readonly string[]
  readonly bars: readonly Bar[]
  readonly isLogarithmic: boolean
  readonly show: (value: number) => string
}

export function drawBars(plot: BarsPlot): string {
  const { title, unit, measures, bars, isLogarithmic, show } = plot
  const height = HEAD_PX + 40 + bars.length * measures.length * BAR_PX
  return draw(height, {
    ...common(title),
    grid: { left: 240, right: 84, top: HEAD_PX, bottom: 40 },
    xAxis: {
      ...axis(unit),
      type: isLogarithmic ? "log" : "value",
      nameLocation: "middle",
      nameGap: 26,
    },
    yAxis: { ...axis(""), type: "category", inverse: true, data: bars.map(({ name }) => name) },
    series: measures.map((measure, index) => ({
      type: "bar",
      name: measure,
      // A legend has one colour for a measure, while the bars have one for each contender.
      itemStyle: { color: shade(INK, index) },
      label: {
        show: true,
        position: "right",
        color: INK,
        fontFamily: FONT,
        formatter: ({ value }: { value: unknown }) =>
          typeof value === "number" ? show(value) : "",
      },
      data: bars.map(({ colour, values }) => ({
        value: values[index] ?? null,
        itemStyle: { color: shade(colourAt(colour), index) },
      })),
    })),
  })
}

function draw(heightPx: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH_PX, height: heightPx })
  try {
    chart.setOption(option)
    // The same figures give the same text, however many charts this process has drawn before.
    return `${chart.renderToSVGString().replaceAll(/\bzr\d+-/g, "zr-")}\n`
  } finally {
    chart.dispose()
  }
}

function common(title: string): EChartsCoreOption {
  return {
    animation: false,
    backgroundColor: "transparent",
    title: {
      text: title,
      left: 8,
      top: 4,
      textStyle: { color: INK, fontFamily: FONT, fontSize: 15 },
    },
    legend: { left: 8, top: 32, itemGap: 22, textStyle: { color: INK, fontFamily: FONT } },
  }
}

function axis(name: string) {
  const text = { color: INK, fontFamily: FONT }
  return {
    name,
    nameTextStyle: text,
    axisLabel: text,
    axisLine: { lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: RULE } },
  }
}

function colourAt(index: number): string {
  return COLOURS[index % COLOURS.length] ?? INK
}

/** Of a further measure the same colour, half clear. */
function shade(colour: string, measure: number): string {
  return measure === 0 ? colour : `${colour}88`
}
