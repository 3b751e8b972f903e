// Metrics: the page as a scraper reads it, strictly: each metric whole and once, each set of labels once, and nothing in a
// label that a stranger chose.

import { describe, expect, test } from "vitest"
import { MetricText } from "../../src/http/metrics/metric-text.ts"
import type { RunStats } from "../../src/engine/ports/run-index.ts"
import { createApp } from "../../src/http/app.ts"
import { consolePage } from "../../src/console/page.ts"
import { figuresOf } from "../../src/object/telemetry/index-figures.ts"
import { indexedRuns, runIndex } from "../object/support/indexed-runs.ts"
import { registry } from "../object/support/registry.ts"
import { until } from "../object/support/runs.ts"
import { fakeIndex } from "./support/fake-index.ts"
import { fakeRuns, fakeWatch } from "./support/fake-runs.ts"
import { fakeSchedules } from "./support/fake-schedules.ts"
import { readMetrics, type ReadMetrics } from "./support/metric-reader.ts"

const FIGURES: RunStats = {
  counts: [
    { workflow: "order", version: 1, status: "running", count: 2 },
    { workflow: "order", version: 1, status: "completed", count: 40 },
    { workflow: 'a "quoted"\\\nname', version: 2, status: "halted", count: 1 },
  ],
  isCut: false,
  minutes: [
    { atMs: 0, started: 3, ended: 1 },
    { atMs: 60_000, started: 4, ended: 5 },
  ],
  shards: 16,
  unread: 7,
}

function given(figures?: () => Promise<RunStats | undefined>) {
  const app = createApp({
    runs: () => fakeRuns({}, []),
    watch: () => fakeWatch(undefined),
    workflows: () => [],
    schedules: () => fakeSchedules({}, []),
    index: () => fakeIndex({}, []),
    page: consolePage,
    ...(figures !== undefined && { figures }),
  })
  const env = { BELAY_DEV: "1" } as Cloudflare.Env
  const ask = (path: string, method = "GET") =>
    app.fetch(new Request(`http://belay${path}`, { method }), env)
  const metrics = async (): Promise<ReadMetrics> => {
    const response = await ask("/v1/metrics")
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    return readMetrics(await response.text())
  }
  return { ask, metrics }
}

/** Completed runs of this workflow. */
function runsOf(read: ReadMetrics, workflow: string): number | undefined {
  return read
    .get("belay_runs")
    ?.samples.find(
      ({ labels }) => labels["workflow"] === workflow && labels["status"] === "completed",
    )?.value
}

describe("the text", () => {
  test("escapes what would end a label, a line or a help", () => {
    const text = new MetricText()
    const nasty = 'a "b" \\ c\nd'
    text.gauge("g", "with \\ and\na line", [{ labels: { l: nasty }, value: 1.5 }])
    const read = readMetrics(String(text))
    expect(read.get("g")).toEqual({
      type: "gauge",
      help: "with \\ and\na line",
      samples: [{ name: "g", labels: { l: nasty }, value: 1.5 }],
    })
  })

  test("counts a histogram up to its last bucket", () => {
    const text = new MetricText()
    text.histogram("h", "help", [0.1, 1], [{ labels: { l: "x" }, counts: [1, 0, 2], sum: 7.25 }])
    expect(readMetrics(String(text)).get("h")?.samples).toEqual([
      { name: "h_bucket", labels: { l: "x", le: "0.1" }, value: 1 },
      { name: "h_bucket", labels: { l: "x", le: "1" }, value: 1 },
      { name: "h_bucket", labels: { l: "x", le: "+Inf" }, value: 3 },
      { name: "h_sum", labels: { l: "x" }, value: 7.25 },
      { name: "h_count", labels: { l: "x" }, value: 3 },
    ])
  })
})

describe("GET /v1/metrics", () => {
  test("shows the runs of the whole server, as the index counts them", async () => {
    const { metrics } = given(async () => FIGURES)
    const read = await metrics()
    expect(read.get("belay_index_up")?.samples[0]?.value).toBe(1)
    expect(read.get("belay_runs")?.samples.map(({ labels, value }) => [labels, value])).toEqual([
      [{ workflow: "order", version: "1", status: "running" }, 2],
      [{ workflow: "order", version: "1", status: "completed" }, 40],
      [{ workflow: 'a "quoted"\\\nname', version: "2", status: "halted" }, 1],
    ])
    const values = ["runs_started_last_hour", "runs_ended_last_hour", "index_shards"].map(
      (name) => read.get(`belay_${name}`)?.samples[0]?.value,
    )
    expect(values).toEqual([7, 6, 16])
    expect(read.get("belay_index_unread_announcements")?.samples[0]?.value).toBe(7)
  })

  test("is right about runs that there are", async () => {
    const workflow = registry.define(function* counted() {
      return "done"
    })
    for (let n = 0; n < 3; n++) await indexedRuns.start(`${workflow}-${n}`, { workflow, input: [] })
    const { metrics } = given(() => figuresOf(() => runIndex))
    const counted = await until(metrics, (read) => runsOf(read, workflow) === 3)
    expect(runsOf(counted, workflow)).toBe(3)
    expect(counted.get("belay_index_up")?.samples[0]?.value).toBe(1)
  })

  test("without an index says so and shows the rest", async () => {
    const read = await given().metrics()
    expect(read.get("belay_index_up")?.samples[0]?.value).toBe(0)
    expect(read.has("belay_runs")).toBe(false)
    expect(read.has("belay_http_requests_total")).toBe(true)
  })

  test("counts requests by route and status, never by what a stranger has asked for", async () => {
    const { ask, metrics } = given()
    await ask("/healthz")
    await ask("/healthz")
    await ask("/v1/promises/secret-token/resolve", "POST")
    await ask("/v1/runs/secret-id", "DELETE")
    await ask("/secret-path")
    await ask("/secret-path", "PROPFIND")
    await metrics()
    const read = await metrics()
    const counted = read.get("belay_http_requests_total")
    const of = (method: string, route: string) =>
      counted?.samples
        .filter(({ labels }) => labels["method"] === method && labels["route"] === route)
        .map(({ labels, value }) => [labels["status"], value])
    expect(of("GET", "/healthz")).toEqual([["200", 2]])
    expect(of("POST", "/v1/promises/:token/resolve")).toHaveLength(1)
    expect(of("DELETE", "/v1/runs/:id")).toHaveLength(1)
    expect(of("GET", "none")).toEqual([["404", 1]])
    expect(of("other", "none")).toEqual([["404", 1]])
    expect(of("GET", "/v1/metrics")).toEqual([["200", 1]])
    expect(JSON.stringify([...read])).not.toContain("secret")
    const isolates = new Set(counted?.samples.map(({ labels }) => labels["isolate"]))
    expect(isolates.size).toBe(1)
    const durations = read.get("belay_http_request_duration_seconds")?.samples ?? []
    const healthy = durations.filter(({ labels }) => labels["route"] === "/healthz")
    expect(healthy.find(({ name }) => name.endsWith("_count"))?.value).toBe(2)
  })
})
