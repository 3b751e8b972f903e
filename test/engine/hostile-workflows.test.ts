// Workflows that yield garbage, loop for ever or keep what is not theirs (promise 16).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Future, Operation, type OperationSpec } from "../../src/engine/workflow/operation.ts"
import type { WorkflowFunction } from "../../src/engine/workflow/registry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import type { Program } from "../support/run-process.ts"
import { World } from "../support/world.ts"

const proxy = new Proxy(
  {},
  {
    get() {
      throw new Error("hostile")
    },
    getPrototypeOf() {
      throw new Error("hostile")
    },
    ownKeys() {
      throw new Error("hostile")
    },
    has() {
      throw new Error("hostile")
    },
  },
)

describe("promise 16: a generator that yields garbage", () => {
  const garbage: readonly (readonly [string, unknown, string])[] = [
    ["a number", 42, "42"],
    ["undefined", undefined, "undefined"],
    ["a promise", Promise.resolve(1), "a Promise"],
    ["a function", () => 1, "a function"],
    ["an object", { kind: "sleep" }, "[object Object]"],
    ["an object without prototype", Object.create(null), "[object Object]"],
    ["a symbol", Symbol("x"), "Symbol(x)"],
    ["a hostile proxy", proxy, "cannot be looked at"],
  ]
  test.each(garbage)(
    "%s is thrown back as an error that says what came",
    async (_, value, text) => {
      const world = await World.of(
        () =>
          function* () {
            yield value
          },
      )
      expect(world.error).toMatchObject({
        name: "InvalidOperationError",
        code: "invalid_operation",
      })
      expect(world.error.message).toContain(text)
      await expectSameReplay(world)
    },
  )

  test("a workflow that catches it goes on", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          try {
            yield "garbage"
          } catch {
            yield* ctx.sleep(5)
          }
          return "went on"
        },
    )
    await world.advance(5)
    expect(world.value).toBe("went on")
    await expectSameReplay(world)
  })

  test("an operation that is yielded without yield* is performed", async () => {
    const world = await World.of((steps) => {
      const plain = steps.sync("plain", () => 7)
      return function* (ctx: Context): Generator<unknown, unknown, number> {
        return yield ctx.run(plain)
      }
    })
    expect(world.value).toBe(7)
  })
})

describe("promise 16: a workflow that is none", () => {
  const workflows: readonly (readonly [string, unknown])[] = [
    ["a plain function", () => 1],
    ["an async function", async () => 1],
    ["an async generator", async function* () {}],
    [
      "a function that throws",
      () => {
        throw new RangeError("at once")
      },
    ],
    ["an iterator that gives nonsense", () => ({ next: () => undefined, throw: () => undefined })],
    [
      "an iterator that never ends",
      () => ({ next: () => ({ done: true, value: 1 }), throw: () => 1 }),
    ],
  ]
  test.each(workflows)("%s ends in an answer", async (_, fn) => {
    const world = await World.of(() => fn as WorkflowFunction)
    expect(["completed", "failed"]).toContain(world.outcome.state)
  })

  test("an async generator is told apart from a workflow, and never run", async () => {
    let isEntered = false
    const world = await World.of(
      () =>
        async function* () {
          isEntered = true
        } as unknown as WorkflowFunction,
    )
    expect(world.error.message).toContain("function*")
    expect(isEntered).toBe(false)
  })

  test("one that recurses without end fails, and the next run works", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const deeper = function* (): Generator<Operation<unknown>, unknown, unknown> {
            return yield* deeper()
          }
          yield* deeper()
          yield* ctx.sleep(5)
        },
    )
    expect(world.error).toBeInstanceOf(RangeError)
  })
})

describe("promise 16: operations that are none", () => {
  const fakes: readonly (readonly [string, () => unknown])[] = [
    [
      "one of an unknown kind",
      () => new Operation({ kind: "teleport" } as unknown as OperationSpec),
    ],
    ["one without a constructor", () => Object.create(Operation.prototype) as unknown],
    ["a future made by hand", () => new Future({ path: "0", outcome: undefined }, "run", "")],
  ]
  test.each(fakes)("%s is refused in the workflow, alone and in a composite", async (_, make) => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          const errors: unknown[] = []
          for (const perform of [
            function* () {
              yield make()
            },
            function* () {
              yield ctx.all([make() as Operation<unknown>])
            },
          ]) {
            try {
              yield* perform()
            } catch (error) {
              errors.push(error)
            }
          }
          return errors
        },
    )
    const refused = { code: "invalid_operation" }
    expect(world.value).toMatchObject([refused, refused])
    await expectSameReplay(world)
  })

  test("a future that was kept beyond its run is refused, and moves nothing there", async () => {
    const kept: { future?: Future<unknown> } = {}
    const keeper: Program = (steps) => {
      const task = steps.task("task")
      return function* (ctx: Context) {
        kept.future ??= yield* ctx.beginRun(task)
        return yield* caught(ctx.allSettled([kept.future]))
      }
    }
    const owner = await World.of(keeper)
    const other = await World.of((steps, world) => {
      const keeping = keeper(steps, world)
      return function* (ctx: Context) {
        const alone = yield* caught(kept.future as Future<unknown>)
        const inside = yield* ctx.run(keeping)
        return [alone, inside]
      }
    })
    const refused = { code: "invalid_operation" }
    expect(other.value).toMatchObject([refused, refused])
    await owner.finish("task", 1)
    expect(owner.value).toBe("nothing was thrown")
  })
})
