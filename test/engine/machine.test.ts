// The machine as its object uses it: when it wakes, what falls due next, what closing does.

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const two: Program = (steps) => {
  const task = steps.task("task")
  return function* (ctx: Context) {
    return yield* ctx.all([ctx.run(task, "a"), ctx.run(task, "b"), ctx.sleep(100)])
  }
}

describe("what the object asks of a machine", () => {
  test("how many attempts are in flight, and which is the oldest", async () => {
    const world = await World.of(two)
    const first = world.machine.oldestAttempt
    expect(world.machine.inFlight).toBe(2)
    await world.finish("task")
    expect(world.machine.inFlight).toBe(1)
    expect(world.machine.oldestAttempt).not.toBe(first)
    await world.finish("task")
    expect(world.machine.inFlight).toBe(0)
    expect(world.machine.oldestAttempt).toBeUndefined()
  })

  test("promise 12: when it next has to be woken: the earliest of timers, timeouts and the run's deadline", async () => {
    const world = await World.of(two, { timeoutMs: 50 })
    expect(world.machine.nextDueMs).toBe(world.startMs + 50)
    const other = await World.of(two)
    expect(other.machine.nextDueMs).toBe(other.startMs + 100)
    await other.advance(100)
    expect(other.machine.nextDueMs).toBe(other.startMs + 300_000)
    await other.finish("task")
    await other.finish("task")
    expect(other.outcome.state).toBe("completed")
  })

  test("a wait for the outside alone needs no timer", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.signal("go")
        },
    )
    expect(world.machine.nextDueMs).toBeUndefined()
  })

  test("promise 13: closed, it aborts what is in flight and takes nothing more", async () => {
    const world = await World.of(two)
    const attempts = [world.steps.take("task"), world.steps.take("task")]
    const before = world.journal.length
    world.machine.close()
    expect(attempts.every(({ signal }) => signal.aborted)).toBe(true)
    for (const attempt of attempts) attempt.resolve("late")
    await world.idle()
    world.machine.post({ type: "cancel", reason: { state: "cancelled", message: "late" } })
    expect(world.journal.length).toBe(before)
    expect(world.machine.inFlight).toBe(0)
  })

  test("once the run has ended nothing moves it any more", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 1)
      return function* (ctx: Context) {
        return yield* ctx.run(plain)
      }
    })
    const { result } = world
    world.machine.post({ type: "message", kind: "signal", name: "go" })
    expect(world.machine.drive(true)).toEqual(result)
    expect(world.journal).toHaveLength(1)
    await expectSameReplay(world)
  })

  test("two ends in one turn of the event loop are two facts", async () => {
    const world = await World.of(two)
    world.steps.take("task").resolve(1)
    world.steps.take("task").resolve(2)
    await world.idle()
    expect(world.lines.slice(-2)).toEqual(["completed 0.0", "completed 0.1"])
    await world.advance(100)
    expect(world.value).toEqual([1, 2, undefined])
    await expectSameReplay(world)
  })

  test("promise 12: a store that throws loses the machine, not the run", async () => {
    const world = await World.of(two)
    world.store.onAppend = () => {
      throw new Error("disk full")
    }
    world.steps.take("task").resolve(1)
    await expect(world.idle()).rejects.toThrow("disk full")
    world.store.onAppend = undefined
    await world.crash()
    while (!world.isOver) {
      if (world.steps.pending.length > 0) await world.finish("task", 1)
      else await world.advanceToNextDue()
    }
    expect(world.outcome.state).toBe("completed")
    await expectSameReplay(world)
  })
})

describe("promise 5: nothing is seen from outside before it is on record", () => {
  test("a step is called only while a write is pending that the platform waits for", async () => {
    const seen: boolean[] = []
    const world = new World((_steps, world) => {
      const look = () => {
        seen.push(world.store.isPending)
        return seen.length
      }
      const lookLater = async () => look()
      return function* (ctx: Context) {
        yield* ctx.run(look)
        yield* ctx.run(lookLater)
        yield* ctx.sleep(5)
        yield* ctx.run(look)
        yield* ctx.all([ctx.run(look), ctx.run(lookLater)])
      }
    })
    await world.start()
    await world.crash()
    await world.advance(5)
    expect(world.outcome.state).toBe("completed")
    expect(seen).toEqual([true, true, true, true, true])
  })
})
