// Run spans: made in one go or in pieces of any size they are the same, each is there once, and each has its parent:
// over journals of every kind, read from the objects that wrote them.

import { runInDurableObject } from "cloudflare:test"
import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { JournalRows } from "../../src/object/store/journal-rows.ts"
import { RunRows } from "../../src/object/store/run-row.ts"
import { TABLES } from "../../src/object/store/schema.ts"
import { Tables } from "../../src/object/store/tables.ts"
import { RunSpans } from "../../src/object/telemetry/run-spans.ts"
import { readTraceSettings, type TraceSettings } from "../../src/object/telemetry/trace-settings.ts"
import type { Span } from "../../src/object/telemetry/span.ts"
import { TraceRows } from "../../src/object/telemetry/trace-rows.ts"
import { Tracing } from "../../src/object/telemetry/tracing.ts"
import { registry } from "./support/registry.ts"
import { begin, endOf, runs, stubOf, suspended } from "./support/runs.ts"

function goodSettings(): TraceSettings {
  const read = readTraceSettings({ BELAY_OTLP_URL: "https://collector.example" })
  if (read === undefined) throw new Error("The address of the collector is good.")
  return read
}

const settings = goodSettings()
const tracing = new Tracing(settings)

afterEach(() => {
  vi.restoreAllMocks()
})

/** All that is to be told of the run now, from the beginning, so many records at once. */
function spansOf(id: string, recordsMax: number): Promise<Span[]> {
  return runInDurableObject(stubOf(id), (_, { storage }) => {
    const tables = new Tables(storage, TABLES)
    const found = new RunRows(tables, () => undefined).load()
    if (found === undefined) throw new Error(`There is no run ${id}.`)
    const journal = new JournalRows(tables)
    const spans = new RunSpans(journal, new TraceRows(tables, journal), settings, recordsMax)
    const told: Span[] = []
    let row = found
    for (;;) {
      const traced = tracing.recorded(row)
      if (traced === undefined) throw new Error("The run is traced.")
      const next = spans.next(row, traced)
      told.push(...next.spans)
      row = { ...row, trace: next.trace }
      if (next.isLast) return told
    }
  })
}

async function later(_: StepContext, value: number) {
  return value
}

function fails() {
  throw new TypeError("on purpose")
}

function failsTwice({ attempt }: StepContext) {
  if (attempt < 3) throw new Error(`attempt ${attempt}`)
  return attempt
}

const soon = { retryPolicy: Constant({ delayMs: 1, maxRetries: 2 }) }

function* section(ctx: Context, depth: number): Generator<unknown, unknown, never> {
  yield* ctx.compensate(later, depth)
  yield* ctx.run(later, depth)
  return depth > 0 ? yield* ctx.run(section, depth - 1) : yield* ctx.run(fails, ctx.options(soon))
}

function* holds(ctx: Context) {
  yield* ctx.run(later, 1)
  yield* ctx.signal("never")
}

const child = registry.define(function* child(ctx: Context) {
  return yield* ctx.run(later, 1)
})

const PROGRAMS: Readonly<Record<string, WorkflowFunction>> = {
  *nothing(ctx) {
    yield* ctx.assert(true)
  },
  *plain(ctx) {
    for (let n = 0; n < 12; n++) yield* ctx.run(() => n)
  },
  *retries(ctx) {
    yield* ctx.run(failsTwice, ctx.options(soon))
  },
  *exhausted(ctx) {
    yield* ctx.run(fails, ctx.options(soon))
  },
  *undoes(ctx) {
    yield* ctx.run(section, 3)
  },
  *races(ctx) {
    yield* ctx.race([ctx.sleep(60_000), ctx.signal("never"), ctx.run(later, 1)])
    yield* ctx.all([ctx.run(later, 1), ctx.sleep(5), ctx.run(section, 0)])
  },
  *folds(ctx) {
    yield* ctx.reduce([1, 2, 3, 4, 5, 6, 7], later as never, 0, { snapshotEvery: 3 })
  },
  *children(ctx) {
    yield* ctx.rpc(child)
    yield* ctx.detached(child)
    yield* ctx.publish("state", 1)
    yield* ctx.uuid()
    yield* ctx.patched("change")
  },
  *waits(ctx) {
    yield* ctx.run(later, 1)
    yield* ctx.all([ctx.signal("never"), ctx.sleep(60_000), ctx.run(holds)])
  },
}

function expectWhole(spans: readonly Span[], isOver: boolean): void {
  const ids = spans.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !ids.includes(parentId))
  if (isOver) expect(orphans).toEqual([])
  for (const { startMs, endMs } of spans) expect(endMs).toBeGreaterThanOrEqual(startMs)
}

describe("the spans of a run", () => {
  it.each(Object.keys(PROGRAMS))("that %s are the same in pieces of any size", async (name) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined)
    const { id } = await begin(PROGRAMS[name] as WorkflowFunction)
    const isOver = name !== "waits"
    if (isOver) await endOf(id)
    else await suspended(id)
    const whole = await spansOf(id, 1_000)
    expectWhole(whole, isOver)
    for (const recordsMax of [1, 2, 3, 7]) expect(await spansOf(id, recordsMax)).toEqual(whole)
    if (isOver) expect(whole.at(-1)?.kind).toBe("server")
  })

  it("close what a kill leaves open, with the attempt that was under way", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.all([
        ctx.run(async () => new Promise(() => undefined)),
        ctx.signal("never"),
        ctx.run(holds),
      ])
    })
    await runs.kill(id, { reason: "enough" })
    const whole = await spansOf(id, 1_000)
    expectWhole(whole, true)
    const unfinished = whole.filter(
      ({ attributes }) =>
        attributes["belay.entry.state"] === "unfinished" ||
        attributes["belay.attempt.state"] === "unfinished",
    )
    expect(unfinished.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["all", "signal never", "holds", "anonymous attempt"]),
    )
    for (const recordsMax of [1, 2]) expect(await spansOf(id, recordsMax)).toEqual(whole)
  })

  it("say what failed by its name, code and message, and nothing of what is no error", async () => {
    const { id } = await begin(
      function* (ctx) {
        const never = ctx.options({ retryPolicy: Constant({ delayMs: 1, maxRetries: 0 }) })
        yield* ctx.allSettled([
          ctx.run(() => {
            throw Object.assign(new RangeError("too far"), { code: "E_FAR", secret: "secret" })
          }, never),
          ctx.run(() => {
            throw "secret text"
          }, never),
          ctx.run(() => {
            throw { secret: "secret" }
          }, never),
        ])
        return "secret"
      },
      ["secret"],
      { tags: { secret: "secret" } },
    )
    await endOf(id)
    const whole = await spansOf(id, 1_000)
    const failed = whole.filter(({ attributes }) => attributes["belay.attempt.state"] === "failed")
    expect(failed.map(({ error, attributes }) => [error, attributes["error.type"]])).toEqual([
      ["too far", "RangeError"],
      ["", "string"],
      ["", "object"],
    ])
    expect(failed[0]?.attributes["belay.error.code"]).toBe("E_FAR")
    expect(JSON.stringify(whole)).not.toContain("secret")
  })
})
