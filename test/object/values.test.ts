// Promise 3 at the object: the workflow sees the stored value, decoded, on the first pass as on every later one.

import { expect, it } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context } from "../../src/engine/workflow/context.ts"
import { Never } from "../../src/engine/steps/retry.ts"
import { begin, crash, errorOf, evict, resultOf, runs, suspended } from "./support/runs.ts"

function cyclic() {
  const value: { self?: unknown; name: string } = { name: "cycle" }
  value.self = value
  return value
}

function failure() {
  return Object.assign(new RangeError("outer", { cause: new TypeError("inner") }), {
    code: "E_OUTER",
  })
}

const values: Readonly<Record<string, () => unknown>> = {
  date: () => new Date(1_234_567),
  map: () => new Map<unknown, unknown>([[{ key: 1 }, new Set([1n, "two"])]]),
  bigint: () => 2n ** 80n,
  bytes: () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  undefined: () => undefined,
  nan: () => Number.NaN,
  "minus zero": () => -0,
  text: () => 'lone \ud800, null \0, quote ", emoji 🎁, @1, !x',
  cycle: cyclic,
  error: failure,
  nested: () => ({
    list: [undefined, null, { at: new Date(0) }],
    deep: { bytes: new Uint8Array(2) },
  }),
}

it.each(Object.keys(values))(
  "promise 3: %s is the same on the first pass, after an eviction and after a crash",
  async (name) => {
    const seen: unknown[] = []
    const make = () => values[name]?.()
    const makeSlowly = async () => values[name]?.()
    const { id } = await begin(function* (ctx) {
      const pair = [yield* ctx.run(make), yield* ctx.run(makeSlowly)]
      seen.push(pair)
      yield* ctx.signal("go")
      yield* ctx.signal("go")
      return pair
    })
    await suspended(id)
    await evict(id)
    await runs.signal(id, "go", null)
    await crash(id)
    await runs.signal(id, "go", null)
    const expected = values[name]?.()
    expect(await resultOf(id)).toStrictEqual([expected, expected])
    expect(seen).toHaveLength(3)
    for (const pair of seen) expect(pair).toStrictEqual([expected, expected])
  },
)

it("promise 3: an error keeps name, message, code, stack and cause", async () => {
  const step = async () => {
    throw failure()
  }
  const { id } = await begin(function* (ctx) {
    return yield* ctx.run(step, ctx.options({ retryPolicy: Never() }))
  })
  const error = await errorOf(id)
  expect(error).toBeInstanceOf(RangeError)
  expect(error).toMatchObject({ name: "RangeError", message: "outer", code: "E_OUTER" })
  expect(error.stack).toContain("values.test.ts")
  expect(error.cause).toMatchObject({ name: "TypeError", message: "inner" })
})

it("promise 3: changing what a step returned changes nothing", async () => {
  const kept: { count: number }[] = []
  const step = () => {
    const value = { count: 1 }
    kept.push(value)
    return value
  }
  const { id } = await begin(function* (ctx: Context) {
    const value = yield* ctx.run(step)
    for (const each of kept) each.count = 99
    yield* ctx.signal("go")
    return value.count
  })
  await crash(id)
  await runs.signal(id, "go", null)
  expect(await resultOf(id)).toBe(1)
})

it.each([
  ["a function", () => ({ a: [1, { b: () => 1 }] }), ".a[1].b"],
  ["a symbol", () => ({ a: Symbol("x") }), ".a"],
  ["a class instance", () => ({ list: [new URLSearchParams("a=1"), new WeakMap()] }), ".list[1]"],
])("promise 3: %s fails the step at once, naming where it is", async (_, make, path) => {
  let calls = 0
  const step = async () => {
    calls++
    return make()
  }
  const { id } = await begin(function* (ctx) {
    return yield* ctx.run(step)
  })
  const error = await errorOf(id)
  expect(error).toMatchObject({ code: "encoding" })
  expect(error.message).toContain(path)
  expect(calls).toBe(1)
})

it("promise 3: input and messages keep their types, too", async () => {
  const { id } = await begin(
    function* (ctx: Context, input: unknown) {
      return [input, yield* ctx.signal("go")]
    },
    [{ when: new Date(5), big: 7n }],
  )
  await evict(id)
  await runs.signal(id, "go", new Map([["a", new Uint8Array([9])]]))
  const record = await runs.get(id)
  expect(decode(record?.inputText ?? "")).toEqual([{ when: new Date(5), big: 7n }])
  expect(await resultOf(id)).toEqual([
    { when: new Date(5), big: 7n },
    new Map([["a", new Uint8Array([9])]]),
  ])
})
