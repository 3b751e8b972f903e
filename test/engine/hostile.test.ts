import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/context.ts"
import type { StepFunction } from "../../src/engine/context.ts"
import { Options } from "../../src/engine/context.ts"
import {
  Future,
  Operation,
  type OperationSpec,
  type StepOptions,
} from "../../src/engine/operation.ts"
import type { WorkflowFunction } from "../../src/engine/registry.ts"
import { Never } from "../../src/engine/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World, type Program } from "../support/world.ts"

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

describe("promise 16: steps that throw non-errors", () => {
  const thrown: readonly (readonly [string, unknown, unknown])[] = [
    ["undefined", undefined, undefined],
    ["null", null, null],
    ["a text", "no", "no"],
    ["an object", { code: 5n }, { code: 5n }],
    ["an object without prototype", Object.create(null), Object.create(null)],
    ["a symbol", Symbol("x"), expect.any(Error)],
    ["a hostile proxy", proxy, expect.any(Error)],
  ]
  for (const kind of ["sync", "async"] as const) {
    test.each(thrown)(`%s, from a ${kind} step`, async (_, value, expected) => {
      const world = await World.of((steps) => {
        const failing = steps[kind]("failing", () => {
          throw value
        })
        return function* (ctx: Context) {
          const seen = yield* caught(ctx.run(failing, ctx.options({ retryPolicy: Never() })))
          return { seen }
        }
      })
      expect((world.value as { seen: unknown }).seen).toEqual(expected)
      await expectSameReplay(world)
    })

    test.each(thrown)(`%s, from a ${kind} step that is retried`, async (_, value) => {
      const world = await World.of((steps) => {
        const failing = steps[kind]("failing", (ctx: { attempt: number }) => {
          if (ctx.attempt === 1) throw value
          return "done"
        })
        return function* (ctx: Context) {
          return yield* ctx.run(failing)
        }
      })
      await world.advance(2_000)
      expect(world.value).toBe("done")
    })
  }

  test("a workflow that throws a non-error fails with it", async () => {
    const world = await World.of(
      () =>
        function* () {
          throw "just a text"
        },
    )
    expect(world.error).toBe("just a text")
  })

  test("an error whose getters throw fails the step, not the engine", async () => {
    class Hostile extends Error {
      get nonRetryable(): boolean {
        throw new Error("hostile")
      }
      get code(): string {
        throw new Error("hostile")
      }
    }
    const world = await World.of((steps) => {
      const failing = steps.sync("failing", () => {
        throw new Hostile("no")
      })
      return function* (ctx: Context) {
        return yield* caught(ctx.run(failing, ctx.options({ retryPolicy: Never() })))
      }
    })
    expect(world.value).toMatchObject({ message: "no" })
  })
})

describe("promise 16: what steps return", () => {
  test("a plain function that returns a promise is an asynchronous step", async () => {
    const world = await World.of((steps) => {
      const lazy = steps.lazy<number>("lazy")
      return function* (ctx: Context) {
        return yield* ctx.run(lazy)
      }
    })
    expect(world.lines).toEqual(["start 0 lazy"])
    await world.finish("lazy", 3)
    expect(world.value).toBe(3)
  })

  test("a thenable that is no promise is waited for as well", async () => {
    const world = await World.of((steps) => {
      const odd = steps.sync("odd", () => ({
        // oxlint-disable-next-line unicorn/no-thenable
        then: (resolve: (value: number) => void) => resolve(3),
      }))
      return function* (ctx: Context) {
        return yield* ctx.run(odd)
      }
    })
    expect(world.value).toBe(3)
  })

  test("a thenable that throws fails the step", async () => {
    const world = await World.of((steps) => {
      const odd = steps.sync("odd", () => ({
        // oxlint-disable-next-line unicorn/no-thenable
        then: () => {
          throw new RangeError("no")
        },
      }))
      return function* (ctx: Context) {
        return yield* caught(ctx.run(odd, ctx.options({ retryPolicy: Never() })))
      }
    })
    expect(world.value).toBeInstanceOf(RangeError)
  })

  const refused: readonly (readonly [string, () => unknown])[] = [
    ["a hostile proxy", () => proxy],
    [
      "an object whose then throws",
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable
        get then() {
          throw new Error("hostile")
        },
      }),
    ],
    [
      "an object whose tag throws",
      () => ({
        get [Symbol.toStringTag]() {
          throw new Error("hostile")
        },
      }),
    ],
    ["a generator", () => (function* () {})()],
    ["an async generator", () => (async function* () {})()],
    ["a class", () => Map],
  ]
  for (const kind of ["sync", "async"] as const) {
    test.each(refused)(`%s from a ${kind} step is refused at once`, async (_, give) => {
      const world = await World.of((steps) => {
        const odd = steps[kind]("odd", give)
        return function* (ctx: Context) {
          return yield* caught(ctx.run(odd, ctx.options({ retryPolicy: Never() })))
        }
      })
      expect(world.value).toBeInstanceOf(Error)
      await expectSameReplay(world)
    })
  }
})

describe("promise 16: what workflows pass to steps", () => {
  test("hostile arguments reach the step and harm nobody", async () => {
    const world = await World.of((steps) => {
      const count = steps.sync("count", (_, ...input: unknown[]) => input.length)
      return function* (ctx: Context) {
        const getter = {
          get boom() {
            throw new Error("hostile")
          },
        }
        return yield* ctx.run(count, getter, Symbol("x"), proxy, 1)
      }
    })
    expect(world.value).toBe(4)
    await expectSameReplay(world)
  })

  const functions: readonly (readonly [string, unknown])[] = [
    ["without a prototype", Object.setPrototypeOf(() => 1, null)],
    ["with a name that is none", Object.defineProperty(() => 1, "name", { value: { a: 1 } })],
    ["bound", Number.bind(undefined, 1)],
  ]
  test.each(functions)("a function %s is a step", async (_, fn) => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* ctx.run(fn as StepFunction)
        },
    )
    expect(world.value).toBe(1)
    await expectSameReplay(world)
  })

  test("a class is refused by the language, and fails the step", async () => {
    const world = await World.of(
      () =>
        function* (ctx: Context) {
          return yield* caught(
            ctx.run(Map as unknown as StepFunction, ctx.options({ retryPolicy: Never() })),
          )
        },
    )
    expect(world.value).toBeInstanceOf(TypeError)
  })

  const options: readonly (readonly [string, unknown])[] = [
    ["a policy that is none", { retryPolicy: {} }],
    ["a policy given by name", { retryPolicy: "never" }],
    ["null as a policy", { retryPolicy: null }],
    ["a policy without an end to its delay", { retryPolicy: { type: "constant", delayMs: NaN } }],
    ["a negative timeout", { timeoutMs: -1 }],
    ["a timeout that is no number", { attemptTimeoutMs: "5" }],
    ["an empty name", { name: "" }],
    ["a name that is too long", { name: "x".repeat(257) }],
    ["error classes that are none", { nonRetryableErrors: ["TypeError"] }],
  ]
  test.each(options)("%s is refused where it is given", (_, given) => {
    expect(() => new Options(given as StepOptions)).toThrow(/takes|A name|retry policy/)
  })

  test("arguments of operations are checked in the workflow, which can catch them", async () => {
    const world = await World.of(
      () =>
        // eslint-disable-next-line require-yield
        function* (ctx: Context) {
          const bad: (() => unknown)[] = [
            () => ctx.run("name" as unknown as StepFunction),
            () => ctx.beginRun(undefined as unknown as StepFunction),
            () => ctx.signal(""),
            () => ctx.signal("x".repeat(257)),
            () => ctx.receive(5 as unknown as string),
            () => ctx.publish("", 1),
            () => ctx.signal("x", { timeoutMs: -1 }),
            () => ctx.promise({ timeoutMs: NaN }),
            () => ctx.all([5 as never]),
            () => ctx.race({ a: undefined as never }),
            () => ctx.all([ctx.continueAsNew()]),
            () => ctx.race([ctx.beginRun(() => 1)]),
            () => ctx.any({ approval: ctx.promise() }),
            () => ctx.sleep(undefined as never),
          ]
          return bad.filter((call) => {
            try {
              call()
              return true
            } catch (error) {
              return !(error instanceof Error)
            }
          }).length
        },
    )
    expect(world.value).toBe(0)
  })
})
