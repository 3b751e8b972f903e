// Events door: what somebody who watches a run is told, batch by batch, and how ids go on.
import { describe, expect, test } from "vitest"
import { Constant, type Context, type StepContext } from "../../src/engine/index.ts"
import type { EventBatch, RunEvent } from "../../src/engine/ports/run-events.ts"
import {
  begin,
  codeOf,
  crash,
  endOf,
  evict,
  newId,
  pause,
  runs,
  suspended,
  until,
} from "./support/runs.ts"
import { registry } from "./support/registry.ts"
import { watchOf } from "./support/watch.ts"

async function echo(_: unknown, value: unknown) {
  return value
}

/** One line an event, for a test to compare. */
function told(event: RunEvent): string {
  switch (event.type) {
    case "entry":
      return `${event.entry.path} ${event.entry.kind} ${event.entry.state} ${event.entry.attempts}`
    case "status":
      return event.status
    case "reset":
      return `reset ${event.reason}`
    case "end":
      return "end"
  }
}

/** Everything from an id on, until the run is at rest. */
async function watch(id: string, after?: string): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for (let last = after; ;) {
    const batch: EventBatch = await runs.events(id, last, 300)
    events.push(...batch.events)
    last = events.at(-1)?.id ?? after
    if (batch.events.length === 0 && !batch.hasMore) return events
    if (batch.events.at(-1)?.type === "end") return events
  }
}

function* twoStepsAndASignal(ctx: Context) {
  yield* ctx.run(echo, 1)
  const value = yield* ctx.signal("go")
  return yield* ctx.run(echo, value)
}

/** The changes of one entry, as one line each. */
function changesAt(path: string, events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type !== "entry" || event.entry.path !== path) return []
    const { type, dueMs, atMs } = event.change
    const isDueLater = dueMs !== undefined && dueMs > atMs
    return `${type} ${event.entry.attempts}${isDueLater ? " due later" : ""}`
  })
}

describe("what changed an entry", () => {
  test("tells attempts that failed, when the next is due, and those that were lost", async () => {
    let isReady = false
    const flaky = async (ctx: StepContext) => {
      if (ctx.attempt === 1) throw new Error("not yet")
      if (ctx.attempt === 2) {
        isReady = true
        await new Promise(() => undefined)
      }
      return ctx.attempt
    }
    const { id } = await begin(function* (ctx: Context) {
      return yield* ctx.run(flaky, ctx.options({ retryPolicy: Constant({ delayMs: 30 }) }))
    })
    await until(
      async () => isReady,
      (ready) => ready,
    )
    await crash(id)
    await endOf(id)
    const events = await watch(id)
    expect(changesAt("0", events)).toEqual([
      "start 1",
      "fail 1 due later",
      "start 2",
      "start 3",
      "completed 3",
    ])
    const times = events.flatMap((event) => (event.type === "entry" ? event.change.atMs : []))
    expect(times).toEqual(times.toSorted((left, right) => left - right))
  })

  test("a child's entry names the run it stands for", async () => {
    const child = registry.define(function* (ctx: Context) {
      return yield* ctx.run(echo, 1)
    })
    const { id } = await begin(function* (ctx: Context) {
      return yield* ctx.rpc(child)
    })
    await endOf(id)
    const { entries } = await runs.journal(id, undefined, 10)
    expect(entries[0]).toMatchObject({ kind: "child", runId: expect.stringContaining(id) })
  })
})

describe("events", () => {
  test("one event for each change of an entry, in order, and the end", async () => {
    const { id } = await begin(twoStepsAndASignal)
    await suspended(id)
    await runs.signal(id, "go", 2)
    await endOf(id)
    expect((await watch(id)).map(told)).toEqual([
      "0 step started 1",
      "0 step completed 1",
      "1 signal waiting 0",
      "1 signal completed 0",
      "2 step started 1",
      "2 step completed 1",
      "end",
    ])
  })

  test("every id goes on with exactly what follows it", async () => {
    const { id } = await begin(twoStepsAndASignal)
    await suspended(id)
    await runs.signal(id, "go", 2)
    await endOf(id)
    const all = await watch(id)
    for (const [index, event] of all.entries()) {
      expect(await watch(id, event.id)).toEqual(all.slice(index + 1))
    }
  })

  test("a question waits for the next change, and is answered at once after it", async () => {
    const { id } = await begin(twoStepsAndASignal)
    await suspended(id)
    const past = await watch(id)
    expect(past.map(told).at(-1)).toBe("suspended")
    const next = runs.events(id, past.at(-1)!.id, 5_000)
    await runs.signal(id, "go", 2)
    const { events } = await next
    expect(told(events[0]!)).toBe("1 signal completed 0")
    expect(events[0]).toMatchObject({ entry: { name: "go", valueText: "2" } })
  })

  test("the entry is whole in each of its events, however long it has been open", async () => {
    function* workflow(ctx: Context) {
      const open = yield* ctx.beginRun(function* late(inner: Context) {
        return yield* inner.signal("go")
      })
      for (let index = 0; index < 600; index++) yield* ctx.date.now()
      return yield* open
    }
    const { id } = await begin(workflow)
    await suspended(id)
    const past = await watch(id)
    expect(past).toHaveLength(603)
    await runs.signal(id, "go", "late")
    await endOf(id)
    const [first, second, end] = await watch(id, past.at(-1)!.id)
    const began = past.find((event) => event.type === "entry" && event.entry.path === "0")
    expect(second).toMatchObject({
      entry: {
        path: "0",
        name: "late",
        state: "completed",
        valueText: '"late"',
        createdAtMs: began?.type === "entry" ? began.entry.createdAtMs : undefined,
      },
    })
    expect(told(first!)).toBe("0.0 signal completed 0")
    expect(end?.type).toBe("end")
  })

  test("a retry shows as waiting with its error, and as started with the next attempt", async () => {
    let calls = 0
    async function flaky() {
      calls++
      if (calls === 1) throw new Error("not yet")
      return calls
    }
    function* workflow(ctx: Context) {
      return yield* ctx.run(flaky, ctx.options({ retryPolicy: new Constant({ delayMs: 10 }) }))
    }
    const { id } = await begin(workflow)
    await endOf(id)
    expect((await watch(id)).map(told)).toEqual([
      "0 step started 1",
      "0 step waiting 1",
      "0 step started 2",
      "0 step completed 2",
      "end",
    ])
  })

  test.each([
    ["evicted", evict],
    ["crashed", crash],
  ])("an id goes on with no gap after the object was %s", async (_, takeAway) => {
    const { id } = await begin(twoStepsAndASignal)
    await suspended(id)
    const past = await watch(id)
    await takeAway(id)
    expect(await watch(id, past.at(-1)!.id)).toEqual([])
    await runs.signal(id, "go", 2)
    await endOf(id)
    const rest = await watch(id, past.at(-1)!.id)
    expect([...past.filter(({ type }) => type === "entry"), ...rest].map(told)).toEqual(
      (await watch(id)).map(told),
    )
  })

  test("a new generation is a reset, and goes on from its beginning", async () => {
    function* workflow(ctx: Context, generation: number): Generator<unknown, number, never> {
      yield* ctx.run(echo, generation)
      yield* ctx.signal("go")
      if (generation === 0) yield* ctx.continueAsNew(1)
      return generation
    }
    const { id } = await begin(workflow, [0])
    await suspended(id)
    const past = await watch(id)
    await runs.signal(id, "go", 1)
    await until(
      () => runs.get(id),
      (run) => run?.generation === 1 && run.status === "suspended",
    )
    expect((await watch(id, past.at(-1)!.id)).map(told)).toEqual([
      "reset continued",
      "0 step started 1",
      "0 step completed 1",
      "1 signal waiting 0",
      "suspended",
    ])
  })

  test("a journal that a person took back is a reset", async () => {
    let isFixed = false
    function* workflow(ctx: Context) {
      yield* ctx.run(echo, 1)
      yield* ctx.run(echo, 2)
      yield* ctx.panic(!isFixed, "look")
    }
    const { id } = await begin(workflow)
    await endOf(id)
    const past = await watch(id)
    expect(past.at(-1)).toMatchObject({ status: "halted", halt: { code: "panic" } })
    isFixed = true
    await runs.retry(id, { from: "1" })
    await endOf(id)
    const after = (await watch(id, past.at(-1)!.id)).map(told)
    expect(after[0]).toBe("reset rewound")
    expect(after.slice(1)).toEqual((await watch(id)).map(told))
    // What stood before the cut is still there, so an id of it goes on.
    expect((await watch(id, past[1]!.id)).map(told)).toEqual(after.slice(3))
  })

  test("an id of another life of the run is a reset", async () => {
    const { id } = await begin(twoStepsAndASignal)
    const { id: other } = await begin(twoStepsAndASignal)
    await suspended(id)
    await suspended(other)
    const past = await watch(id)
    expect((await watch(other, past.at(-1)!.id)).map(told)[0]).toBe("reset recreated")
  })

  test("what is no id, and an unknown run, are refused", async () => {
    const { id } = await begin(twoStepsAndASignal)
    for (const after of ["x", "1.2.3", "a.0.99999999999.b.running"]) {
      expect(await codeOf(runs.events(id, after, 0))).toBe("invalid_request")
    }
    expect(await codeOf(runs.events(newId(), undefined, 0))).toBe("run_unknown")
  })
})

describe("many watchers", () => {
  test("who joins costs a look of its own, and none of those who wait already", async () => {
    const { id } = await begin(twoStepsAndASignal)
    await suspended(id)
    const last = (await watch(id)).at(-1)?.id
    let statements = 0
    watchOf(id).onStatement = () => void statements++
    const joins = async (count: number) => {
      const before = statements
      const waiting = Array.from({ length: count }, () => runs.events(id, last, 20_000))
      // All of them have joined when nobody looks any more.
      for (let seen = before; seen - before < count || seen !== statements;) {
        seen = statements
        await pause(100)
      }
      return { waiting, cost: (statements - before) / count }
    }
    const first = await joins(20)
    const others = await joins(20)
    expect(others.cost).toBeLessThan(first.cost + 1)
    expect(others.cost).toBeLessThan(10)
    watchOf(id).onStatement = undefined
    await runs.signal(id, "go", 1)
    for (const batch of await Promise.all([...first.waiting, ...others.waiting])) {
      expect(batch.events.length).toBeGreaterThan(0)
    }
    await endOf(id)
  })
})
