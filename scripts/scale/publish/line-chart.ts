// Line chart: lines over a number as SVG text, drawn by echarts without a browser.
// Owns: how the plots look: colours of middle brightness on a clear ground, for light pages and dark ones.
// Must not touch: what is plotted.

import { LineChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import { init, use } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

const INK = "#808891"
const RULE = "#80889155"
const FONT = "system-ui, sans-serif"
const WIDTH_PX = 760
const HEIGHT_PX = 380
const COLOURS = ["#3d85e0", "#d9822b", "#3fa66b", "#b668c4"]

interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LinePlot {
  readonly title: string
  readonly x: string
  readonly y: string
  /** Both axes logarithmic: for what doubles. */
  readonly isLogarithmic: boolean
  readonly lines: readonly Line[]
}

export function drawLinePlot({ title, x, y, isLogarithmic, lines }: LinePlot): string {
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: WIDTH_PX,
    height: HEIGHT_PX,
  })
  const type = isLogarithmic ? "log" : "value"
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "transparent",
      title: {
        text: title,
        left: 8,
        top: 4,
        textStyle: { color: INK, fontFamily: FONT, fontSize: 15 },
      },
      legend: { left: 8, top: 32, textStyle: { color: INK, fontFamily: FONT } },
      grid: { left: 76, right: 24, top: 96, bottom: 48 },
      xAxis: { ...axis(x), type, nameLocation: "middle", nameGap: 30 },
      yAxis: { ...axis(y), type, nameLocation: "end" },
      series: lines.map(({ name, points }, index) => ({
        type: "line",
        name,
        data: points.map((point) => [...point]),
        showSymbol: isLogarithmic,
        symbol: "circle",
        symbolSize: 7,
        itemStyle: { color: COLOURS[index % COLOURS.length] ?? INK },
      })),
    })
    return `${chart.renderToSVGString()}\n`
  } finally {
    chart.dispose()
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
