// Deadlines of runs, steps and sub-workflows: absolute, fixed when first created (promise 6).

import { describe, expect, test } from "vitest"
import { type Context, Options, type StepContext } from "../../src/engine/workflow/context.ts"
import { TimeoutError } from "../../src/engine/errors.ts"
import { ATTEMPT_TIMEOUT_MS_DEFAULT } from "../../src/engine/limits.ts"
import { Constant, Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const slow: Program = (steps) => {
  const task = steps.task("task")
  return function* (ctx: Context, options: { timeoutMs?: number; attemptTimeoutMs?: number }) {
    try {
      return yield* ctx.run(task, ctx.options({ retryPolicy: Never(), ...options }))
    } catch (error) {
      return error
    }
  }
}

describe("promise 13: attempts have a timeout, and late results are refused", () => {
  test("an attempt that takes longer fails with a TimeoutError, and its signal is aborted", async () => {
    const world = await World.of(slow, { input: [{ attemptTimeoutMs: 100 }] })
    const { signal } = world.steps.pending[0]!
    await world.advance(99)
    expect(signal.aborted).toBe(false)
    await world.advance(1)
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("an attempt of a plain function that turned out to be asynchronous has one as well", async () => {
    const world = await World.of((steps) => {
      const lazy = steps.lazy("lazy")
      return function* (ctx: Context) {
        return yield* caught(
          ctx.run(lazy, ctx.options({ attemptTimeoutMs: 100, retryPolicy: Never() })),
        )
      }
    })
    expect(world.machine.nextDueMs).toBe(world.startMs + 100)
    await world.advance(100)
    expect(world.value).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("five minutes unless told otherwise", async () => {
    const world = await World.of(slow, { input: [{}] })
    expect(world.machine.nextDueMs).toBe(world.startMs + ATTEMPT_TIMEOUT_MS_DEFAULT)
  })

  test("a list has one for each attempt, and its last for all that follow, also after a crash", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const retryPolicy = Constant({ delayMs: 10 })
        return yield* ctx.run(task, ctx.options({ attemptTimeoutMs: [100, 200], retryPolicy }))
      }
    })
    const dueAfterMs = () => (world.machine.nextDueMs ?? 0) - world.startMs
    expect(dueAfterMs()).toBe(100)
    await world.advance(100)
    await world.advance(10)
    expect(dueAfterMs()).toBe(110 + 200)
    await world.advance(200)
    await world.advance(10)
    expect(dueAfterMs()).toBe(320 + 200)
    await world.crash()
    expect(dueAfterMs()).toBe(320 + 200)
    await world.finish("task", "heard")
    expect(world.value).toBe("heard")
    await expectSameReplay(world)
  })

  test("a list is copied when it is given", () => {
    const given = [100]
    const options = new Options({ attemptTimeoutMs: given })
    given[0] = -1
    expect(options.step.attemptTimeoutMs).toEqual([100])
  })

  test.each([[[]], [[100, -1]], [["100"]], ["100"]])("%j is no timeout", async (given) => {
    const world = await World.of(
      (steps) =>
        function* (ctx: Context) {
          const attemptTimeoutMs = given as never
          return yield* caught(ctx.run(steps.task("task"), ctx.options({ attemptTimeoutMs })))
        },
    )
    expect(world.error).toMatchObject({
      name: "RangeError",
      message: expect.stringMatching(/^attemptTimeoutMs takes milliseconds/) as unknown,
    })
  })

  test("a step that asks for its signal only afterwards finds it aborted", async () => {
    const contexts: StepContext[] = []
    const world = await World.of(() => {
      const patient = async (ctx: StepContext) => {
        contexts.push(ctx)
        return new Promise<never>(() => undefined)
      }
      return function* (ctx: Context) {
        return yield* caught(
          ctx.run(patient, ctx.options({ attemptTimeoutMs: 100, retryPolicy: Never() })),
        )
      }
    })
    await world.advance(100)
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect(contexts[0]?.signal.aborted).toBe(true)
    expect(contexts[0]?.signal.reason).toBeInstanceOf(TimeoutError)
  })

  test("the result of an attempt that timed out is refused, the retry's is taken", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const retryPolicy = Constant({ delayMs: 10 })
        return yield* ctx.run(task, ctx.options({ attemptTimeoutMs: 100, retryPolicy }))
      }
    })
    const late = world.steps.take("task")
    await world.advance(100)
    late.resolve("late")
    await world.idle()
    expect(world.isOver).toBe(false)
    await world.advance(10)
    late.resolve("late again")
    await world.idle()
    expect(world.isOver).toBe(false)
    await world.finish("task", "in time")
    expect(world.value).toBe("in time")
    await expectSameReplay(world)
  })

  test("a late rejection harms nobody", async () => {
    const world = await World.of(slow, { input: [{ attemptTimeoutMs: 100 }] })
    const late = world.steps.take("task")
    await world.advance(100)
    late.reject(new Error("late"))
    await world.idle()
    expect(world.value).toBeInstanceOf(TimeoutError)
  })

  test("the result of an attempt of an earlier life is refused", async () => {
    const world = await World.of(slow, { input: [{}] })
    const old = world.steps.take("task")
    await world.crash()
    old.resolve("from the dead")
    await world.idle()
    expect(world.isOver).toBe(false)
    await world.finish("task", "alive")
    expect(world.value).toBe("alive")
  })

  test("an attempt's time counts from the moment it gets its slot", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const options = ctx.options({ attemptTimeoutMs: 100, retryPolicy: Never() })
        const tasks = Array.from({ length: 129 }, () => ctx.run(task, options))
        return (yield* ctx.allSettled(tasks)).map(({ status }) => status)
      }
    })
    expect(world.machine.inFlight).toBe(128)
    await world.advance(100)
    expect(world.machine.inFlight).toBe(1)
    await world.advance(99)
    await world.finish("task")
    expect((world.value as string[]).at(-1)).toBe("fulfilled")
  })

  test("the deadline of the whole step ends it in mid-attempt", async () => {
    const world = await World.of(slow, { input: [{ timeoutMs: 100 }] })
    const late = world.steps.take("task")
    await world.advance(100)
    expect(world.value).toBeInstanceOf(TimeoutError)
    expect(late.signal.aborted).toBe(true)
    late.resolve("late")
    await world.idle()
    expect(world.value).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })

  test("the deadline of the whole step stands over crashes and retries", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        const retryPolicy = Constant({ delayMs: 10 })
        return yield* ctx.run(task, ctx.options({ timeoutMs: 100, retryPolicy }))
      }
    })
    await world.advance(50)
    await world.crash()
    await world.advance(20)
    await world.fail("task", new Error("no"))
    await world.crash()
    await world.advance(29)
    expect(world.isOver).toBe(false)
    await world.advance(1)
    expect(world.error).toBeInstanceOf(TimeoutError)
    await expectSameReplay(world)
  })
})

describe("promise 6: the run's own deadline", () => {
  const cleaning: Program = (steps) => {
    const undo = steps.sync("undo", () => "undone")
    return function* (ctx: Context) {
      try {
        yield* ctx.sleep(10_000)
      } finally {
        yield* ctx.run(undo)
      }
    }
  }

  test("unwinds the run as a cancel does and ends it timed_out", async () => {
    const world = await World.of(cleaning, { timeoutMs: 1_000 })
    await world.advance(1_000)
    expect(world.outcome.state).toBe("timed_out")
    expect(world.error).toBeInstanceOf(TimeoutError)
    expect(world.steps.callsOf("undo")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("also when it passes while nothing runs", async () => {
    const world = await World.of(cleaning, { timeoutMs: 1_000 })
    world.die()
    world.clock.advance(5_000)
    await world.wake()
    expect(world.outcome.state).toBe("timed_out")
    await expectSameReplay(world)
  })

  test("clean-up steps are retried although the deadline has passed", async () => {
    const world = await World.of(
      (steps) => {
        const undo = steps.task("undo")
        return function* (ctx: Context) {
          try {
            yield* ctx.sleep(10_000)
          } finally {
            yield* ctx.run(undo)
          }
        }
      },
      { timeoutMs: 1_000 },
    )
    await world.advance(1_000)
    await world.fail("undo", new Error("not yet"))
    expect(world.isOver).toBe(false)
    await world.crash()
    await world.advance(2_000)
    await world.finish("undo")
    expect(world.outcome.state).toBe("timed_out")
    await expectSameReplay(world)
  })
})
