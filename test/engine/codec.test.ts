// The codec: every kind of value comes back as what it was, limits at the edge and one past (promise 3).

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decode, encode, utf8Bytes } from "../../src/engine/values/codec.ts"
import { DecodingError, EncodingError } from "../../src/engine/errors.ts"
import { VALUE_BYTES_MAX, VALUE_DEPTH_MAX } from "../../src/engine/limits.ts"

function stored(value: unknown): unknown {
  return decode(encode(value))
}

function refusal(value: unknown): EncodingError {
  try {
    encode(value)
  } catch (error) {
    if (error instanceof EncodingError) return error
    throw error
  }
  throw new Error("The value was stored.")
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

class Point {
  x = 1
}

describe("promise 3: a value comes back as what it was", () => {
  const cyclic: { self?: unknown; list: unknown[] } = { list: [] }
  cyclic.self = cyclic
  cyclic.list.push(cyclic)
  const values: readonly (readonly [string, unknown])[] = [
    ["undefined", undefined],
    ["null", null],
    ["true", true],
    ["an empty text", ""],
    ["a text with a null byte", "a\u0000b"],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate beside a bigint", ["\ud800", "\udc00x", 1n]],
    ["an emoji", "👩‍🚀"],
    ["line separators", { "\u2028": "\u2029<script>" }],
    ["a text that begins like the stored format", "!-1"],
    ["zero", 0],
    ["minus zero", -0],
    ["minus zero in a list", [-0, 0]],
    ["NaN", NaN],
    ["NaN inside", { a: [NaN] }],
    ["Infinity", Infinity],
    ["minus Infinity", [-Infinity]],
    ["the largest integer", Number.MAX_SAFE_INTEGER],
    ["a bigint", 2n ** 128n - 1n],
    ["a negative bigint inside", { amount: -5n }],
    ["a Date", new Date(1_767_225_600_123)],
    ["an invalid Date", new Date(NaN)],
    [
      "a Map with keys of any type",
      new Map<unknown, unknown>([
        [{ a: 1 }, "x"],
        [NaN, new Map()],
      ]),
    ],
    ["a Set", new Set([1, "a", undefined])],
    ["a RegExp", /a+"b/giu],
    ["a URL", new URL("https://example.com/a?b=c#d")],
    ["an undefined member", { a: undefined, b: 1 }],
    ["an undefined in a list", [undefined, 1]],
    // oxlint-disable-next-line no-sparse-arrays
    ["a hole", [1, , 3]],
    ["an object without prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    ["a key __proto__", JSON.parse('{"__proto__": 1}')],
    ["a member toJSON", { toJSON: 5 }],
    ["a cycle", cyclic],
    ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
    ["an empty view", new Uint8Array(0)],
    ["Uint8Array", new Uint8Array([0, 255])],
    ["Int8Array", new Int8Array([-128, 127])],
    ["Uint8ClampedArray", new Uint8ClampedArray([0, 255])],
    ["Int16Array", new Int16Array([-32768, 32767])],
    ["Uint16Array", new Uint16Array([0, 65535])],
    ["Int32Array", new Int32Array([-(2 ** 31), 2 ** 31 - 1])],
    ["Uint32Array", new Uint32Array([0, 2 ** 32 - 1])],
    ["Float32Array", new Float32Array([1.5, NaN, -0])],
    ["Float64Array", new Float64Array([Math.PI, Infinity])],
    ["BigInt64Array", new BigInt64Array([-(2n ** 63n)])],
    ["BigUint64Array", new BigUint64Array([2n ** 64n - 1n])],
    ["a DataView", new DataView(new Uint8Array([1, 2, 3]).buffer)],
  ]
  test.each(values)("%s", (_, value) => {
    expect(stored(value)).toStrictEqual(value)
  })

  test("a value met twice stays one value", () => {
    const shared = { n: 1 }
    const copy = stored({ left: shared, right: [shared] }) as { left: unknown; right: unknown[] }
    expect(copy.right[0]).toBe(copy.left)
  })

  test("what comes back is a fresh copy each time", () => {
    const text = encode({ list: [1] })
    expect(decode(text)).not.toBe(decode(text))
  })

  test("whatever JSON can say", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stored(value)).toStrictEqual(value)
      }),
    )
  })

  test("whatever the codec takes", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        let text: string
        try {
          text = encode(value)
        } catch (error) {
          expect(error).toBeInstanceOf(EncodingError)
          return
        }
        expect(decode(text)).toStrictEqual(value)
      }),
    )
  })
})

describe("promise 3: a view is stored tight, without the buffer behind it", () => {
  const buffer = new ArrayBuffer(1_000_000)
  new Uint8Array(buffer).fill(7)
  const { Float16Array } = globalThis as unknown as { Float16Array: typeof Float32Array }
  const views = [
    new Uint8Array(buffer, 8, 4),
    new Int16Array(buffer, 8, 4),
    new Float64Array(buffer, 8, 1),
    new BigInt64Array(buffer, 8, 1),
    new Uint8ClampedArray(buffer, 8, 0),
    new Float16Array(buffer, 8, 2),
    new DataView(buffer, 3, 5),
  ].map((view) => [view.constructor.name, view] as const)

  test.each(views)("%s", (_, view) => {
    const text = encode(view)
    expect(text.length).toBeLessThan(200)
    const copy = decode(text) as typeof view
    expect(copy.constructor).toBe(view.constructor)
    expect(copy.byteLength).toBe(view.byteLength)
    expect(copy.buffer.byteLength).toBe(view.byteLength)
  })

  test("a Buffer out of Node's pool comes back as the bytes it shows", () => {
    expect(stored(Buffer.from("hello"))).toStrictEqual(new TextEncoder().encode("hello"))
  })

  test("one view met twice stays one view", () => {
    const view = new Uint8Array(buffer, 8, 4)
    const [left, right] = stored([view, view]) as unknown[]
    expect(right).toBe(left)
  })
})

describe("promise 3: what cannot be stored is refused, naming the path inside the value", () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ["a function", { a: { b: [() => 1] } }, ".a.b[0]"],
    ["a symbol", [1, Symbol("x")], "[1]"],
    ["an instance of a class", { at: new Point() }, ".at"],
    ["a promise", { later: Promise.resolve(1) }, ".later"],
    ["a member named by a symbol", { a: { [Symbol("x")]: 1 } }, ".a"],
    ["a function in a Map", new Map([["k", () => 1]]), '.get("k")'],
    ["a WeakMap", { map: new WeakMap() }, ".map"],
    ["a platform object", { headers: new Headers() }, ".headers"],
    ["shared memory", { bytes: new Uint8Array(new SharedArrayBuffer(8)) }, ".bytes"],
  ]
  test.each(refused)("%s", (_, value, path) => {
    const error = refusal(value)
    expect(error).toMatchObject({ path, code: "encoding", nonRetryable: true })
    expect(error.message).toContain(path)
  })

  test("a getter that throws", () => {
    const value = {
      get boom() {
        throw new Error("no")
      },
    }
    expect(refusal(value)).toMatchObject({ path: ".boom", message: expect.stringContaining("no") })
    expect(refusal([1n, { "a b": value }]).path).toBe('[1]["a b"].boom')
    expect(refusal(new Map([["k", [value]]])).path).toBe('.get("k")[0].boom')
    expect(refusal(new Set([value])).path).toBe(".get(...).boom")
  })

  test("a proxy that throws", () => {
    const value = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error("no")
        },
      },
    )
    expect(refusal(value).path).toBe("")
    expect(refusal({ list: [value] }).message).toContain('".list[0]" cannot be stored')
  })
})

describe("promise 3: limits", () => {
  const wraps: readonly (readonly [string, (inner: unknown) => unknown])[] = [
    ["lists", (inner) => [inner]],
    ["objects", (inner) => ({ inner })],
    ["Maps", (inner) => new Map([["inner", inner]])],
    ["Sets", (inner) => new Set([inner])],
    ["causes of errors", (inner) => new Error("outer", { cause: inner })],
  ]
  test.each(wraps)(
    "%s nested as deeply as allowed are stored, one level more is refused",
    (_, wrap) => {
      const text = encode(nested(VALUE_DEPTH_MAX, wrap))
      expect(encode(decode(text))).toBe(text)
      expect(refusal(nested(VALUE_DEPTH_MAX + 1, wrap)).message).toContain("nested")
      expect(refusal(nested(100_000, wrap)).message).toContain("nested")
    },
  )

  test("a text of exactly 16 MiB is stored, one byte more is refused", () => {
    const quotes = 2
    expect(encode("x".repeat(VALUE_BYTES_MAX - quotes)).length).toBe(VALUE_BYTES_MAX)
    expect(refusal("x".repeat(VALUE_BYTES_MAX - quotes + 1)).message).toContain(
      String(VALUE_BYTES_MAX),
    )
  })

  test("the limit counts bytes, not characters", () => {
    const three = "€".repeat(Math.floor((VALUE_BYTES_MAX - 2) / 3))
    expect(utf8Bytes(encode(three))).toBeLessThanOrEqual(VALUE_BYTES_MAX)
    expect(refusal(`${three}€`)).toBeInstanceOf(EncodingError)
  })
})

test("bytes of a text are counted as UTF-8 has them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length)
    }),
  )
  expect(utf8Bytes("\ud800")).toBe(3)
  expect(utf8Bytes("\udc00\ud800a")).toBe(7)
})

// Found by fuzzing: each of these threw an error of another kind, the last one the engine's own stack overflow.
describe("a text that the codec did not write", () => {
  test.each([
    "",
    "{",
    "!",
    "!{}",
    "![]",
    "!-7",
    "![[0",
    '![["Nobody",1],1]',
    '![["Error",1],null]',
    '![["Error",0]]',
    '![["Error","AAAA",0]]',
    '![["BigInt","x"]]',
    '![["Uint8Array",1],["ArrayBuffer",7]]',
    '![{"__proto__":1},{"polluted":true}]',
    `![${Array.from({ length: 20_000 }, (_, index) => `[${index + 1}]`).join(",")}]`,
  ])("%.40s is refused with one kind of error, and pollutes nothing", (text) => {
    expect(() => decode(text)).toThrow(DecodingError)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
