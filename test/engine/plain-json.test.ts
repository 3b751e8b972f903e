// Plain JSON: what takes the fast path, how values are shown, when two are equal (promises 3, 4).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  canonicalJson,
  isPlainJson,
  PLAIN_CHARACTERS_MAX,
  toPlainJson,
  tryPlainJson,
} from "../../src/engine/values/plain-json.ts"

describe("promise 3: only what JSON keeps exactly takes the fast path", () => {
  const shared = {}
  const cases: readonly (readonly [string, unknown, boolean])[] = [
    ["plain data", { a: [1, "x", null, true, { b: -1.5 }] }, true],
    ["minus zero", [-0], false],
    ["NaN", NaN, false],
    ["undefined", { a: undefined }, false],
    // oxlint-disable-next-line no-sparse-arrays
    ["a hole", [1, , 2], false],
    ["a list with another member", Object.assign([1], { x: 1 }), false],
    ["a value met twice", [shared, shared], false],
    ["a Date", new Date(), false],
    ["a bigint", 1n, false],
    ["no prototype", Object.create(null), false],
    ["a member toJSON", { toJSON: 1 }, false],
    ["a member named by a symbol", { [Symbol("x")]: 1 }, false],
  ]
  test.each(cases)("%s", (_, value, expected) => {
    expect(isPlainJson(value)).toBe(expected)
  })

  test("what it accepts JSON gives back", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withSparseArray: true }), (value) => {
        if (isPlainJson(value)) expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value)
      }),
    )
  })
})

describe("values as plain JSON for an answer", () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  const shared = { n: 1 }
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ["bigint", 2n ** 64n, "18446744073709551616"],
    ["Date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["invalid Date", new Date(NaN), null],
    ["Map", new Map([["a", 1n]]), [["a", "1"]]],
    ["Set", new Set([1, undefined]), [1, null]],
    ["bytes", new Uint8Array([104, 105]), "aGk="],
    ["a view of bytes", new Uint8Array([0, 104, 105, 0]).subarray(1, 3), "aGk="],
    ["a buffer", new Uint8Array([104, 105]).buffer, "aGk="],
    ["undefined", undefined, null],
    ["NaN", NaN, null],
    ["Infinity inside", { a: Infinity }, { a: null }],
    ["a cycle", cyclic, ["[cycle]"]],
    ["a value met twice without a cycle", [shared, shared], [{ n: 1 }, { n: 1 }]],
    ["an error", new RangeError("x"), { name: "RangeError", message: "x" }],
    ["a URL", new URL("https://example.com/a"), "https://example.com/a"],
    ["a function", () => 1, null],
  ]
  test.each(cases)("%s", (_, value, expected) => {
    expect(toPlainJson(value)).toStrictEqual(expected)
  })

  test("100,000 bytes at once", () => {
    const bytes = new Uint8Array(100_000).fill(65)
    expect(toPlainJson(bytes)).toBe(Buffer.from(bytes).toString("base64"))
  })

  test("a key __proto__ is a key like any other", () => {
    const value: unknown = JSON.parse('{"__proto__": {"x": 1}}')
    expect(JSON.stringify(toPlainJson(value))).toBe('{"__proto__":{"x":1}}')
  })
})

describe("promise 4: one text per JSON value", () => {
  test("the order of keys does not matter, that of lists does", () => {
    expect(canonicalJson({ b: 1, a: [{ d: 1, c: 2 }] })).toBe('{"a":[{"c":2,"d":1}],"b":1}')
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
  })

  test("equal texts are equal values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

// Found by fuzzing: what is sixty short lists in the store would have been a JSON text longer than any memory.
describe("a view is bounded, whatever is shared inside the value", () => {
  function doubled(levels: number): unknown {
    let value: unknown = ["leaf"]
    for (let level = 0; level < levels; level++) value = [value, value]
    return value
  }

  test("lists that hold each other twice are shown as far as there is room", () => {
    const text = JSON.stringify(toPlainJson(doubled(60)))
    expect(text.length).toBeLessThan(PLAIN_CHARACTERS_MAX)
    expect(text.includes('"[cut]"')).toBe(true)
  })

  test("a long text that is met again and again, and a list that is mostly holes", () => {
    const long = "x".repeat(1_000_000)
    const text = JSON.stringify(toPlainJson(Array.from({ length: 1_000 }, () => long)))
    expect(text.length).toBeLessThan(PLAIN_CHARACTERS_MAX + 2_000_000)
    const holes: unknown[] = []
    holes.length = 2 ** 32 - 1
    holes[2 ** 31] = 1
    const shown = toPlainJson(holes) as unknown[]
    expect(shown.at(-1)).toBe("[cut]")
  })

  test.each([
    ["an address", new URL(`https://example.com/${"x".repeat(1_000_000)}`)],
    ["an expression", new RegExp("x".repeat(1_000_000))],
  ])("%s that is met again and again", (_, long) => {
    const text = JSON.stringify(toPlainJson(Array.from({ length: 200 }, () => long)))
    expect(text.length).toBeLessThan(PLAIN_CHARACTERS_MAX + 2_000_000)
    expect(text.includes('"[cut]"')).toBe(true)
  })

  test("a value deeper than any that can be stored, and an error whose name is none", () => {
    let deep: unknown = "leaf"
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(JSON.stringify(toPlainJson(deep)).includes('["[cut]"]')).toBe(true)
    expect(tryPlainJson(deep)).toBeUndefined()
    const nameless = Object.defineProperty(new Error("x"), "name", { value: undefined })
    expect(toPlainJson(nameless)).toEqual({ name: undefined, message: "x" })
  })

  test("at the edge nothing is cut, one past it something is, and then there is nothing to compare", () => {
    const fits = "x".repeat(PLAIN_CHARACTERS_MAX - 2)
    expect(toPlainJson(fits)).toBe(fits)
    expect(tryPlainJson(fits)).toEqual({ json: fits })
    expect(toPlainJson(`${fits}x`)).toBe("[cut]")
    expect(tryPlainJson(`${fits}x`)).toBeUndefined()
  })
})
