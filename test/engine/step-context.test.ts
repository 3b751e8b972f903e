// What a step is handed: attempt, key, signal, dependencies (promises 2, 13).

import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { CREATED_AT_MS } from "../support/run-process.ts"
import { World } from "../support/world.ts"

describe("what a step is handed", () => {
  test("its context: id, name, path, attempt, key, signal, dependencies", async () => {
    const world = new World(
      (steps) => {
        const look = steps.sync("look", (ctx: StepContext) => ({
          id: ctx.id,
          name: ctx.name,
          path: ctx.path,
          attempt: ctx.attempt,
          runCreatedAtMs: ctx.runCreatedAtMs,
          isAborted: ctx.signal.aborted,
          dependency: ctx.getDependency<number>("db"),
        }))
        return function* (ctx: Context) {
          const dependency = ctx.getDependency<number>("db")
          return [yield* ctx.run(look, ctx.options({ name: "other" })), dependency]
        }
      },
      { id: "order/42" },
    )
    world.dependencies.set("db", 7)
    await world.start()
    const look = {
      id: "order/42",
      name: "other",
      path: "0",
      attempt: 1,
      runCreatedAtMs: CREATED_AT_MS,
      isAborted: false,
      dependency: 7,
    }
    expect(world.value).toEqual([look, 7])
  })

  test("its arguments without the options", async () => {
    const world = await World.of((steps) => {
      const give = steps.sync("give", (_: StepContext, ...input: unknown[]) => input)
      return function* (ctx: Context) {
        return yield* ctx.run(give, 1, { timeoutMs: 5 }, ctx.options({ timeoutMs: 5 }))
      }
    })
    expect(world.value).toEqual([1, { timeoutMs: 5 }])
  })

  test("an anonymous step has a name in the journal", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.run(() => 1)
        },
    )
    expect(world.lines).toEqual(["completed 0 anonymous"])
  })

  test("a step is a plain function outside of a run", () => {
    const double = (_: unknown, n: number) => n * 2
    expect(double(undefined, 4)).toBe(8)
  })
})
