// A predicate that takes its time: it belongs to the attempt, so nothing is recorded before it has answered.

import { describe, expect, test } from "vitest"
import type { Context, StepFunction } from "../../src/engine/workflow/context.ts"
import { InvalidOperationError, TimeoutError } from "../../src/engine/errors.ts"
import { Constant } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { StepHands } from "../support/step-hands.ts"
import { World } from "../support/world.ts"

interface Question {
  readonly error: unknown
  answer(value: unknown): void
  refuse(error: unknown): void
}

/** A run of one step, whose predicate is answered by the test. */
async function asking(
  stepOf: (steps: StepHands) => StepFunction,
): Promise<{ world: World; questions: Question[] }> {
  const questions: Question[] = []
  const retryIf = (thrown: unknown) => {
    const answer = Promise.withResolvers<boolean>()
    questions.push({
      error: thrown,
      answer: (value) => answer.resolve(value as boolean),
      refuse: answer.reject,
    })
    return answer.promise
  }
  const world = await World.of((steps) => {
    const step = stepOf(steps)
    return function* (ctx: Context) {
      const retryPolicy = Constant({ delayMs: 10 })
      return yield* ctx.run(step, ctx.options({ retryPolicy, retryIf, attemptTimeoutMs: 1_000 }))
    }
  })
  return { world, questions }
}

const task = (steps: StepHands): StepFunction => steps.task("work")

describe("check 12: a predicate that answers later", () => {
  test("is asked once a failure; yes tries again, no is final", async () => {
    const { world, questions } = await asking(task)
    await world.fail("work", new Error("first"))
    expect(world.lines).toEqual(["start 0 work"])
    questions[0]?.answer(true)
    await world.idle()
    expect(world.lines).toEqual(["start 0 work", "fail 0"])
    await world.advance(10)
    await world.fail("work", new Error("second"))
    questions[1]?.answer(false)
    await world.idle()
    expect(world.error.message).toBe("second")
    expect(questions).toHaveLength(2)
    await expectSameReplay(world)
  })

  test("of a plain function that throws", async () => {
    let calls = 0
    const { world, questions } = await asking((steps) =>
      steps.sync("work", () => {
        if (++calls < 3) throw new Error(`failure ${calls}`)
        return calls
      }),
    )
    for (const question of [0, 1]) {
      questions[question]?.answer(true)
      await world.idle()
      await world.advance(10)
    }
    expect(world.value).toBe(3)
    await expectSameReplay(world)
  })

  test("that rejects, or gives no answer, fails the step and says so", async () => {
    for (const how of ["refuse", "answer"] as const) {
      const { world, questions } = await asking(task)
      await world.fail("work", new Error("the step's own"))
      questions[0]?.[how](new Error("away"))
      await world.idle()
      expect(world.error).toBeInstanceOf(InvalidOperationError)
      expect(world.error.cause).toMatchObject({ message: "the step's own" })
      await expectSameReplay(world)
    }
  })

  test("that never answers is given up after the time of an attempt", async () => {
    const { world, questions } = await asking(task)
    await world.advance(900)
    await world.fail("work", new Error("the step's own"))
    await world.advance(900)
    expect(world.isOver).toBe(false)
    await world.advance(100)
    expect(world.error.message).toContain("retryIf took too long")
    questions[0]?.answer(true)
    await world.idle()
    expect(world.lines).toEqual(["start 0 work", "failed 0"])
  })

  test("is asked about an attempt that timed out, too", async () => {
    const { world, questions } = await asking(task)
    await world.advance(1_000)
    expect(questions[0]?.error).toBeInstanceOf(TimeoutError)
    questions[0]?.answer(false)
    await world.idle()
    expect(world.error).toBeInstanceOf(TimeoutError)
  })

  test("a crash meanwhile loses the attempt, which is made again without using up a retry", async () => {
    const { world, questions } = await asking(task)
    await world.fail("work", new Error("lost with the process"))
    await world.crash()
    expect(world.steps.pending).toMatchObject([{ attempt: 2 }])
    questions[0]?.answer(false)
    await world.idle()
    await world.finish("work", "done")
    expect(world.value).toBe("done")
    await expectSameReplay(world)
  })

  test("a cancellation does not wait for it", async () => {
    const { world, questions } = await asking(task)
    await world.fail("work", new Error("first"))
    await world.cancel("enough")
    expect(world.outcome.state).toBe("cancelled")
    questions[0]?.answer(true)
    await world.idle()
    await expectSameReplay(world)
  })
})
