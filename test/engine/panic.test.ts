// panic and assert halt the run durably; no catch and no finally of the user's runs (promise 9).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const panicking: Program = (steps) => {
  const look = steps.sync("look", () => "exists_diff")
  const undo = steps.sync("undo", () => 1)
  return function* (ctx: Context) {
    try {
      const seen = yield* ctx.run(look)
      yield* ctx.panic(seen === "exists_diff", "the account belongs to somebody else")
      return "went on"
    } catch {
      yield* ctx.run(undo)
      return "swallowed"
    } finally {
      yield* ctx.run(undo)
    }
  }
}

describe("promise 9: a panic halts the run durably", () => {
  test("with code, number and message; no catch or finally of the user's runs", async () => {
    const world = await World.of(panicking)
    expect(world.halt).toEqual({
      code: "panic",
      message: "the account belongs to somebody else",
      details: { number: 98 },
    })
    expect(world.steps.callsOf("undo")).toEqual([])
  })

  test("it writes no entry and takes no path", async () => {
    const world = await World.of(panicking)
    expect(world.lines).toEqual(["completed 0 look"])
  })

  test("nothing loops: a replay halts at the same place and calls nothing", async () => {
    const world = await World.of(panicking)
    await expectSameReplay(world)
    await world.wake()
    await world.signal("anything")
    expect(world.steps.calls).toHaveLength(1)
  })

  test("a condition that does not hold changes nothing", async () => {
    const world = await World.of((steps) => {
      const look = steps.sync("look", () => 1)
      return function* (ctx: Context) {
        yield* ctx.panic(false, "no")
        yield* ctx.assert(true, "no")
        return yield* ctx.run(look)
      }
    })
    expect(world.value).toBe(1)
    expect(world.lines).toEqual(["completed 0 look"])
  })

  test("assert halts unless its condition holds", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.assert(1 + 1 === 3, "arithmetic is broken")
        },
    )
    expect(world.halt).toMatchObject({ code: "panic", message: "arithmetic is broken" })
  })

  test("inside a sub-workflow and beside other branches, the whole run stands still", async () => {
    const world = await World.of((steps) => {
      const task = steps.task("task")
      const undo = steps.sync("undo", () => 1)
      return function* (ctx: Context) {
        try {
          yield* ctx.all([
            ctx.run(task),
            ctx.run(function* (ctx: Context) {
              yield* ctx.signal("go")
              yield* ctx.panic(true, "inside")
            }),
          ])
        } finally {
          yield* ctx.run(undo)
        }
      }
    })
    await world.signal("go")
    expect(world.halt.message).toBe("inside")
    await world.finish("task", 1)
    expect(world.steps.callsOf("undo")).toEqual([])
    expect(world.lines.at(-1)).toBe("completed 0.1.0")
  })

  test("in the clean-up of a cancelled run it halts as well", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield* ctx.sleep(1_000)
          } finally {
            yield* ctx.panic(true, "cannot clean up")
          }
        },
    )
    await world.cancel()
    expect(world.halt.message).toBe("cannot clean up")
    await expectSameReplay(world)
  })

  test("after a retry by a person, with code that no longer panics, the run goes on", async () => {
    let answer = "exists_diff"
    const world = await World.of((steps) => {
      const look = steps.sync("look", () => answer)
      return function* (ctx: Context) {
        const seen = yield* ctx.run(look)
        yield* ctx.panic(seen === "exists_diff")
        return seen
      }
    })
    expect(world.halt.code).toBe("panic")
    answer = "created"
    const retried = world.replay(0)
    await retried.operate({ name: "retry", path: "0", attempt: 1 })
    expect(retried.value).toBe("created")
    expect(retried.steps.calls.map(({ attempt }) => attempt)).toEqual([2])
    await expectSameReplay(retried)
  })

  test("a panic cannot be a member of a composite, where it could be swallowed", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          yield* ctx.race([ctx.panic(true), ctx.sleep(5)])
        },
    )
    expect(world.error).toMatchObject({ code: "invalid_operation" })
  })
})
