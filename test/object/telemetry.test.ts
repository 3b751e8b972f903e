// Telemetry of a run: what it costs, which runs are told of, what is told after a person took a run back, and that
// nothing a collector or a setting does harms a run.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { traceIdOf } from "../../src/engine/ports/trace-ids.ts"
import { Gathered } from "./support/gathered.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  fireAlarm,
  newId,
  pause,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
  until,
} from "./support/runs.ts"
import { watchOf } from "./support/watch.ts"

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const CALLER = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`, tracestate: "rojo=1" }

let gathered: Gathered

beforeEach(() => {
  gathered = new Gathered()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function traced(variables: Partial<Cloudflare.Env> = {}): string {
  return gathered.trace(newId(), variables)
}

function billed(id: string): number {
  const { rowsWritten, alarmsSet } = watchOf(id)
  return rowsWritten + alarmsSet
}

async function outboxOf(id: string): Promise<string[]> {
  const tables = await rowsOf<{ name: string }>(id, "SELECT name FROM sqlite_master")
  if (!tables.some(({ name }) => name === "outbox")) return []
  const rows = await rowsOf<{ kind: string }>(id, "SELECT kind FROM outbox ORDER BY id")
  return rows.map(({ kind }) => kind)
}

/** Until every span that is due has been taken. */
async function told(id: string): Promise<void> {
  expect(
    await until(
      () => outboxOf(id),
      (kinds) => kinds.length === 0,
    ),
  ).toEqual([])
}

const contextOf = ({ traceparent, tracestate }: StepContext) => ({ traceparent, tracestate })

function* steps(ctx: Context) {
  const plain = yield* ctx.run(contextOf)
  const later = yield* ctx.run(async (step: StepContext) => contextOf(step))
  return [plain, later]
}

describe("where no spans are exported", () => {
  it("a run writes no row and sets no alarm more, be it part of a trace or not", async () => {
    const bare = await begin(steps)
    await endOf(bare.id)
    const given = await begin(steps, [], { trace: CALLER })
    await endOf(given.id)
    expect(billed(given.id)).toBe(billed(bare.id))
    expect(await outboxOf(bare.id)).toEqual([])
    expect(gathered.posts).toEqual([])
  })

  it("steps see no context, or the caller's as it came", async () => {
    const bare = await begin(steps)
    expect(await resultOf(bare.id)).toEqual([{}, {}])
    const given = await begin(steps, [], { trace: CALLER })
    expect(await resultOf(given.id)).toEqual([CALLER, CALLER])
  })

  it("so do the steps of children", async () => {
    const child = registry.define(steps)
    const { id } = await begin(
      function* (ctx) {
        return yield* ctx.rpc(child)
      },
      [],
      { trace: CALLER },
    )
    expect(await resultOf(id)).toEqual([CALLER, CALLER])
  })
})

describe("the cost of spans", () => {
  it("is seven rows for a run that ends at once, alarms among them", async () => {
    const plain = function* (ctx: Context) {
      for (let n = 0; n < 4; n++) yield* ctx.run(() => n)
    }
    const bare = await begin(plain)
    const { id } = await begin(plain, [], { id: traced() })
    await told(id)
    // The table counts as two; the message in and out, the place, the alarm behind it, and the other's again.
    expect(billed(id) - billed(bare.id)).toBeLessThanOrEqual(7)
    expect(gathered.posts).toHaveLength(1)
  })

  it("is nothing for a run that only waits", async () => {
    const waits = function* (ctx: Context) {
      yield* ctx.signal("never")
    }
    const bare = await begin(waits)
    const { id } = await begin(waits, [], { id: traced() })
    await suspended(bare.id)
    await suspended(id)
    expect(billed(id)).toBe(billed(bare.id))
  })

  it("is three rows and an alarm, or two, for each rest, however much was done before it", async () => {
    const RESTS = 5
    const TABLE_ROWS = 2
    const rest = function* (ctx: Context, count: number) {
      for (let n = 0; n < 5; n++) {
        yield* ctx.signal("go")
        for (let m = 0; m < count; m++) yield* ctx.run(() => m)
      }
      yield* ctx.signal("never")
    }
    const costOf = async (id: string, count: number) => {
      await begin(rest, [count], { id })
      await suspended(id)
      await told(id)
      for (let n = 0; n < 5; n++) {
        await runs.signal(id, "go", n)
        await suspended(id)
        await told(id)
      }
      return billed(id)
    }
    const bare = await costOf(newId(), 3)
    expect((await costOf(traced(), 3)) - bare).toBeLessThanOrEqual(TABLE_ROWS + 5 * RESTS)
    const much = await costOf(newId(), 40)
    expect((await costOf(traced(), 40)) - much).toBeLessThanOrEqual(TABLE_ROWS + 5 * RESTS)
  })

  it("is one message for a run that rests, however long nobody takes it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    gathered.answer = () => new Response(null, { status: 503 })
    const { id } = await begin(
      function* (ctx) {
        for (let n = 0; n < 5; n++) yield* ctx.signal("go")
      },
      [],
      { id: traced() },
    )
    for (let n = 0; n < 4; n++) {
      await runs.signal(id, "go", n)
      await suspended(id)
      expect(await outboxOf(id)).toEqual(["trace"])
    }
    gathered.answer = () => new Response("{}")
    await until(
      () => fireAlarm(id),
      () => gathered.forest.named("signal go").length === 4,
    )
    expect(gathered.forest.named("signal go")).toHaveLength(4)
  })
})

describe("which runs are told of", () => {
  it("those of a caller whose trace is recorded, and their steps are their own spans", async () => {
    const { id } = await begin(steps, [], { id: traced(), trace: CALLER })
    const contexts = (await resultOf(id)) as { traceparent: string; tracestate: string }[]
    await told(id)
    for (const { traceparent, tracestate } of contexts) {
      const [, traceId, spanId] = traceparent.split("-")
      expect([traceId, tracestate]).toEqual([TRACE_ID, "rojo=1"])
      const span = gathered.forest.spans.find((each) => each.spanId === spanId)
      expect(span?.attributes["belay.attempt"]).toBe(1)
    }
  })

  it("not those of a caller that says no, nor where the ratio is 0; what is passed on says no as well", async () => {
    const trace = { traceparent: CALLER.traceparent.replace(/01$/, "00") }
    const refused = await begin(steps, [], { id: traced(), trace })
    expect(await resultOf(refused.id)).toEqual([trace, trace])
    const left = await begin(steps, [], { id: traced({ BELAY_TRACE_RATIO: "0" }) })
    const [context] = (await resultOf(left.id)) as { traceparent: string }[]
    const { incarnation } = await recordOf(left.id)
    const own = traceIdOf(left.id, incarnation)
    expect(context?.traceparent).toMatch(new RegExp(`^00-${own}-[0-9a-f]{16}-00$`))
    for (const { id } of [refused, left]) expect(await outboxOf(id)).toEqual([])
    expect(gathered.posts).toEqual([])
  })

  it("the start says which span it became, and only where there is one", async () => {
    const workflow = registry.define(steps)
    const id = traced()
    const { trace } = await runs.start(id, { workflow, input: [], trace: CALLER })
    await told(id)
    const span = gathered.forest.one(workflow)
    expect(trace).toEqual({ ...CALLER, traceparent: `00-${TRACE_ID}-${span.spanId}-01` })
    const other = await runs.start(newId(), { workflow, input: [], trace: CALLER })
    expect(other.trace).toBeUndefined()
  })

  it("a deleted run not: what no collector has taken goes with it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    gathered.answer = () => new Response(null, { status: 503 })
    const { id } = await begin(steps, [], { id: traced() })
    await endOf(id)
    expect(await outboxOf(id)).toEqual(["trace"])
    await runs.delete(id)
    gathered.answer = () => new Response("{}")
    await pause(50)
    await fireAlarm(id)
    await pause(700)
    expect(gathered.arrived).toEqual([])
    expect(await rowsOf(id, "SELECT name FROM sqlite_master WHERE name = 'outbox'")).toEqual([])
    expect(await alarmOf(id)).toBeNull()
  })
})

describe("a run that a person took back", () => {
  it("has each entry once a round, each attempt once, and a skipped step says so", async () => {
    let isMended = false
    const step = async () => {
      if (!isMended) throw new Error("broken")
      return "mended"
    }
    const { id, workflow } = await begin(
      function* (ctx) {
        yield* ctx.run(() => 1)
        const first = yield* ctx.run(step, ctx.options({ nonRetryableErrors: [Error] }))
        const second = yield* ctx.run(step, ctx.options({ nonRetryableErrors: [Error] }))
        return [first, second]
      },
      [],
      { id: traced() },
    )
    await endOf(id)
    await told(id)
    isMended = true
    await runs.retry(id, {})
    await endOf(id)
    await told(id)
    expect(await resultOf(id)).toEqual(["mended", "mended"])
    const { forest } = gathered
    expect(forest.orphans()).toEqual([])
    const [failed, mended] = forest.named(workflow)
    expect([failed?.attributes["belay.state"], mended?.attributes["belay.state"]]).toEqual([
      "failed",
      "completed",
    ])
    expect(mended?.linked).toEqual([failed?.spanId])
    expect(mended?.events).toEqual([
      {
        name: "belay.operator",
        attributes: { "belay.operator.action": "retry", "belay.entry.path": "1" },
      },
    ])
    const paths = (span: typeof failed) =>
      span === undefined
        ? []
        : forest.under(span).map(({ attributes }) => attributes["belay.entry.path"])
    expect(paths(failed)).toEqual(["0", "1"])
    expect(paths(mended)).toEqual(["1", "2"])
    expect(
      forest.named("step attempt").map(({ attributes }) => attributes["belay.attempt"]),
    ).toEqual([1, 2, 1])
  })

  it("with a value in the place of a step: the entry is told of again, the attempt is not", async () => {
    const step = async () => {
      throw new Error("broken")
    }
    const { id } = await begin(
      function* (ctx) {
        return yield* ctx.run(step, ctx.options({ nonRetryableErrors: [Error] }))
      },
      [],
      { id: traced() },
    )
    await endOf(id)
    await told(id)
    await runs.skip(id, { path: "0", value: "by hand" })
    expect(await resultOf(id)).toBe("by hand")
    await told(id)
    const { forest } = gathered
    expect(forest.orphans()).toEqual([])
    expect(
      forest
        .named("step")
        .map(({ attributes, isError }) => [
          isError,
          attributes["belay.entry.state"],
          attributes["belay.entry.skipped"],
        ]),
    ).toEqual([
      [true, "failed", undefined],
      [false, "completed", true],
    ])
    expect(forest.named("step attempt")).toHaveLength(1)
  })

  it("while nobody gathered: the round that is over waits, whole", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    gathered.answer = () => new Response(null, { status: 503 })
    let isMended = false
    const { id, workflow } = await begin(
      function* (ctx) {
        yield* ctx.run(() => 1)
        yield* ctx.assert(isMended, "look")
      },
      [],
      { id: traced() },
    )
    await endOf(id)
    isMended = true
    await runs.retry(id, {})
    await endOf(id)
    expect(await outboxOf(id)).toEqual(["trace", "spans"])
    gathered.answer = () => new Response("{}")
    await until(
      () => fireAlarm(id),
      () => gathered.forest.named(workflow).length === 2,
    )
    await told(id)
    expect(gathered.forest.orphans()).toEqual([])
    expect(
      gathered.forest
        .named(workflow)
        .map(({ attributes, isError }) => [
          attributes["belay.round"],
          attributes["belay.state"],
          isError,
        ]),
    ).toEqual(
      expect.arrayContaining([
        [0, "halted", true],
        [1, "completed", false],
      ]),
    )
  })
})

describe("a fork", () => {
  it("is told of from where it was taken, and says so", async () => {
    const inner = function* (ctx: Context) {
      yield* ctx.run(() => 1)
      yield* ctx.run(() => 2)
    }
    const { id, workflow } = await begin(function* (ctx) {
      yield* ctx.run(() => 0)
      yield* ctx.run(inner)
      yield* ctx.run(() => 3)
    })
    await endOf(id)
    const to = traced()
    await runs.fork(id, { to, from: "1.1" })
    await endOf(to)
    await told(to)
    const { forest } = gathered
    expect(forest.orphans()).toEqual([])
    expect(forest.one(workflow).attributes).toMatchObject({
      "belay.forked_from.run.id": id,
      "belay.forked_from.path": "1.1",
      "belay.state": "completed",
    })
    const paths = forest.spans.flatMap(({ attributes }) =>
      attributes["belay.attempt"] === undefined ? [attributes["belay.entry.path"]] : [],
    )
    expect(paths).toEqual(["1.1", "1", "2", undefined])
  })
})

describe("a collector", () => {
  it("that refuses for good is not asked again, and the log says so", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
    gathered.answer = () => new Response("no such place", { status: 404 })
    const { id } = await begin(steps, [], { id: traced() })
    await told(id)
    expect(gathered.posts).toHaveLength(1)
    expect(String(logged.mock.calls[0]?.[0])).toContain("answered 404")
  })

  it("that takes a part says in the log how many it did not take", async () => {
    const logged = vi.spyOn(console, "warn").mockImplementation(() => undefined)
    gathered.answer = () =>
      Response.json({ partialSuccess: { rejectedSpans: "3", errorMessage: "too old" } })
    const { id } = await begin(steps, [], { id: traced() })
    await told(id)
    expect(String(logged.mock.calls[0]?.[0])).toContain('"refused":3')
  })

  it("that is away for a day is given up, and what comes after is told of all the same", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    gathered.answer = () => new Response(null, { status: 503 })
    const { id } = await begin(
      function* (ctx) {
        yield* ctx.run(() => 1)
        yield* ctx.signal("go")
        yield* ctx.run(function after() {
          return 2
        })
      },
      [],
      { id: traced() },
    )
    await suspended(id)
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_001 })
    await until(
      () => fireAlarm(id),
      (fired) => !fired,
    )
    await told(id)
    expect(gathered.arrived).toEqual([])
    vi.useRealTimers()
    gathered.answer = () => new Response("{}")
    await runs.signal(id, "go", 1)
    await endOf(id)
    await told(id)
    expect(gathered.forest.named("after")).toHaveLength(1)
  })
})

describe("what happens while spans are on their way", () => {
  it("is told of behind them, in another generation, too", async () => {
    function* stages(ctx: Context, n: number): Generator<unknown, unknown, never> {
      yield* ctx.run(function work() {
        return n
      })
      yield* ctx.signal("next")
      return yield* ctx.continueAsNew(n + 1)
    }
    const held = Promise.withResolvers<void>()
    gathered.answer = async () => {
      await held.promise
      return new Response("{}")
    }
    const { id } = await begin(stages, [0], { id: traced() })
    await until(
      () => gathered.posts.length,
      (posts) => posts === 1,
    )
    await runs.signal(id, "next", 1)
    await until(
      () => recordOf(id),
      ({ generation, status }) => generation === 1 && status === "suspended",
    )
    held.resolve()
    const works = () => gathered.forest.named("work").length
    expect(await until(works, (count) => count === 2)).toBe(2)
    await told(id)
  })
})

describe("over a crash", () => {
  it("an export that was not acknowledged is made again, the same to the byte", async () => {
    const id = traced()
    // The spans have arrived, and before that is noted the object dies.
    watchOf(id).onStatement = (statement) => {
      if (statement.startsWith("UPDATE run SET trace") && watchOf(id).lives === 1) {
        throw new Error("On purpose.")
      }
    }
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { workflow } = await begin(steps, [], { id })
    await until(
      () => gathered.arrived.length,
      (count) => count > 0,
    )
    await crash(id)
    await until(
      () => fireAlarm(id),
      () => gathered.forest.spans.length < gathered.arrived.length,
    )
    await told(id)
    expect(gathered.arrived.length).toBeGreaterThan(gathered.forest.spans.length)
    expect(gathered.forest.named(workflow)).toHaveLength(1)
  })
})
