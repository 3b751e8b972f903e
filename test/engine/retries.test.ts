// Retries are durable: delay and attempt survive a crash (promise 15).

import { describe, expect, test, vi } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { NonRetryableError } from "../../src/engine/errors.ts"
import { MACHINE_LIMITS } from "../../src/engine/machine/machine-limits.ts"
import type { StepOptions } from "../../src/engine/workflow/operation.ts"
import { Constant, Exponential, Linear, Never } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const ATTEMPTS_LOST_MAX = MACHINE_LIMITS.attemptsLost

function oneTask(options: StepOptions = {}): Program {
  return (steps) => {
    const task = steps.task("task")
    return function* (ctx: Context) {
      try {
        return yield* ctx.run(task, ctx.options(options))
      } catch (error) {
        return `gave up: ${(error as Error).message}`
      }
    }
  }
}

/** Fails attempts one after the other and tells how long each retry was waited for. */
async function observeDelays(
  world: World,
  failures: number,
  isCrashing: boolean,
): Promise<number[]> {
  const delays: number[] = []
  for (let count = 0; count < failures; count++) {
    await world.fail("task", new Error(`failure ${count}`))
    if (world.isOver) break
    if (isCrashing) await world.crash()
    const beforeMs = world.clock.nowMs()
    await world.advanceToNextDue()
    delays.push(world.clock.nowMs() - beforeMs)
  }
  return delays
}

describe("promise 15: retries are durable", () => {
  const tables: readonly (readonly [string, StepOptions, readonly number[]])[] = [
    ["by default", {}, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
    [
      "Exponential",
      { retryPolicy: Exponential({ delayMs: 10, maxDelayMs: 50 }) },
      [20, 40, 50, 50],
    ],
    ["Linear", { retryPolicy: Linear({ delayMs: 10 }) }, [10, 20, 30]],
    ["Constant", { retryPolicy: Constant({ delayMs: 10 }) }, [10, 10, 10]],
  ]
  test.each(tables)("%s: the delays are those of the policy", async (_, options, delays) => {
    const world = await World.of(oneTask(options))
    expect(await observeDelays(world, delays.length, false)).toEqual(delays)
    await world.finish("task", "done")
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  test.each(tables)("%s: a crash in every delay changes nothing", async (_, options, delays) => {
    const world = await World.of(oneTask(options))
    expect(await observeDelays(world, delays.length, true)).toEqual(delays)
    await world.finish("task", "done")
    expect(world.value).toBe("done")
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: delays.length + 1 }, (__, index) => index + 1),
    )
  })

  test("the delay goes on over a crash in the middle of it", async () => {
    const world = await World.of(oneTask())
    await world.fail("task", new Error("no"))
    await world.advance(1_500)
    await world.crash()
    expect(world.steps.pending).toHaveLength(0)
    await world.advance(499)
    expect(world.steps.pending).toHaveLength(0)
    await world.advance(1)
    expect(world.steps.pending).toHaveLength(1)
  })

  test("maxRetries: 2 makes three attempts, and the last error is thrown", async () => {
    const world = await World.of(oneTask({ retryPolicy: Constant({ delayMs: 1, maxRetries: 2 }) }))
    expect(await observeDelays(world, 5, true)).toEqual([1, 1])
    expect(world.value).toBe("gave up: failure 2")
    await expectSameReplay(world)
  })

  test("Never gives up at the first failure", async () => {
    const world = await World.of(oneTask({ retryPolicy: Never() }))
    await world.fail("task", new Error("no"))
    expect(world.value).toBe("gave up: no")
    expect(world.journal).toHaveLength(2)
  })

  test("a delay of zero retries at once", async () => {
    const world = await World.of(oneTask({ retryPolicy: Constant({ delayMs: 0 }) }))
    await world.fail("task", new Error("no"))
    await world.wake()
    await world.finish("task", 1)
    expect(world.value).toBe(1)
    await expectSameReplay(world)
  })

  test("an uncaught failure fails the run with the step's error", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        yield* ctx.run(task, ctx.options({ retryPolicy: Never() }))
      }
    })
    const error = Object.assign(new RangeError("too much"), { code: "E_RANGE" })
    await world.fail("task", error)
    expect(world.error).toBeInstanceOf(RangeError)
    expect(world.error).toMatchObject({ message: "too much", code: "E_RANGE", stack: error.stack })
    await expectSameReplay(world)
  })

  test("a retry is logged with step, attempt and delay", async () => {
    const world = await World.of(oneTask())
    await world.fail("task", new Error("no"))
    expect(world.logs).toMatchObject([
      {
        level: "warn",
        fields: { run: "run", step: "task", path: "0", attempt: 1, retryInMs: 2_000 },
      },
    ])
  })

  test("a pause that is over when the log tells of it is told as none, never as less", async () => {
    const world = await World.of(oneTask({ retryPolicy: Constant({ delayMs: 1 }) }))
    let nowMs = world.clock.nowMs()
    const slow = vi.spyOn(world.clock, "nowMs").mockImplementation(() => (nowMs += 10))
    await world.fail("task", new Error("no"))
    slow.mockRestore()
    expect(world.logs).toMatchObject([{ level: "warn", fields: { attempt: 1, retryInMs: 0 } }])
  })

  test("a plain step retries like any other, its failures survive a crash", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", (ctx: StepContext) => {
        if (ctx.attempt < 4) throw new Error(`attempt ${ctx.attempt}`)
        return ctx.attempt
      })
      return function* (ctx: Context) {
        return yield* ctx.run(plain)
      }
    })
    for (const delayMs of [2_000, 4_000, 8_000]) {
      await world.crash()
      await world.advance(delayMs - 1)
      expect(world.isOver).toBe(false)
      await world.advance(1)
    }
    expect(world.value).toBe(4)
    expect(world.steps.violations).toEqual([])
    await expectSameReplay(world)
  })
})

describe("promise 15: errors that stop the retries at once", () => {
  class DeclinedError extends Error {}
  class CardDeclinedError extends DeclinedError {}
  const final: readonly (readonly [string, unknown, StepOptions])[] = [
    ["NonRetryableError", new NonRetryableError("no"), {}],
    ["NonRetryableError without a message", new NonRetryableError(""), {}],
    ["anything that says nonRetryable", Object.assign(new Error("no"), { nonRetryable: true }), {}],
    [
      "a class listed in the options",
      new DeclinedError("no"),
      { nonRetryableErrors: [DeclinedError] },
    ],
    [
      "a subclass of one",
      new CardDeclinedError("no"),
      { nonRetryableErrors: [TypeError, DeclinedError] },
    ],
  ]
  test.each(final)("%s", async (_, error, options) => {
    const world = await World.of(oneTask(options))
    await world.fail("task", error)
    expect(world.isOver).toBe(true)
    expect(world.steps.calls).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("an error of another class is retried", async () => {
    const world = await World.of(oneTask({ nonRetryableErrors: [DeclinedError] }))
    await world.fail("task", new TypeError("no"))
    expect(world.waits).toMatchObject([{ kind: "retry" }])
  })
})

describe("promise 15: deadlines end the retries", () => {
  test("a delay that would pass the step's own deadline fails the step at once", async () => {
    const world = await World.of(oneTask({ timeoutMs: 2_000 }))
    await world.fail("task", new Error("no"))
    expect(world.value).toBe("gave up: no")
  })

  test("one that just fits does not", async () => {
    const world = await World.of(oneTask({ timeoutMs: 2_001 }))
    await world.fail("task", new Error("no"))
    await world.advance(2_000)
    await world.finish("task", "done")
    expect(world.value).toBe("done")
  })

  test("a delay that would pass the run's deadline fails the step at once", async () => {
    const world = await World.of(oneTask(), { timeoutMs: 1_000 })
    await world.fail("task", new Error("no"))
    expect(world.value).toBe("gave up: no")
  })

  test("a delay that would pass the deadline of a sub-workflow around it fails the step at once", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        return yield* ctx.run(
          function* sub(ctx: Context) {
            try {
              return yield* ctx.run(task)
            } catch (error) {
              return `gave up: ${(error as Error).message}`
            }
          },
          ctx.options({ timeoutMs: 1_000 }),
        )
      }
    })
    await world.fail("task", new Error("no"))
    expect(world.value).toBe("gave up: no")
  })
})

describe("promise 11: an attempt that is lost is no failure", () => {
  test.each([
    ["by default", {}],
    ["with Never", { retryPolicy: Never() }],
    ["with no retries", { retryPolicy: Constant({ maxRetries: 0 }) }],
  ] as const)("%s the next attempt follows at once, and no catch sees it", async (_, options) => {
    const world = await World.of(oneTask(options))
    await world.crash()
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2])
    await world.finish("task", "done")
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  const resets: readonly (readonly [string, object])[] = [
    ["was reset", { durableObjectReset: true }],
    ["lost its connection", { retryable: true }],
  ]
  test.each(resets)("so is one whose callee %s while this process lives", async (_, marks) => {
    const world = await World.of(oneTask({ retryPolicy: Never() }))
    const reset = () => Object.assign(new Error("Network connection lost."), marks)
    await world.fail("task", reset())
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2])
    await world.fail("task", reset())
    expect(world.steps.pending).toHaveLength(0)
    await world.advance(1_000)
    await world.crash()
    await world.advance(1_000)
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    await world.finish("task", "done")
    expect(world.value).toBe("done")
    expect(world.lines).toEqual(["start 0 task", "start 0", "start 0", "completed 0"])
    await expectSameReplay(world)
  })

  test("a callee that is reset without end halts the run", async () => {
    const world = await World.of(oneTask())
    let losses = 0
    while (!world.isOver) {
      await world.fail("task", Object.assign(new Error("reset"), { durableObjectReset: true }))
      losses++
      if (!world.isOver && world.steps.pending.length === 0) await world.advanceToNextDue()
    }
    expect(losses).toBe(ATTEMPTS_LOST_MAX)
    expect(world.halt.code).toBe("attempts_lost")
    await expectSameReplay(world)
  })

  const failures: readonly (readonly [string, unknown])[] = [
    ["the callee's own error", Object.assign(new Error("no"), { retryable: true, remote: true })],
    [
      "a callee that is overloaded",
      Object.assign(new Error("no"), { retryable: true, overloaded: true }),
    ],
    ["an error of the user's", new Error("no")],
    [
      "an error that a library marks as retryable",
      Object.assign(new Error("no"), { retryable: true }),
    ],
    [
      "one with a code of its own",
      Object.assign(new Error("no"), {
        retryable: true,
        code: "E_BUSY",
        cause: "Network connection lost.",
      }),
    ],
  ]
  test.each(failures)("%s is a failure", async (_, error) => {
    const world = await World.of(oneTask({ retryPolicy: Never() }))
    await world.fail("task", error)
    expect(world.value).toBe("gave up: no")
  })

  test("losses use up no retries", async () => {
    const world = await World.of(oneTask({ retryPolicy: Constant({ delayMs: 1, maxRetries: 1 }) }))
    await world.crash()
    await world.fail("task", new Error("first"))
    await world.advance(1)
    await world.crash()
    await world.fail("task", new Error("second"))
    expect(world.value).toBe("gave up: second")
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    await expectSameReplay(world)
  })

  test("several losses in a row are waited for: at once, then 2, 4, 8, 16, 30 s", async () => {
    const world = await World.of(oneTask())
    const delays: number[] = []
    for (let loss = 0; loss < 7; loss++) {
      await world.crash()
      const beforeMs = world.clock.nowMs()
      if (world.steps.pending.length === 0) await world.advanceToNextDue()
      delays.push(world.clock.nowMs() - beforeMs)
    }
    expect(delays).toEqual([0, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  test("a crash while a loss is waited for does not start the wait again", async () => {
    const world = await World.of(oneTask())
    await world.crash()
    await world.crash()
    await world.advance(1_500)
    await world.crash()
    await world.advance(500)
    expect(world.steps.pending).toHaveLength(1)
    expect(world.steps.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  test("an outcome ends the row", async () => {
    const world = await World.of(oneTask({ retryPolicy: Constant({ delayMs: 1 }) }))
    await world.crash()
    await world.fail("task", new Error("no"))
    await world.advance(1)
    await world.crash()
    expect(world.steps.pending).toHaveLength(1)
  })

  test(`after ${ATTEMPTS_LOST_MAX} in a row the run halts: attempts_lost`, async () => {
    const world = await World.of(oneTask())
    let losses = 0
    while (!world.isOver && losses < 200) {
      await world.crash()
      losses++
      if (!world.isOver && world.steps.pending.length === 0) await world.advanceToNextDue()
    }
    expect(losses).toBe(ATTEMPTS_LOST_MAX)
    expect(world.halt).toMatchObject({
      code: "attempts_lost",
      details: { path: "0", name: "task" },
    })
    expect(world.steps.calls).toHaveLength(ATTEMPTS_LOST_MAX)
    await expectSameReplay(world)
  })

  test("a person's retry forgives the losses, and the attempt numbers go on", async () => {
    const world = await World.of(oneTask())
    while (!world.isOver) {
      await world.crash()
      if (!world.isOver && world.steps.pending.length === 0) await world.advanceToNextDue()
    }
    await world.operate({ name: "retry", path: "0", attempt: ATTEMPTS_LOST_MAX })
    expect(world.steps.calls.at(-1)?.attempt).toBe(ATTEMPTS_LOST_MAX + 1)
    await world.crash()
    expect(world.steps.calls.at(-1)?.attempt).toBe(ATTEMPTS_LOST_MAX + 2)
    await world.finish("task", "done")
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  test("several attempts in flight are all lost at once and all follow, crash after crash", async () => {
    const world = await World.of((steps) => {
      const left = steps.task("left")
      const right = steps.lazy("right")
      const plain = steps.sync("plain", () => "p")
      return function* (ctx: Context) {
        return yield* ctx.all([ctx.run(left), ctx.run(right), ctx.run(plain)])
      }
    })
    for (const delayMs of [0, 2_000, 4_000]) {
      await world.crash()
      await world.advance(delayMs)
      expect(world.steps.pending).toHaveLength(2)
    }
    await world.finish("right", "r")
    await world.crash()
    await world.advance(8_000)
    await world.finish("left", "l")
    expect(world.value).toEqual(["l", "r", "p"])
    await expectSameReplay(world)
  })
})
