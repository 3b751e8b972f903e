// What telemetry holds back while nobody gathers: so much and no more, whatever a run does meanwhile.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { BelayError } from "../../src/engine/errors.ts"
import type { RunIndex } from "../../src/engine/ports/run-index.ts"
import { figuresOf } from "../../src/object/telemetry/index-figures.ts"
import { Gathered } from "./support/gathered.ts"
import { begin, endOf, fireAlarm, newId, rowsOf, until } from "./support/runs.ts"

const GENERATIONS_KEPT = 20
const SPANS_KEPT = 1_000

let gathered: Gathered
let logged: string[]

beforeEach(() => {
  gathered = new Gathered()
  gathered.answer = () => new Response(null, { status: 503 })
  logged = []
  for (const way of ["warn", "error"] as const) {
    vi.spyOn(console, way).mockImplementation((line: string) => void logged.push(line))
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

function kept(id: string): Promise<{ kind: string; count: number }[]> {
  return rowsOf(id, "SELECT kind, COUNT(*) AS count FROM outbox GROUP BY kind ORDER BY kind")
}

describe("while nobody gathers", () => {
  it("twenty generations wait, not more; the log counts the others, and the newest is told of from its journal", async () => {
    const generations = 25
    function* again(ctx: Context, n: number): Generator<unknown, unknown, never> {
      yield* ctx.run(() => n)
      return n === generations ? n : yield* ctx.continueAsNew(n + 1)
    }
    const id = gathered.trace(newId())
    const { workflow } = await begin(again, [1], { id })
    await endOf(id)
    expect(await kept(id)).toEqual([
      { kind: "spans", count: GENERATIONS_KEPT },
      { kind: "trace", count: 1 },
    ])
    const lost = logged.filter((line) => line.includes("too many wait for a collector"))
    expect(lost).toHaveLength(generations - 1 - GENERATIONS_KEPT)
    gathered.answer = () => new Response("{}")
    await until(
      () => fireAlarm(id),
      () => gathered.forest.named(workflow).length === GENERATIONS_KEPT + 1,
    )
    const numbers = gathered.forest
      .named(workflow)
      .map(({ attributes }) => Number(attributes["belay.generation"]))
    expect(numbers.sort((left, right) => left - right)).toEqual([
      ...Array.from({ length: GENERATIONS_KEPT }, (_, n) => n),
      generations - 1,
    ])
  })

  it("of a long generation a thousand spans wait, and its own", async () => {
    function* long(ctx: Context, n: number): Generator<unknown, unknown, never> {
      if (n === 2) return "over"
      for (let step = 0; step < 3_000; step++) yield* ctx.run(() => step)
      return yield* ctx.continueAsNew(n + 1)
    }
    const id = gathered.trace(newId())
    const { workflow } = await begin(long, [1], { id })
    await endOf(id)
    expect(logged.filter((line) => line.includes("they are too many"))).toHaveLength(1)
    gathered.answer = () => new Response("{}")
    await until(
      () => fireAlarm(id),
      () => gathered.forest.named(workflow).length === 2,
    )
    const { forest } = gathered
    expect(forest.orphans()).toEqual([])
    expect(forest.spans.length).toBeGreaterThanOrEqual(SPANS_KEPT)
    expect(forest.spans.length).toBeLessThan(SPANS_KEPT + 600)
  })
})

describe("figures of the index", () => {
  function refusing(error: unknown) {
    const stats = async () => {
      throw error
    }
    return figuresOf(() => ({ stats }) as unknown as RunIndex)
  }

  it("are none where it is not there or does not answer, and only the second is told", async () => {
    expect(await refusing(new BelayError("not_configured", "no index"))).toBeUndefined()
    expect(logged).toEqual([])
    expect(await refusing(new BelayError("overloaded", "no answer"))).toBeUndefined()
    expect(logged).toHaveLength(1)
  })

  it("are a failure where something of our own has thrown", async () => {
    await expect(refusing(new TypeError("a bug"))).rejects.toThrow("a bug")
  })
})

describe("a collector that is down", () => {
  it("is found out by one run of an isolate, and told of once", async () => {
    const plain = function* (ctx: Context) {
      yield* ctx.run(() => 1)
    }
    const ids = Array.from({ length: 5 }, () => gathered.trace(newId()))
    for (const id of ids) {
      await begin(plain, [], { id })
      await endOf(id)
      await until(
        () => rowsOf<{ tries: number }>(id, "SELECT tries FROM outbox"),
        ([row]) => row?.tries === 1,
      )
    }
    expect(gathered.posts).toHaveLength(1)
    expect(logged.filter((line) => line.includes("Spans are not taken"))).toHaveLength(1)
    gathered.answer = () => new Response("{}")
    await until(
      async () => {
        for (const id of ids) await fireAlarm(id)
      },
      () => gathered.forest.spans.length === 3 * ids.length,
    )
    expect(gathered.forest.spans).toHaveLength(3 * ids.length)
  })
})
