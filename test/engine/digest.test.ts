// The digest of an input: the same for the same input, whatever cannot be encoded (promise 10).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { digestOf } from "../../src/engine/values/digest.ts"
import { inputDigest } from "../../src/engine/values/input-digest.ts"
import { VALUE_DEPTH_MAX } from "../../src/engine/limits.ts"

describe("promise 10: the digest of an input", () => {
  test("is a whole number that SQLite and JavaScript keep exactly", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const digest = digestOf(text)
        expect(Number.isSafeInteger(digest) && digest >= 0).toBe(true)
        expect(digestOf(text)).toBe(digest)
      }),
    )
  })

  test("tells 100,000 similar texts apart", () => {
    const digests = new Set(
      Array.from({ length: 100_000 }, (_, index) => digestOf(`order-${index}`)),
    )
    expect(digests.size).toBe(100_000)
  })

  test("is the same in every process, because it is stored", () => {
    expect(inputDigest([])).toBe(digestOf("[]"))
    expect([digestOf(""), digestOf("a"), inputDigest([1, { a: "b" }]), inputDigest([1n])])
      .toMatchInlineSnapshot(`
      [
        7440794340955015,
        5601893866657829,
        8351987791018033,
        3660614369255157,
      ]
    `)
  })

  const differing: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ["numbers", [1], [2]],
    ["types", [1], ["1"]],
    ["lengths", [1], [1, undefined]],
    ["bigints", [1n], [2n]],
    ["zeros", [0], [-0]],
    ["Dates", [new Date(1)], [new Date(2)]],
    ["Maps", [new Map([["a", 1]])], [new Map([["a", 2]])]],
    ["bytes", [new Uint8Array([1])], [new Uint8Array([2])]],
    ["messages of errors", [new Error("a")], [new Error("b")]],
    ["kinds that cannot be encoded", [() => 1], [Symbol("x")]],
  ]
  test.each(differing)("tells %s apart", (_, left, right) => {
    expect(inputDigest(left)).not.toBe(inputDigest(right))
  })

  const same: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ["errors from other places", [new Error("a")], [JSON.parse("{}") && new Error("a")]],
    ["functions", [() => 1], [function other() {}]],
    [
      "instances of classes",
      [
        new (class A {
          x = 1
        })(),
      ],
      [
        new (class B {
          y = 2
        })(),
      ],
    ],
    ["promises", [Promise.resolve(1)], [Promise.resolve(2)]],
    ["platform objects", [new Headers()], [new Headers({ a: "b" })]],
  ]
  test.each(same)("sees no difference between %s", (_, left, right) => {
    expect(inputDigest(left)).toBe(inputDigest(right))
  })

  test("never throws, whatever a workflow passes to a step", () => {
    const cyclic: Record<string, unknown> = { f: () => 1 }
    cyclic["self"] = cyclic
    const hostile = {
      get boom() {
        throw new Error("no")
      },
    }
    const proxy = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error("no")
        },
        ownKeys() {
          throw new Error("no")
        },
      },
    )
    for (const value of [cyclic, hostile, proxy, { deeper: hostile }, Object.create(null)]) {
      expect(inputDigest([value])).toBe(inputDigest([value]))
    }
  })

  test("does not depend on how much stack is left, however deep the input", () => {
    const nested = (levels: number) => {
      let value: unknown = 1n
      for (let level = 0; level < levels; level++) value = [value]
      return value
    }
    const deeper = (frames: number, then: () => number): number =>
      frames === 0 ? then() : deeper(frames - 1, then)
    for (const levels of [VALUE_DEPTH_MAX - 1, VALUE_DEPTH_MAX + 1, 3_000, 100_000]) {
      const value = nested(levels)
      expect(deeper(1_000, () => inputDigest([value]))).toBe(inputDigest([value]))
    }
    // What is deeper than a value may be is known by its kind alone, so that no stack decides.
    expect(inputDigest([nested(VALUE_DEPTH_MAX + 1)])).toBe(inputDigest([nested(100_000)]))
  })
})
