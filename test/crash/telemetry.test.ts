// Spans over a real runtime and a real collector: whole lives in one trace, over a kill, and while nobody gathers them.

import { afterAll, beforeAll, expect, test } from "vitest"
import { member } from "../../scripts/support/json-client.ts"
import { pause, waitUntil } from "../../scripts/support/wait-until.ts"
import type { ReadSpan } from "../support/otlp-reader.ts"
import { CrashRuntime, CrashWorker } from "./support/crash-runtime.ts"
import { SpanCollector } from "./support/span-collector.ts"

const SOON_MS = 20_000
const TEST_TIMEOUT_MS = 60_000

/** Long enough for whatever would still come to have come. */
const QUIET_MS = 1_500

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const CALLER = "00f067aa0ba902b7"
const TRACED = { traceparent: `00-${TRACE_ID}-${CALLER}-01`, tracestate: "rojo=1,congo=t61" }

let worker: CrashWorker

beforeAll(async () => {
  worker = await CrashWorker.bundle()
})

afterAll(() => worker.remove())

/** They may arrive in any order. */
function inOrder(spans: readonly ReadSpan[], attribute: string): ReadSpan[] {
  const of = ({ attributes }: ReadSpan) => Number(attributes[attribute])
  return spans.toSorted((left, right) => of(left) - of(right))
}

type OnTestFinished = Parameters<typeof CrashRuntime.start>[1]

async function given(
  onTestFinished: OnTestFinished,
  variables: Readonly<Record<string, string>> = {},
) {
  const collector = await SpanCollector.start()
  const runtime = await CrashRuntime.start(worker, onTestFinished, {
    variables: { BELAY_OTLP_URL: collector.url, ...variables },
  })
  onTestFinished(() => collector.close())
  return { collector, runtime }
}

test.concurrent(
  "a life with retries, a lost attempt, a child and a compensation is one trace, over a kill",
  async ({ onTestFinished }) => {
    const { collector, runtime } = await given(onTestFinished, {
      BELAY_OTLP_HEADERS: "x-key=a%20key",
      BELAY_TRACE_MESSAGES: "0",
      OTEL_SERVICE_NAME: "travel",
    })
    const { effects } = runtime
    effects.treat("flaky", "refuse")
    effects.treat("held", "hold")
    const body = { workflow: "trip", input: [9, "secret-input"], tags: { who: "secret-tag" } }
    const started = await runtime.askWith(TRACED, "POST /v1/runs/trip-1", body)
    expect(started.status).toBe(201)
    await effects.arrival("flaky", 1, SOON_MS)
    effects.treat("flaky", "answer")
    await effects.arrival("held", 1, SOON_MS)
    await runtime.kill()
    effects.treat("held", "answer")
    await runtime.restart()
    const run = await waitUntil("the run's span", SOON_MS, () => collector.forest.named("trip")[0])
    await pause(QUIET_MS)

    const { forest } = collector
    expect(collector.faults).toEqual([])
    expect(collector.headers[0]?.["x-key"]).toBe("a key")
    expect(forest.orphans([CALLER])).toEqual([])
    for (const span of forest.spans) {
      expect([span.traceId, span.traceState, span.service]).toEqual([
        TRACE_ID,
        TRACED.tracestate,
        "travel",
      ])
    }
    expect(run).toMatchObject({ parentSpanId: CALLER, kind: 2, isError: true, message: "" })
    expect(run.attributes).toMatchObject({
      "belay.run.id": "trip-1",
      "belay.workflow": "trip",
      "belay.version": 1,
      "belay.generation": 0,
      "belay.state": "failed",
      "error.type": "NonRetryableError",
    })

    const steps = forest
      .named("effect")
      .filter(({ attributes }) => attributes["belay.run.id"] === "trip-1")
    const byPath = new Map(steps.map((span) => [span.attributes["belay.entry.path"], span]))
    const attemptsOf = (path: string) => {
      const entry = byPath.get(path)
      return entry === undefined ? [] : forest.under(entry)
    }
    expect(attemptsOf("0").map(({ attributes }) => attributes["belay.attempt.state"])).toEqual([
      "failed",
      "completed",
    ])
    expect(attemptsOf("0")[0]?.events.map(({ name }) => name)).toEqual(["exception", "belay.retry"])
    expect(attemptsOf("2").map(({ attributes }) => attributes["belay.attempt.state"])).toEqual([
      "lost",
      "completed",
    ])
    expect(byPath.get("undo.0")).toMatchObject({ parentSpanId: run.spanId, isError: false })
    const legRun = forest.one("leg")
    const legEntry = forest.one("child leg")
    expect(legRun).toMatchObject({ parentSpanId: legEntry.spanId, kind: 2 })
    expect(legEntry).toMatchObject({ parentSpanId: run.spanId, kind: 3 })
    const all = forest.one("all")
    expect(forest.one("sleep").parentSpanId).toBe(all.spanId)
    expect(forest.one("book")).toMatchObject({ parentSpanId: all.spanId, isError: true })

    // What a step passed on is the span of that very attempt.
    for (const name of ["flaky", "held", "undo", "leg"]) {
      for (const { attempt, traceparent = "", tracestate } of effects.of(name)) {
        const [, traceId, spanId, flags] = traceparent.split("-")
        expect([traceId, flags, tracestate]).toEqual([TRACE_ID, "01", TRACED.tracestate])
        const span = forest.spans.find((each) => each.spanId === spanId)
        expect([span?.name, span?.attributes["belay.attempt"]]).toEqual(["effect attempt", attempt])
      }
    }
    expect(effects.of("held").map(({ attempt }) => attempt)).toEqual([1, 2])
    // No value leaves: no input, result, tag, and here no message of an error.
    expect(forest.spans.map(({ text }) => text).join()).not.toContain("secret")
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "a collector that is down, or hangs, delays no run, and is told when it is back",
  async ({ onTestFinished }) => {
    const { collector, runtime } = await given(onTestFinished)
    const timed = async (id: string) => {
      const beganAtMs = performance.now()
      const body = { workflow: "leg", input: ["leg"] }
      const { status } = await runtime.ask(`POST /v1/runs/${id}?wait=20000`, body)
      expect(status).toBe(201)
      return performance.now() - beganAtMs
    }
    await timed("warm")
    const took: Record<string, number> = {}
    for (const manner of ["answer", "refuse", "hang"] as const) {
      collector.manner = manner
      const times = []
      for (let n = 0; n < 5; n++) times.push(await timed(`${manner}-${n}`))
      took[manner] = Math.min(...times)
    }
    const { answer = 0, refuse = 0, hang = 0 } = took
    expect(Math.max(refuse, hang)).toBeLessThan(answer + 200)
    collector.manner = "answer"
    await waitUntil("the spans of all runs", SOON_MS, () =>
      collector.forest.named("leg").length === 16 ? true : undefined,
    )
    expect(collector.faults).toEqual([])
    expect(collector.forest.orphans()).toEqual([])
    expect(new Set(collector.forest.named("leg").map(({ traceId }) => traceId)).size).toBe(16)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "a caller whose trace is not recorded is obeyed, and its context passed on; a bad header is none",
  async ({ onTestFinished }) => {
    const { collector, runtime } = await given(onTestFinished)
    const unrecorded = { traceparent: `00-${TRACE_ID}-${CALLER}-00`, tracestate: "rojo=1" }
    const start = (headers: Readonly<Record<string, string>>, id: string) =>
      runtime.askWith(headers, `POST /v1/runs/${id}?wait=20000`, { workflow: "leg", input: [id] })
    expect(member((await start(unrecorded, "unrecorded")).body, "status")).toBe("completed")
    await pause(QUIET_MS)
    expect(collector.posts).toBe(0)
    expect(runtime.effects.of("unrecorded")).toMatchObject([unrecorded])

    const malformed = { traceparent: `00-${TRACE_ID}-${"0".repeat(16)}-01`, tracestate: "rojo=1" }
    await start(malformed, "malformed")
    const span = await waitUntil("a span", SOON_MS, () => collector.forest.named("leg")[0])
    expect(span).toMatchObject({ parentSpanId: undefined, traceState: undefined })
    expect(span.traceId).not.toBe(TRACE_ID)
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "an entity is told of piece by piece: each generation as it ends, what is settled at every rest",
  async ({ onTestFinished }) => {
    const { collector, runtime } = await given(onTestFinished)
    await runtime.startRun("entity", "stages", 2)
    await waitUntil("the first step", SOON_MS, () => collector.forest.named("effect")[0])
    expect(collector.forest.named("stages")).toEqual([])
    for (const generations of [1, 2, 3]) {
      await runtime.suspended("entity", SOON_MS)
      expect((await runtime.ask("POST /v1/runs/entity/signals/next", 1)).status).toBe(202)
      await waitUntil("the generation", SOON_MS, () =>
        collector.forest.named("stages").length === generations ? true : undefined,
      )
    }
    await pause(QUIET_MS)
    const { forest } = collector
    expect(collector.faults).toEqual([])
    expect(forest.orphans()).toEqual([])
    expect(new Set(forest.spans.map(({ traceId }) => traceId)).size).toBe(1)
    const generations = inOrder(forest.named("stages"), "belay.generation")
    expect(generations.map(({ attributes }) => attributes["belay.generation"])).toEqual([0, 1, 2])
    expect(generations.map(({ attributes }) => attributes["belay.state"])).toEqual([
      "continued",
      "continued",
      "completed",
    ])
    expect(generations.map(({ linked }) => linked[0])).toEqual([
      undefined,
      generations[0]?.spanId,
      generations[1]?.spanId,
    ])
    for (const generation of generations) {
      const names = forest.under(generation).map(({ name }) => name)
      expect(names).toEqual(["effect", "signal next"])
    }
  },
  TEST_TIMEOUT_MS,
)

test.concurrent(
  "a run that halted and was retried has a span for each round, with the halt and the person's verb",
  async ({ onTestFinished }) => {
    const { collector, runtime } = await given(onTestFinished)
    await runtime.startRun("halts", "panics")
    const halted = () =>
      waitUntil("the halt", SOON_MS, async () => {
        const { body } = await runtime.ask("GET /v1/runs/halts")
        return member(body, "status") === "halted" ? true : undefined
      })
    await halted()
    await runtime.ask("POST /v1/runs/halts/retry", { reason: "secret-reason" })
    await halted()
    await runtime.ask("POST /v1/runs/halts/kill", { reason: "secret-reason" })
    await waitUntil("both rounds", SOON_MS, () =>
      collector.forest.named("panics").length === 2 ? true : undefined,
    )
    await pause(QUIET_MS)
    const { forest } = collector
    expect(collector.faults).toEqual([])
    expect(forest.orphans()).toEqual([])
    const rounds = inOrder(forest.named("panics"), "belay.round")
    expect(rounds.map(({ attributes }) => attributes["belay.round"])).toEqual([0, 1])
    expect(rounds.map(({ attributes }) => attributes["belay.state"])).toEqual([
      "halted",
      "cancelled",
    ])
    const events = rounds.map((round) =>
      round.events.map(({ name, attributes }) => [name, attributes]),
    )
    expect(events[0]).toEqual([
      ["belay.halt", { "belay.halt.code": "panic", "belay.halt.message": "somebody must look" }],
    ])
    expect(events[1]?.map(([name]) => name)).toEqual([
      "belay.operator",
      "belay.halt",
      "belay.operator",
    ])
    expect(rounds.map(({ text }) => text).join()).not.toContain("secret")
  },
  TEST_TIMEOUT_MS,
)
