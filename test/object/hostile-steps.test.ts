// Promise 16 at the object: steps that throw and return what they should not harm their run alone.

import { describe, expect, it } from "vitest"
import type { Context, StepContext } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import {
  begin,
  crash,
  endOf,
  errorOf,
  evict,
  journalOf,
  recordOf,
  resultOf,
} from "./support/runs.ts"

const plain = (_: StepContext, value: unknown) => value

/** Another run, started after the harm was done, works. */
async function expectOthersUnharmed(): Promise<void> {
  const { id } = await begin(function* (ctx) {
    return [yield* ctx.run(plain, 1), yield* ctx.run(async () => 2)]
  })
  expect(await resultOf(id)).toEqual([1, 2])
}

describe("promise 16: steps that throw and return what they should not", () => {
  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a text", "text", "text"],
    ["a number", 0, "0"],
    ["an object", { code: "x" }, undefined],
    ["a function", () => 1, undefined],
    ["an error with a cycle", cyclicError(), "cyclic"],
    ["an error whose message throws", hostileError(), undefined],
  ])("throwing %s fails the run after its retries", async (_, thrown, message) => {
    for (const step of [
      () => {
        throw thrown
      },
      async () => {
        throw thrown
      },
    ]) {
      const { id } = await begin(function* (ctx) {
        yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
      })
      const record = await endOf(id)
      expect(record.status).toBe("failed")
      if (message === "cyclic") expect(await errorOf(id)).toMatchObject({ message })
      else if (message !== undefined) expect(String(await errorOf(id))).toBe(message)
      await evict(id)
      expect((await recordOf(id)).status).toBe("failed")
      expect(await journalOf(id)).toMatchObject([{ state: "failed", attempts: 1 }])
    }
    await expectOthersUnharmed()
  })

  function cyclicError(): Error {
    const error = new Error("cyclic")
    return Object.assign(error, { cause: error })
  }

  function hostileError(): Error {
    return Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("even this")
      },
    })
  }

  it.each([
    ["a generator object", () => (function* () {})()],
    [
      "a thenable that calls back twice",
      () => thenable((ok: (value: number) => void) => (ok(1), ok(2))),
    ],
    ["a thenable that throws", () => thenable(thrower)],
    [
      "a proxy that throws",
      () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
    ],
    [
      "an object with a throwing getter",
      () => ({
        get value() {
          return thrower()
        },
      }),
    ],
  ])("returning %s is settled one way or the other", async (_, step) => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
    })
    const record = await endOf(id)
    expect(["completed", "failed"]).toContain(record.status)
    await crash(id)
    expect((await recordOf(id)).status).toBe(record.status)
    await expectOthersUnharmed()
  })

  function thrower(): never {
    throw new Error("thrown on sight")
  }

  /** Whoever awaits it calls its `then`. */
  function thenable(then: (...input: never[]) => unknown): object {
    return Object.fromEntries(new Map([["then", then]]))
  }

  it("a result that cannot be stored fails the run, not the object", async () => {
    const { id } = await begin(function* (ctx) {
      yield* ctx.run(plain, 1)
      return { deep: [() => 1] }
    })
    const error = await errorOf(id)
    expect(error).toMatchObject({ code: "encoding" })
    expect(error.message).toContain(".deep[0]")
  })

  it("a value nested a hundred thousand deep fails its step", async () => {
    const deep = () => {
      let value: unknown = "bottom"
      for (let n = 0; n < 100_000; n++) value = [value]
      return value
    }
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(deep)
    })
    expect(await errorOf(id)).toMatchObject({ code: "encoding" })
    await expectOthersUnharmed()
  })

  it("a dependency that cannot be made fails the step that asks for it", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* ctx.run(
        (stepCtx: StepContext) => stepCtx.getDependency("nobody") === undefined,
        ctx.options({ retryPolicy: Never() }),
      )
    })
    expect(["completed", "failed"]).toContain((await endOf(id)).status)
  })

  it("a run that recurses without end fails or is killed, and others go on", async () => {
    function* nest(ctx: Context, depth: number): Generator<unknown, number, never> {
      return depth > 200 ? depth : yield* ctx.run(nest, depth + 1)
    }
    const { id } = await begin(nest, [0])
    expect(await resultOf(id)).toBe(201)
    await expectOthersUnharmed()
  })
})
