// The workflow sees the stored value, on the first pass as on a replay (promise 3).

import { describe, expect, test } from "vitest"
import type { Context } from "../../src/engine/workflow/context.ts"
import { EncodingError } from "../../src/engine/errors.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { caught } from "../support/caught.ts"
import { expectSameReplay } from "../support/expect-replay.ts"
import { World } from "../support/world.ts"

describe("promise 3: the workflow sees the stored value, also on the first pass", () => {
  test("a result changed afterwards by the step is not changed in the workflow", async () => {
    const world = await World.of((steps) => {
      const shared = { n: 1, when: new Date(0) }
      const give = steps.sync("give", () => shared)
      const change = steps.sync("change", () => {
        shared.n = 2
      })
      return function* (ctx: Context) {
        const seen = yield* ctx.run(give)
        yield* ctx.run(change)
        return [seen.n, seen === shared, seen.when instanceof Date]
      }
    })
    expect(world.value).toEqual([1, false, true])
  })

  test("what the workflow changes in a result does not change the record", async () => {
    const world = await World.of((steps) => {
      const give = steps.sync("give", () => ({ list: [1] }))
      return function* (ctx: Context) {
        const seen = yield* ctx.run(give)
        seen.list.push(2)
        yield* ctx.sleep(5)
        return seen.list
      }
    })
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual([1, 2])
    expect(world.journal[0]?.text).toBe('{"list":[1]}')
  })

  test("values keep their types through a sync, an async and a replayed step", async () => {
    const rich = () => ({ at: new Date(5), map: new Map([[1n, new Set([undefined, NaN, -0])]]) })
    const world = await World.of((steps) => {
      const sync = steps.sync("sync", rich)
      const async = steps.async("async", rich)
      return function* (ctx: Context) {
        const seen: unknown[] = [yield* ctx.run(sync), yield* ctx.run(async)]
        yield* ctx.sleep(5)
        return seen
      }
    })
    await world.crash()
    await world.advance(5)
    expect(world.value).toStrictEqual([rich(), rich()])
  })

  test("an error is thrown as it will be replayed: name, code, own fields, stack; not the object itself", async () => {
    class DeclinedError extends Error {
      override readonly name = "DeclinedError"
      readonly code = "declined"
    }
    const original = new DeclinedError("no money")
    const world = await World.of((steps) => {
      const charge = steps.sync("charge", () => {
        throw original
      })
      return function* (ctx: Context) {
        const error = yield* caught(ctx.run(charge, ctx.options({ retryPolicy: Never() })))
        yield* ctx.sleep(5)
        return { same: error === original, isOwn: error instanceof DeclinedError, error }
      }
    })
    await world.crash()
    await world.advance(5)
    const seen = world.value as { same: boolean; isOwn: boolean; error: Error }
    expect(seen).toMatchObject({ same: false, isOwn: false })
    expect(seen.error).toMatchObject({
      name: "DeclinedError",
      message: "no money",
      code: "declined",
    })
    expect(seen.error.stack).toBe(original.stack)
  })

  test.each(["sync", "async"] as const)(
    "a result that cannot be stored fails a %s step at once, naming the path",
    async (kind) => {
      const world = await World.of((steps) => {
        const bad = steps[kind]("bad", () => ({ rows: [{ fn: () => 1 }] }))
        return function* (ctx: Context) {
          return yield* caught(ctx.run(bad))
        }
      })
      const error = world.value as EncodingError
      expect(error).toBeInstanceOf(EncodingError)
      expect(error.path).toBe(".rows[0].fn")
      expect(world.steps.calls).toHaveLength(1)
      await expectSameReplay(world)
    },
  )

  test("a result of the workflow that cannot be stored fails the run", async () => {
    const world = await World.of(
      () =>
        // eslint-disable-next-line require-yield
        function* () {
          return { at: [Symbol("x")] }
        },
    )
    expect(world.error).toMatchObject({ name: "EncodingError", path: ".at[0]" })
  })

  test("the input of the workflow is a fresh copy", async () => {
    const input = [{ list: [1] }]
    const world = await World.of(
      () =>
        function* (ctx: Context, given: { list: number[] }) {
          given.list.push(2)
          yield* ctx.sleep(5)
          return given.list
        },
      { input },
    )
    await world.crash()
    await world.advance(5)
    expect(world.value).toEqual([1, 2])
  })
})
