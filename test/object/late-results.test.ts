// Promises 11 and 13 at the object: a reset is no failure, and a late result is refused.

import { afterEach, describe, expect, it, vi } from "vitest"
import type { StepContext } from "../../src/engine/workflow/context.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import type { Effects } from "./support/effects.ts"
import {
  begin,
  crash,
  endOf,
  errorOf,
  fireAlarm,
  journalOf,
  pause,
  recordOf,
  resultOf,
  runs,
  until,
} from "./support/runs.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("promise 11: a reset is never a step's failure", () => {
  it("not with Never, and no compensation follows", async () => {
    const compensated: string[] = []
    const gate = Promise.withResolvers<void>()
    const attempts: number[] = []
    const charge = async ({ attempt }: StepContext) => {
      attempts.push(attempt)
      if (attempt === 1) await gate.promise
      return "charged"
    }
    const refund = async () => {
      compensated.push("refund")
    }
    const { id } = await begin(function* (ctx) {
      try {
        return yield* ctx.run(charge, ctx.options({ retryPolicy: Never() }))
      } catch (error) {
        yield* ctx.run(refund)
        throw error
      }
    })
    await crash(id)
    expect(await resultOf(id)).toBe("charged")
    expect(attempts).toEqual([1, 2])
    expect(compensated).toEqual([])
  })

  it("and uses up no retry", async () => {
    const gate = Promise.withResolvers<void>()
    const attempts: number[] = []
    const step = async ({ attempt }: StepContext) => {
      attempts.push(attempt)
      if (attempt === 1) await gate.promise
      if (attempt === 2) throw new Error("the one failure it may have")
      return attempt
    }
    const { id } = await begin(function* (ctx) {
      const retryPolicy = Constant({ delayMs: 5, maxRetries: 1 })
      return yield* ctx.run(step, ctx.options({ retryPolicy }))
    })
    await crash(id)
    expect(await resultOf(id)).toBe(3)
    expect(attempts).toEqual([1, 2, 3])
  })

  it("nor is the reset of an object that the step calls", async () => {
    const compensated: string[] = []
    const attempts: number[] = []
    const call = async (ctx: StepContext) => {
      attempts.push(ctx.attempt)
      const effects = ctx.getDependency<Effects>("effects")
      return ctx.attempt === 1 ? effects.die(ctx.idempotencyKey) : "called"
    }
    const { id } = await begin(function* (ctx) {
      try {
        return yield* ctx.run(call, ctx.options({ retryPolicy: Never() }))
      } catch (error) {
        compensated.push(String(error))
        throw error
      }
    })
    expect(await resultOf(id)).toBe("called")
    expect(attempts).toEqual([1, 2])
    expect(compensated).toEqual([])
  })

  it("a step that kills its object a hundred times in a row halts the run, which retry helps", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    let attempts = 0
    let isDeadly = true
    const gate = Promise.withResolvers<void>()
    const deadly = async () => {
      attempts++
      if (isDeadly) await gate.promise
      return "alive"
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(deadly)
    })
    for (let n = 0; n < 101 && (await recordOf(id)).status !== "halted"; n++) {
      await crash(id)
      await fireAlarm(id)
      vi.setSystemTime(Date.now() + 30_000)
      await fireAlarm(id)
    }
    expect(await recordOf(id)).toMatchObject({
      status: "halted",
      halt: { code: "attempts_lost", details: { path: "0" } },
    })
    expect(attempts).toBe(100)
    isDeadly = false
    await runs.retry(id, {})
    expect(await resultOf(id)).toBe("alive")
    expect(await journalOf(id)).toMatchObject([{ attempts: 101 }, { kind: "operator" }])
  })
})

describe("promise 13: a late result is refused", () => {
  /** Attempt 1 ends only when the test lets it, and notes what its signal said. */
  function late() {
    const first = Promise.withResolvers<string>()
    const aborted: unknown[] = []
    const step = async ({ attempt, signal }: StepContext) => {
      if (attempt > 1) return `attempt ${attempt}`
      signal.addEventListener("abort", () => aborted.push((signal.reason as Error).name))
      return first.promise
    }
    return { first, aborted, step }
  }

  it("after the attempt's timeout, whose signal is aborted", async () => {
    const { first, aborted, step } = late()
    const { id } = await begin(function* (ctx) {
      const options = { attemptTimeoutMs: 30, retryPolicy: Constant({ delayMs: 30 }) }
      const value = yield* ctx.run(step, ctx.options(options))
      return [value, yield* ctx.signal("end")]
    })
    await until(
      () => aborted.length,
      (count) => count === 1,
    )
    first.resolve("too late")
    await pause(10)
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toEqual(["attempt 2", null])
    expect(aborted).toEqual(["TimeoutError"])
    expect(await journalOf(id)).toMatchObject([{ attempts: 2, state: "completed" }, {}])
  })

  it("after five minutes when nothing else is said", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { aborted, step } = late()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
    })
    vi.setSystemTime(Date.now() + 299_999)
    await fireAlarm(id)
    expect((await recordOf(id)).status).toBe("running")
    vi.setSystemTime(Date.now() + 1)
    await fireAlarm(id)
    expect(await errorOf(id)).toMatchObject({ name: "TimeoutError", code: "timeout" })
    expect(aborted).toEqual(["TimeoutError"])
  })

  it.each(["kill", "cancel"] as const)("after %s", async (verb) => {
    const { first, aborted, step } = late()
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step)
    })
    await runs[verb](id, {})
    const journal = await journalOf(id)
    first.resolve("too late")
    await pause(10)
    expect(await endOf(id)).toMatchObject({ status: "cancelled" })
    expect(await journalOf(id)).toEqual(journal)
    expect(aborted).toEqual(["CancelledError"])
  })

  it("of an attempt whose object is gone: the next one's is taken", async () => {
    const { first, step } = late()
    const { id } = await begin(function* (ctx) {
      return [yield* ctx.run(step), yield* ctx.signal("end")]
    })
    await crash(id)
    await fireAlarm(id)
    first.resolve("of a former life")
    await pause(10)
    await runs.signal(id, "end", null)
    expect(await resultOf(id)).toEqual(["attempt 2", null])
  })

  it("a listener of the abort signal that throws harms nothing", async () => {
    const gate = Promise.withResolvers<string>()
    const step = async ({ attempt, signal }: StepContext) => {
      if (attempt > 1) return `attempt ${attempt}`
      signal.addEventListener("abort", () => {
        throw new Error("a listener's own trouble")
      })
      return gate.promise
    }
    const { id } = await begin(function* (ctx) {
      const options = { attemptTimeoutMs: 20, retryPolicy: Constant({ delayMs: 5 }) }
      const both = yield* ctx.all([
        ctx.run(step, ctx.options(options)),
        ctx.run(step, ctx.options(options)),
      ])
      return both
    })
    expect(await resultOf(id)).toEqual(["attempt 2", "attempt 2"])
    expect(await journalOf(id)).toMatchObject([{}, { attempts: 2 }, { attempts: 2 }])
  })
})
