// Run log: what is told of a run's life, with which fields, and from which level on.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { setLogLevel, logLine, type LogLevel } from "../../src/object/run-log.ts"
import { logRequest } from "../../src/object/telemetry/request-log.ts"
import { begin, crash, endOf, newId, runs, suspended, until } from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const TRACE = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` }

let lines: Record<string, unknown>[]

beforeEach(() => {
  lines = []
  for (const way of ["log", "warn", "error"] as const) {
    vi.spyOn(console, way).mockImplementation((text: string) => {
      lines.push({ way, ...(JSON.parse(text) as object) })
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
  setLogLevel("warn")
})

describe("the level", () => {
  it.each([
    [undefined, ["warn", "error"]],
    ["loud", ["warn", "error"]],
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["error", ["error"]],
  ])("%j lets through %j", (text, expected) => {
    setLogLevel(text)
    for (const level of ["debug", "info", "warn", "error"] as LogLevel[]) logLine(level, "m", {})
    expect(lines.map(({ level }) => level)).toEqual(expected)
    const ways = lines.map(({ way, level }) => [level, way])
    for (const [level, way] of ways) {
      expect(way).toBe(level === "warn" || level === "error" ? level : "log")
    }
  })
})

describe("a run tells of", () => {
  const about = (id: string, workflow: string) => ({
    run: id,
    workflow,
    version: 1,
    trace: TRACE_ID,
  })

  it("a halt, with its code", async () => {
    const { id, workflow } = await begin(
      function* (ctx) {
        yield* ctx.panic(true, "look")
      },
      [],
      { trace: TRACE },
    )
    expect(lines).toMatchObject([
      { level: "error", message: "The run is halted: look", code: "panic", ...about(id, workflow) },
    ])
  })

  it("retries, and of their end", async () => {
    function flaky(): never {
      throw new Error("down")
    }
    const { id, workflow } = await begin(
      function* (ctx) {
        const policy = Constant({ delayMs: 1, maxRetries: 2 })
        yield* ctx.run(flaky, ctx.options({ retryPolicy: policy }))
      },
      [],
      { trace: TRACE },
    )
    await endOf(id)
    const step = { level: "warn", step: "flaky", path: "0", error: "Error: down" }
    // The pause may be over when it is told of.
    const retryInMs: unknown = expect.toBeOneOf([0, 1])
    expect(lines).toMatchObject([
      { ...step, attempt: 1, retryInMs, ...about(id, workflow) },
      { ...step, attempt: 2, retryInMs },
      { ...step, attempt: 3, message: "Step flaky has failed for good." },
    ])
  })

  it("an attempt that was lost, once", async () => {
    const { id, workflow } = await begin(
      function* (ctx) {
        yield* ctx.run(async function hangs({ attempt }: StepContext) {
          if (attempt === 1) await new Promise(() => undefined)
        })
      },
      [],
      { trace: TRACE },
    )
    await crash(id)
    await endOf(id)
    const lost = lines.filter(({ step }) => step === "hangs")
    expect(lost).toMatchObject([
      {
        level: "warn",
        message: "An attempt of step hangs was lost and is made again.",
        path: "0",
        attempt: 1,
        ...about(id, workflow),
      },
    ])
  })

  it("what a person did, where that is asked for; not why", async () => {
    const id = newId()
    watchOf(id).variables = { BELAY_LOG_LEVEL: "info" }
    await begin(
      function* (ctx) {
        yield* ctx.signal("never")
      },
      [],
      { id },
    )
    await suspended(id)
    const action = { by: "token 1", reason: "secret" }
    await runs.pause(id, action)
    await runs.resume(id, action)
    await runs.cancel(id, action)
    await endOf(id)
    const told = await until(
      () => lines.filter(({ message }) => message === "A person intervened."),
      ({ length }) => length >= 3,
    )
    expect(told).toMatchObject(
      ["pause", "resume", "cancel"].map((verb) => ({
        way: "log",
        level: "info",
        run: id,
        action: verb,
        by: "token 1",
      })),
    )
    expect(JSON.stringify(lines)).not.toContain("secret")
  })
})

describe("a request", () => {
  const answered = {
    method: "POST",
    route: "/v1/promises/:token/resolve",
    status: 200,
    durationMs: 12.34,
  }
  const raw = new Request("http://belay/v1/promises/secret-token/resolve?key=secret", {
    method: "POST",
    headers: { authorization: "Bearer secret", ...TRACE },
    body: "secret",
  })

  it("is told of at the level info, by its route, with nothing of what it said", () => {
    logRequest(answered, raw)
    expect(lines).toEqual([])
    setLogLevel("info")
    logRequest(answered, raw)
    expect(lines).toEqual([
      {
        way: "log",
        level: "info",
        message: "A request was answered.",
        method: "POST",
        route: "/v1/promises/:token/resolve",
        status: 200,
        durationMs: 12,
        trace: TRACE_ID,
      },
    ])
  })
})
