// Metric text: metrics in Prometheus' text format, version 0.0.4.
// Owns: the format, and what has to be escaped where. Must not touch: what is measured.
// Written here because prom-client is for Node's processes: it would add 66 kB to what every isolate loads.
//   M1. A metric is written whole before the next one: its HELP, its TYPE, then each set of labels once.

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

export type Labels = Readonly<Record<string, string>>

interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** Values measured, counted by the first bound that each does not pass. */
export interface Measured {
  readonly labels: Labels
  /** One more than there are bounds: the last is for what passes all of them. */
  readonly counts: readonly number[]
  readonly sum: number
}

export class MetricText {
  #text = ""

  toString(): string {
    return this.#text
  }

  /** @param name ends in `_total` */
  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.#metric(name, help, "counter")
    for (const { labels, value } of samples) this.#line(name, labels, value)
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.#metric(name, help, "gauge")
    for (const { labels, value } of samples) this.#line(name, labels, value)
  }

  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    measured: readonly Measured[],
  ): void {
    this.#metric(name, help, "histogram")
    for (const { labels, counts, sum } of measured) {
      let count = 0
      for (const [index, bound] of [...bounds, Infinity].entries()) {
        count += counts[index] ?? 0
        this.#line(`${name}_bucket`, { ...labels, le: numberText(bound) }, count)
      }
      this.#line(`${name}_sum`, labels, sum)
      this.#line(`${name}_count`, labels, count)
    }
  }

  #metric(name: string, help: string, type: string): void {
    this.#text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`
  }

  #line(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(
      ([label, of]) => `${label}="${escaped(of).replaceAll('"', String.raw`\"`)}"`,
    )
    const inBraces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`
    this.#text += `${name}${inBraces} ${numberText(value)}\n`
  }
}

/** A line break would end the line, and a backslash would be read as the beginning of something escaped. */
function escaped(text: string): string {
  return text.replaceAll("\\", String.raw`\\`).replaceAll("\n", String.raw`\n`)
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf"
  return value === -Infinity ? "-Inf" : String(value)
}
