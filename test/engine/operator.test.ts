// What a person can do to a journal, as the machine replays it afterwards (promise 9).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const saga: Program = (steps) => {
  const plain = steps.sync("plain", (_ctx, n: number) => n)
  const task = steps.task("task")
  return function* (ctx: Context) {
    const first = yield* ctx.run(plain, 1)
    const second = yield* ctx.run(task, ctx.options({ retryPolicy: Never() }))
    const third = yield* ctx.run(plain, 3)
    return [first, second, third]
  }
}

async function failedAtTask(): Promise<World> {
  const world = await World.of(saga)
  await world.fail("task", new Error("no"))
  expect(world.outcome.state).toBe("failed")
  return world
}

describe("promise 9: a person can retry a step", () => {
  test("the journal up to it stays, the attempt numbers go on", async () => {
    const world = await failedAtTask()
    const outcome = world.journal.findIndex(({ type }) => type === "failed")
    await world.operate({ name: "retry", path: "1", attempt: 1, keep: outcome })
    expect(world.steps.callsOf("task").map(({ attempt }) => attempt)).toEqual([1, 2])
    await world.finish("task", 2)
    expect(world.value).toEqual([1, 2, 3])
    expect(world.steps.callsOf("plain").map(({ path }) => path)).toEqual(["0", "2"])
    await expectSameReplay(world)
  })

  test("from an earlier step everything after it runs again", async () => {
    const world = await failedAtTask()
    await world.operate({ name: "retry", path: "0", attempt: 1, keep: 0 })
    expect(world.steps.callsOf("plain").map(({ attempt }) => attempt)).toEqual([1, 2])
    await world.finish("task", 2)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("twice in a row", async () => {
    const world = await failedAtTask()
    await world.operate({ name: "retry", path: "1", attempt: 1, keep: 2 })
    await world.fail("task", new Error("no"))
    await world.operate({ name: "retry", path: "1", attempt: 2, keep: world.journal.length - 1 })
    await world.crash()
    expect(world.steps.callsOf("task").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    await world.finish("task", 2)
    expect(world.value).toEqual([1, 2, 3])
    await expectSameReplay(world)
  })

  test("its failures are forgiven: the delays begin anew", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        return yield* ctx.run(task)
      }
    })
    for (const delayMs of [2_000, 4_000]) {
      await world.fail("task", new Error("no"))
      await world.advance(delayMs)
    }
    await world.operate({ name: "retry", path: "0", attempt: 3 })
    await world.fail("task", new Error("no"))
    expect(world.machine.nextDueMs).toBe(world.clock.nowMs() + 2_000)
    await world.advance(2_000)
    await world.finish("task", "done")
    await expectSameReplay(world)
  })
})

describe("promise 9: a person can give a step its outcome", () => {
  test("in the place of a failure", async () => {
    const world = await failedAtTask()
    const outcome = world.journal.findIndex(({ type }) => type === "failed")
    await world.operate({
      name: "skip",
      value: "by hand",
      outcome: { path: "1", inline: world.journal[outcome]!.inline },
      keep: outcome,
    })
    expect(world.value).toEqual([1, "by hand", 3])
    expect(world.steps.callsOf("task")).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("in the place of what a plain step gave in one record", async () => {
    const world = await failedAtTask()
    const [first] = world.journal
    await world.operate({ name: "skip", value: 100, outcome: first!, keep: 0 })
    await world.finish("task", 2)
    expect(world.value).toEqual([100, 2, 3])
    await expectSameReplay(world)
  })

  test("while its attempt is open", async () => {
    const world = await World.of(saga)
    await world.operate({ name: "skip", value: 2, outcome: { path: "1", inline: false } })
    expect(world.value).toEqual([1, 2, 3])
    expect(world.steps.callsOf("task")).toHaveLength(1)
    await expectSameReplay(world)
  })
})
