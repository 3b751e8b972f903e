// Steps that throw what is no error, return what cannot be stored, or abuse promises (promise 16).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
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
