// Dry replay: what the code at hand would do with a recorded run, without doing it.

import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { encodeThrown } from "../../src/engine/values/codec.ts"
import { CancelledError } from "../../src/engine/errors.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { dryRun, recordedOf } from "../support/recorded.ts"
import { World } from "../support/world.ts"

/** Every call of a step of the code that is tried: none may ever come. */
const called: string[] = []

function step<Input extends unknown[]>(name: string, value: unknown = name) {
  const fn = (ctx: StepContext, ...input: Input) => {
    called.push(`${name} at ${ctx.path} with ${input.length}`)
    return value
  }
  return Object.defineProperty(fn, "name", { value: name })
}

const charge = step<[number, string?]>("charge")
const ship = step<[string]>("ship")
const bill = step<[string]>("bill")

function* order(ctx: Context, id: string) {
  yield* ctx.run(charge, 5)
  yield* ctx.publish("stage", "charged")
  yield* ctx.signal("packed")
  yield* ctx.run(ship, id)
  return "done"
}

async function recordedOrder(): Promise<World> {
  const world = await World.of(() => order, { input: ["o1"] })
  called.length = 0
  return world
}

describe("the same code fits", () => {
  test("a run that waits: it would go on waiting", async () => {
    const world = await recordedOrder()
    expect(dryRun(recordedOf(world), order)).toEqual({
      type: "fits",
      next: { type: "waits", for: [expect.objectContaining({ kind: "signal", name: "packed" })] },
    })
    expect(called).toEqual([])
  })

  test("a journal that ends in the middle: what it would record next, and nothing is called", async () => {
    const world = await recordedOrder()
    await world.signal("packed")
    called.length = 0
    const next = (records: number) => dryRun(recordedOf(world, {}, records), order)
    for (const [records, name] of ["charge", "stage", "packed"].entries()) {
      expect(next(records)).toMatchObject({
        type: "fits",
        next: { type: "records", record: { path: String(records), name } },
      })
    }
    expect(next(4)).toMatchObject({
      next: { type: "records", record: { path: "3", name: "ship" } },
    })
    expect(called).toEqual([])
  })

  test("an ended run: it would end so again", async () => {
    const world = await recordedOrder()
    await world.signal("packed")
    const { next } = dryRun(recordedOf(world), order) as { next: unknown }
    expect(next).toMatchObject({ type: "ends", outcome: { state: "completed", text: '"done"' } })
  })

  test("a run that has not begun: the first thing it would do", async () => {
    const world = await recordedOrder()
    expect(dryRun(recordedOf(world, {}, 0), order)).toMatchObject({
      next: { type: "records", record: { path: "0", name: "charge" } },
    })
  })

  test("no catch, finally or cleanup of the workflow sees the journal's end", async () => {
    const seen: unknown[] = []
    function* hostile(ctx: Context) {
      try {
        yield* ctx.run(charge, 1)
        yield* ctx.run(ship, "x")
      } catch (error) {
        seen.push(error)
        yield* ctx.run(bill, "caught")
      } finally {
        seen.push("finally")
        yield* ctx.run(bill, "cleanup")
      }
    }
    const world = await World.of(() => hostile)
    seen.length = 0
    called.length = 0
    expect(dryRun(recordedOf(world, {}, 1), hostile)).toMatchObject({
      next: { type: "records", record: { name: "ship" } },
    })
    expect(seen).toEqual([])
    expect(called).toEqual([])
  })

  test("a retried step: the attempts so far, and the next one is not made", async () => {
    const world = await World.of((steps) => {
      const flaky = steps.task("flaky")
      return function* flakes(ctx: Context) {
        return yield* ctx.run(flaky)
      }
    })
    await world.fail("flaky", new Error("once"))
    const attempts: number[] = []
    const flaky = async (ctx: StepContext) => attempts.push(ctx.attempt)
    function* flakes(ctx: Context) {
      return yield* ctx.run(flaky)
    }
    expect(dryRun(recordedOf(world), flakes)).toMatchObject({
      type: "fits",
      next: { type: "waits", for: [{ kind: "retry", name: "flaky" }] },
    })
    expect(dryRun(recordedOf(world, {}, 1), flakes)).toMatchObject({
      type: "fits",
      next: { type: "records", record: { type: "start", attempt: 2 } },
    })
    expect(attempts).toEqual([])
  })

  test("a later generation is replayed with its own input", async () => {
    function* counts(ctx: Context, n: number) {
      yield* ctx.run(charge, n)
      if (n < 2) return yield* ctx.continueAsNew(n + 1)
      return yield* ctx.signal("end")
    }
    const world = await World.of(() => counts, { input: [0] })
    expect(world.generation).toBe(2)
    expect(dryRun(recordedOf(world), counts)).toMatchObject({ next: { type: "waits" } })
  })

  test("cancellation, its cleanup, and an operator's retry are replayed", async () => {
    let panics = true
    function* careful(ctx: Context) {
      yield* ctx.run(charge, 1)
      yield* ctx.panic(panics, "look")
      try {
        yield* ctx.signal("never")
      } finally {
        yield* ctx.run(bill, "cleanup")
      }
    }
    const world = await World.of(() => careful)
    expect(dryRun(recordedOf(world, { status: "halted" }), careful)).toMatchObject({
      type: "fits",
      next: { type: "halts", halt: { code: "panic" } },
    })
    panics = false
    await world.operate({ name: "retry", path: "0", attempt: 1, keep: 1 })
    await world.cancel()
    expect(world.outcome.state).toBe("cancelled")
    expect(world.lines).toContain("operator 0 retry")
    for (let records = 0; records < world.journal.length; records++) {
      expect(dryRun(recordedOf(world, {}, records), careful).type).toBe("fits")
    }
    expect(dryRun(recordedOf(world), careful)).toMatchObject({ next: { type: "ends" } })
  })
})

describe("check 54: other code is found out, at the entry where it parts from the record", () => {
  const changes: readonly (readonly [string, WorkflowFunction, object])[] = [
    [
      "renamed",
      function* (ctx: Context) {
        yield* ctx.run(bill, "5")
      },
      {
        path: "0",
        seq: 1,
        difference: "name",
        expected: { kind: "step", name: "charge" },
        found: { kind: "step", name: "bill" },
      },
    ],
    [
      "reordered",
      function* (ctx: Context) {
        yield* ctx.publish("stage", "charged")
        yield* ctx.run(charge, 5)
      },
      { path: "0", difference: "kind", expected: { name: "charge" }, found: { kind: "publish" } },
    ],
    [
      "added",
      function* (ctx: Context, id: string) {
        yield* ctx.run(charge, 5)
        yield* ctx.run(bill, id)
        yield* ctx.publish("stage", "charged")
        yield* ctx.signal("packed")
      },
      { path: "1", seq: 2, expected: { kind: "publish" }, found: { kind: "step", name: "bill" } },
    ],
    [
      "removed",
      function* (ctx: Context) {
        yield* ctx.run(charge, 5)
        yield* ctx.signal("packed")
      },
      { path: "1", expected: { kind: "publish" }, found: { kind: "signal", name: "packed" } },
    ],
    [
      "changed arguments",
      function* (ctx: Context) {
        yield* ctx.run(charge, 6)
      },
      { path: "0", seq: 1, difference: "input", found: { name: "charge" } },
    ],
    [
      "ended early",
      function* (ctx: Context) {
        return yield* ctx.run(charge, 5)
      },
      { path: "1", seq: 2, expected: { kind: "publish", name: "stage" }, found: null },
    ],
    [
      "panics where the record goes on",
      function* (ctx: Context) {
        yield* ctx.run(charge, 5)
        yield* ctx.panic(true, "no more")
      },
      { path: "1", seq: 2, difference: "panic: no more", found: null },
    ],
  ]

  test.each(changes)("%s", async (_, fn, details) => {
    const world = await recordedOrder()
    const replayed = dryRun(recordedOf(world), fn)
    expect(replayed.type).toBe("diverges")
    expect(replayed).toMatchObject({ halt: { code: "divergence", details } })
    expect(called).toEqual([])
  })

  test("of an ended run: an entry more at its end, and another result", async () => {
    const world = await recordedOrder()
    await world.signal("packed")
    const recorded = recordedOf(world)
    function* longer(ctx: Context, id: string) {
      yield* order(ctx, id)
      return yield* ctx.run(bill, id)
    }
    expect(dryRun(recorded, longer)).toMatchObject({
      type: "diverges",
      halt: { details: { path: "4", seq: 6, difference: "end", found: { name: "bill" } } },
    })
    function* other(ctx: Context, id: string) {
      yield* order(ctx, id)
      return "something else"
    }
    expect(dryRun(recorded, other)).toMatchObject({
      type: "diverges",
      halt: {
        message:
          "The recorded run has ended completed after record 5; with this code it ends completed, but otherwise.",
      },
    })
  })

  test("a run that was killed is not expected to end by itself", async () => {
    const world = await recordedOrder()
    const recorded = recordedOf(world, { status: "cancelled" })
    expect(dryRun(recorded, order).type).toBe("diverges")
    const killed = encodeThrown(Object.assign(new CancelledError("by hand"), { code: "killed" }))
    expect(dryRun({ ...recorded, texts: { ...recorded.texts, error: killed } }, order).type).toBe(
      "fits",
    )
  })

  test("a workflow or version that is not there is missing", async () => {
    const world = await recordedOrder()
    expect(dryRun(recordedOf(world, { workflow: "gone" }), order)).toMatchObject({
      type: "missing",
      halt: { code: "workflow_unknown", message: expect.stringContaining('"gone"') },
    })
    expect(dryRun(recordedOf(world), order, 2)).toMatchObject({
      type: "missing",
      halt: { code: "version_unknown", message: expect.stringContaining("version 1") },
    })
  })

  test("code that never yields an operation again is not waited for", async () => {
    const world = await recordedOrder()
    function* turns(ctx: Context) {
      yield* ctx.run(charge, 5)
      for (;;) yield* ctx.assert(true)
    }
    expect(dryRun(recordedOf(world, {}, 1), turns)).toMatchObject({ type: "unclear" })
  })
})

describe("a masked file", () => {
  function* asks(ctx: Context) {
    const answer = yield* ctx.promise()
    yield* ctx.run(charge, 1, answer.token)
    return yield* answer
  }

  function masked(world: World) {
    const recorded = recordedOf(world, { masked: true })
    const records = recorded.records.map((record) =>
      record.kind === "promise" ? { ...record, text: undefined } : record,
    )
    return { ...recorded, records }
  }

  test("whether an input that holds a token is the same cannot be told, and says so", async () => {
    const world = await World.of(() => asks)
    expect(dryRun(recordedOf(world), asks).type).toBe("fits")
    expect(dryRun(masked(world), asks)).toMatchObject({
      type: "unclear",
      message: expect.stringContaining('role "operate"'),
    })
  })

  test("any other difference is found all the same", async () => {
    const world = await World.of(() => asks)
    function* renamed(ctx: Context) {
      const answer = yield* ctx.promise()
      yield* ctx.run(bill, answer.token)
    }
    expect(dryRun(masked(world), renamed).type).toBe("diverges")
  })
})
