// Metric reader: the Prometheus text format, version 0.0.4, read so strictly that what a scraper might misread is an error.
// Owns: the grammar. Written from the format's description, and knows nothing of who writes it.

interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface ReadMetric {
  readonly type: string
  readonly help: string
  readonly samples: ReadSample[]
}

export type ReadMetrics = ReadonlyMap<string, ReadMetric>

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`)
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{(.*)\})? (\S+)$`)
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/
const VALUE = /^(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|\+Inf)$/

/** @throws Error at whatever is not of the format */
export function readMetrics(text: string): ReadMetrics {
  if (!text.endsWith("\n")) throw new Error("The last line has no end.")
  const metrics = new Map<string, ReadMetric>()
  let open: { readonly name: string; readonly metric: ReadMetric } | undefined
  let help: readonly [name: string, text: string] | undefined
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helped, helpText = ""] = HELP.exec(line) ?? []
    const [, typed, type = ""] = TYPE.exec(line) ?? []
    if (helped !== undefined) {
      help = [helped, unescaped(helpText)]
    } else if (typed !== undefined) {
      if (help?.[0] !== typed) throw new Error(`No help stands before the type of ${typed}.`)
      if (metrics.has(typed)) throw new Error(`${typed} stands there twice.`)
      const metric: ReadMetric = { type, help: help[1], samples: [] }
      metrics.set(typed, metric)
      open = { name: typed, metric }
    } else if (open === undefined) throw new Error(`"${line}" belongs to no metric.`)
    else addSample(open.name, open.metric, line)
  }
  for (const [name, metric] of metrics) checkMetric(name, metric)
  return metrics
}

function addSample(metricName: string, { type, samples }: ReadMetric, line: string): void {
  const [, name, labelsText = "", valueText = ""] = SAMPLE.exec(line) ?? []
  if (name === undefined || !VALUE.test(valueText)) throw new Error(`"${line}" is no sample.`)
  const known =
    type === "histogram"
      ? ["_bucket", "_sum", "_count"].map((end) => metricName + end)
      : [metricName]
  if (!known.includes(name)) throw new Error(`"${line}" stands among those of ${metricName}.`)
  const labels = readLabels(labelsText)
  const isTwice = samples.some(
    (each) => each.name === name && JSON.stringify(each.labels) === JSON.stringify(labels),
  )
  if (isTwice) throw new Error(`"${line}" stands there twice.`)
  samples.push({ name, labels, value: valueText === "+Inf" ? Infinity : Number(valueText) })
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== "";) {
    const [whole, name, value = ""] = LABEL.exec(rest) ?? []
    if (whole === undefined || name === undefined || name in labels) {
      throw new Error(`"${text}" are no labels.`)
    }
    labels[name] = unescaped(value)
    rest = rest.slice(whole.length)
  }
  return labels
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, unit: string) => (unit === "n" ? "\n" : unit))
}

function checkMetric(name: string, { type, samples }: ReadMetric): void {
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`${name} is a counter.`)
  if (type !== "histogram") return
  const last = new Map<string, ReadSample>()
  for (const sample of samples) {
    const { le, ...labels } = sample.labels
    const key = JSON.stringify(labels)
    if (sample.name === `${name}_bucket`) {
      const before = last.get(key)
      if (le === undefined || sample.value < (before?.value ?? 0)) {
        throw new Error(`The buckets of ${name} do not grow.`)
      }
      last.set(key, sample)
    }
    if (sample.name !== `${name}_count`) continue
    const infinite = last.get(key)
    if (infinite?.labels["le"] !== "+Inf" || infinite.value !== sample.value) {
      throw new Error(`The buckets of ${name} do not end in its count.`)
    }
  }
}
