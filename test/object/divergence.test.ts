// Promise 10 at the object: code that was changed, or is gone, is noticed when the run is woken.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { registry } from "./support/registry.ts"
import {
  alarmOf,
  begin,
  crash,
  endOf,
  evict,
  fireAlarm,
  recordOf,
  resultOf,
  rowsOf,
  runs,
  suspended,
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("promise 2: a retry after a divergence", () => {
  it("counts the attempts that were made at the place before", async () => {
    const attempts: number[] = []
    const noting = async (ctx: StepContext, input: string) => {
      attempts.push(ctx.attempt)
      if (input === "old") throw new Error("busy")
      return ctx.attempt
    }
    const { id, workflow } = await begin(function* (ctx) {
      return yield* ctx.run(noting, "old")
    })
    await suspended(id)
    await evict(id)
    registry.deploy(workflow, function* (ctx: Context) {
      return yield* ctx.run(noting, "new")
    })
    await fireAlarm(id)
    expect((await recordOf(id)).halt).toMatchObject({ code: "divergence" })
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe(2)
    expect(attempts).toEqual([1, 2])
  })
})

describe("promise 10: changed code is noticed", () => {
  const one = (_: StepContext, value: unknown) => value
  const two = (_: StepContext, value: unknown) => value
  const original = function* (ctx: Context) {
    const value = yield* ctx.run(one, "input")
    yield* ctx.signal("go")
    return value
  }

  const changes: Readonly<Record<string, (ctx: Context) => Generator<unknown, unknown, never>>> = {
    "another step": function* (ctx) {
      const value = yield* ctx.run(two, "input")
      yield* ctx.signal("go")
      return value
    },
    "another input": function* (ctx) {
      const value = yield* ctx.run(one, "other")
      yield* ctx.signal("go")
      return value
    },
    "another kind": function* (ctx) {
      yield* ctx.sleep(1)
      yield* ctx.signal("go")
    },
    "another signal": function* (ctx) {
      const value = yield* ctx.run(one, "input")
      yield* ctx.signal("went")
      return value
    },
    "a step more": function* (ctx) {
      yield* ctx.run(two, "input")
      yield* ctx.run(one, "input")
      yield* ctx.signal("go")
    },
    "a step less": function* (ctx) {
      yield* ctx.signal("go")
    },
    "an earlier end": function* () {
      // Returns before the first recorded step.
    },
  }

  it.each(Object.keys(changes))("%s halts the run and says what differs", async (change) => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.deploy(workflow, changes[change] as never)
    await runs.signal(id, "go", null)
    const { status, halt } = await endOf(id)
    expect(status).toBe("halted")
    expect(halt).toMatchObject({
      code: "divergence",
      details: { path: expect.any(String), expected: expect.anything() },
    })
    await crash(id)
    expect((await recordOf(id)).halt).toEqual(halt)

    // The code that fits is deployed again: retry goes on, and nothing was lost.
    registry.deploy(workflow, original)
    await runs.retry(id, {})
    await crash(id)
    const after = await recordOf(id)
    if (after.status !== "completed") await runs.signal(id, "go", null)
    expect(await resultOf(id)).toBe("input")
  })

  it("a workflow that is gone halts the run, which goes on by itself when it is back", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.hide(workflow)
    await runs.signal(id, "go", null)
    expect(await recordOf(id)).toMatchObject({
      status: "halted",
      halt: { code: "workflow_unknown" },
    })
    const alarm = await alarmOf(id)
    expect(alarm).toBeGreaterThan(Date.now())
    vi.setSystemTime(alarm ?? 0)
    await fireAlarm(id)
    expect((await recordOf(id)).status).toBe("halted")
    registry.hide(workflow, false)
    await fireAlarm(id)
    expect(await rowsOf(id, "SELECT status FROM run")).toEqual([{ status: "completed" }])
  })

  it("a cancellation that came while the code was gone is not forgotten", async () => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    registry.hide(workflow)
    await runs.cancel(id, { reason: "meanwhile" })
    expect((await recordOf(id)).status).toBe("halted")
    registry.hide(workflow, false)
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
  })

  it("a caller who waits learns at once that the code is gone", async () => {
    const { id, workflow } = await begin(original)
    await suspended(id)
    await evict(id)
    const startedMs = performance.now()
    const waiting = runs.result(id, 5_000)
    await suspended(id)
    registry.hide(workflow)
    // The object stays, with the one who waits at it; its run is woken anew by the signal.
    await runs.signal(id, "go", null)
    expect((await waiting)?.status).toBe("halted")
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})
