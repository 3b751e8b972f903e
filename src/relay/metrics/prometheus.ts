// How the relay's own numbers become Prometheus metrics.
// Owns: the names' prefix and the reading of plain numbers at the moment somebody asks for the page.
import { Counter, Gauge, Histogram, type Registry } from "prom-client"
import type { Tally } from "./tally.ts"

const PREFIX = "belay_relay_"

export interface MetricText {
  /** Without prefix and, for counters, without `_total`. */
  readonly name: string
  readonly help: string
}

/** Takes the measurements of one label's value. */
export interface Observer {
  observe(value: number): void
}

/** A counter without labels. */
export function showCount(
  registry: Registry,
  { name, help }: MetricText,
  read: () => number,
): void {
  registry.registerMetric(
    new Counter({
      name: `${PREFIX}${name}_total`,
      help,
      registers: [],
      collect() {
        this.reset()
        this.inc(read())
      },
    }),
  )
}

/** A counter with one label; its values are the record's keys. */
export function showCounts(
  registry: Registry,
  { name, help }: MetricText,
  label: string,
  counts: Readonly<Record<string, number>>,
): void {
  registry.registerMetric(
    new Counter({
      name: `${PREFIX}${name}_total`,
      help,
      labelNames: [label],
      registers: [],
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(counts)) this.inc({ [label]: value }, count)
      },
    }),
  )
}

/** A counter with two labels. */
export function showTally(
  registry: Registry,
  { name, help }: MetricText,
  labels: readonly [first: string, second: string],
  tally: Tally<string, string>,
): void {
  const [first, second] = labels
  registry.registerMetric(
    new Counter({
      name: `${PREFIX}${name}_total`,
      help,
      labelNames: labels,
      registers: [],
      collect() {
        this.reset()
        tally.forEach((firstValue, secondValue, count) => {
          this.inc({ [first]: firstValue, [second]: secondValue }, count)
        })
      },
    }),
  )
}

/** A gauge; nothing is shown while `read` gives nothing. */
export function showGauge(
  registry: Registry,
  { name, help }: MetricText,
  read: () => number | undefined,
): void {
  registry.registerMetric(
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers: [],
      collect() {
        const value = read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    }),
  )
}

/** A histogram with one label, bound to each of its values. */
export function showHistogram<Value extends string>(
  registry: Registry,
  { name, help }: MetricText,
  buckets: number[],
  label: string,
  values: readonly Value[],
): ReadonlyMap<Value, Observer> {
  const histogram = new Histogram({
    name: `${PREFIX}${name}`,
    help,
    buckets,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const observer of observers.values()) observer.flush()
    },
  })
  const observers = new Map(
    values.map((value) => [value, new BatchedObserver(histogram.labels(value))] as const),
  )
  return observers
}

/** Measurements handed on in batches: one by one, each costs several times as much. */
const BATCH = 256

class BatchedObserver implements Observer {
  readonly #observer: Observer
  readonly #values: number[] = []

  constructor(observer: Observer) {
    this.#observer = observer
  }

  observe(value: number): void {
    if (this.#values.push(value) >= BATCH) this.flush()
  }

  flush(): void {
    for (const value of this.#values) this.#observer.observe(value)
    this.#values.length = 0
  }
}
