// Arguments no operation can obey are refused where they are given (promise 16).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import type { StepFunction } from "../../src/engine/workflow/context.ts"
import { Options } from "../../src/engine/workflow/context.ts"
import { type StepOptions } from "../../src/engine/workflow/operation.ts"
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
