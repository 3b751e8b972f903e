// Codec fuzzer: any value in, any text out of the store: what comes back is what went in, or one kind of error; and
// whatever comes back can be shown, in bounded time and memory, with nobody's prototype changed.
// Owns: the arbitraries and the property. Needs no process of ours.

import { isDeepStrictEqual } from "node:util"
import * as fc from "fast-check"
import { decode, encode } from "../../src/engine/values/codec.ts"
import { DecodingError, EncodingError } from "../../src/engine/errors.ts"
import { inputDigest } from "../../src/engine/values/input-digest.ts"
import { PLAIN_CHARACTERS_MAX, toPlainJson } from "../../src/engine/values/plain-json.ts"
import type { Fuzzer } from "./fuzzer.ts"
import { count, search, type Finding, type Tally } from "./search.ts"
import type { FuzzWorld } from "./fuzz-world.ts"
import { HOSTILE_TEXTS } from "./hostile-text.ts"

const CASES = 25

/** One case takes microseconds, a value without end as much as its bound allows; more is somebody's quadratic. */
const CASE_MS_MAX = 5_000

export class CodecFuzzer implements Fuzzer {
  readonly name = "codec"

  round(_world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    return searchCodec(seed, CASES, tally, CASE_MS_MAX)
  }
}

/** @param caseMsMax how long a case may take: for a machine that does nothing else. */
export function searchCodec(
  seed: number,
  cases: number,
  tally: Tally,
  caseMsMax = Number.POSITIVE_INFINITY,
): Promise<Finding | undefined> {
  return search(
    "codec",
    codecCase,
    { seed, cases },
    (one) => {
      const startedMs = performance.now()
      const problem = faultOf(one, tally)
      const tookMs = performance.now() - startedMs
      return problem ?? pollution() ?? (tookMs > caseMsMax ? `it took ${tookMs} ms` : undefined)
    },
    (one) => shown(one).slice(0, 3_000),
  )
}

function shown(one: CodecCase): string {
  switch (one.kind) {
    case "text":
      return JSON.stringify(one.text)
    case "value":
      return fc.stringify(one.value)
    case "shared":
      return encode(one.value)
  }
}

type CodecCase =
  | { readonly kind: "value"; readonly value: unknown }
  /** A comparison part by part would never end: what is shared is shared again if the texts are the same. */
  | { readonly kind: "shared"; readonly value: unknown }
  | { readonly kind: "text"; readonly text: string }

function faultOf(one: CodecCase, tally: Tally): string | undefined {
  switch (one.kind) {
    case "value":
      return valueFault(one.value, isDeepStrictEqual, tally)
    case "shared":
      return valueFault(one.value, (left, right) => encode(left) === encode(right), tally)
    case "text":
      return textFault(one.text, tally)
  }
}

function valueFault(
  value: unknown,
  isSame: (left: unknown, right: unknown) => boolean,
  tally: Tally,
): string | undefined {
  let text: string
  try {
    inputDigest([value])
    text = encode(value)
  } catch (error) {
    count(tally, "value refused")
    return error instanceof EncodingError ? undefined : `encode threw ${String(error)}`
  }
  count(tally, "value kept")
  const back = decode(text)
  if (!isSame(back, value)) return `another value came back: ${text.slice(0, 500)}`
  return shownFault(back)
}

function textFault(text: string, tally: Tally): string | undefined {
  let value: unknown
  try {
    value = decode(text)
  } catch (error) {
    count(tally, "text refused")
    return error instanceof DecodingError ? undefined : `decode threw ${String(error)}`
  }
  count(tally, "text read")
  return shownFault(value)
}

/** Whatever stands in the store can be shown and stored once more, or is refused by name. */
function shownFault(value: unknown): string | undefined {
  const shown = JSON.stringify(toPlainJson(value)) ?? "null"
  if (shown.length > PLAIN_CHARACTERS_MAX * 2) return `the view has ${shown.length} characters`
  try {
    encode(value)
  } catch (error) {
    if (!(error instanceof EncodingError)) return `encode threw ${String(error)}`
  }
  return undefined
}

const OWN_NAMES = Object.getOwnPropertyNames(Object.prototype).length

function pollution(): string | undefined {
  if (Object.getOwnPropertyNames(Object.prototype).length !== OWN_NAMES)
    return "Object.prototype was changed"
  return Reflect.has(Error.prototype, "polluted") ? "Error.prototype was changed" : undefined
}

const key = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom("__proto__", "constructor", "prototype", "toJSON", "then", "polluted"),
)

const anyValue = fc.anything({
  key,
  maxDepth: 5,
  withBigInt: true,
  withBoxedValues: false,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
  withUnicodeString: true,
})

/** Lists that hold each other twice: a short text, and a value without end when it is written out. */
const laughs = fc
  .tuple(fc.integer({ min: 2, max: 90 }), fc.constantFrom("list", "object", "map"))
  .map(([levels, form]) => {
    let value: unknown = "ha"
    for (let level = 0; level < levels; level++) {
      if (form === "list") value = [value, value]
      else if (form === "object") value = { a: value, b: value }
      else
        value = new Map([
          ["a", value],
          ["b", value],
        ])
    }
    return value
  })

const cyclic = fc.anything({ key, maxDepth: 2 }).map((inside) => {
  const value: Record<string, unknown> = { inside }
  value["self"] = [value]
  return value
})

const deep = fc
  .tuple(fc.constantFrom(199, 200, 201, 499, 500, 501, 5_000), anyValue)
  .map(([levels, leaf]) => {
    let value: unknown = leaf
    for (let level = 0; level < levels; level++) value = [value]
    return value
  })

const unstorable = fc.constantFrom<unknown>(
  () => 1,
  Symbol("x"),
  new WeakMap(),
  Promise.resolve(1),
  new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no keys")
      },
    },
  ),
  {
    get bad() {
      throw new Error("no value")
    },
  },
  new (class Own {
    readonly x = 1
  })(),
)

const TYPES = [
  "Date",
  "Set",
  "Map",
  "RegExp",
  "Object",
  "BigInt",
  "null",
  "Uint8Array",
  "ArrayBuffer",
  "URL",
  "Error",
  "View",
  "Nobody",
  "__proto__",
  "constructor",
]

/** As the store's texts are built: a list of parts that name each other by their places. */
const reference = fc.oneof(
  fc.nat(6),
  fc.integer({ min: -8, max: -1 }),
  fc.constantFrom<unknown>(2 ** 31, 1.5, "0", null),
)
const part = fc.oneof(
  fc.array(reference, { maxLength: 5 }),
  fc.dictionary(key, reference, { maxKeys: 3 }),
  fc.tuple(
    fc.constantFrom(...TYPES),
    fc.oneof(reference, fc.constantFrom<unknown>("AAAA", "x", "9".repeat(5_000), "(a+)+$")),
    fc.oneof(reference, fc.constantFrom<unknown>("g", "zz")),
  ),
  fc.constantFrom<unknown>(
    [-7, 4_294_967_295, 0, 1],
    [-7, 1e9],
    "text",
    1,
    null,
    true,
    ...HOSTILE_TEXTS.slice(0, 20),
  ),
)
const builtText = fc
  .array(part, { minLength: 1, maxLength: 8 })
  .map((parts) => `!${JSON.stringify(parts)}`)

const chain = fc
  .integer({ min: 2, max: 30_000 })
  .map(
    (length) =>
      `![${Array.from({ length }, (_, index) => `[${Math.min(index + 1, length - 1)}]`).join(",")}]`,
  )

const laughingText = fc
  .integer({ min: 2, max: 60 })
  .map(
    (length) =>
      `![${Array.from({ length }, (_, index) => `[${index + 1},${index + 1}]`).join(",")},"ha"]`,
  )

const bentText = fc
  .tuple(anyValue, fc.nat(), fc.nat(), fc.string({ maxLength: 4 }))
  .map(([value, from, length, put]) => {
    let text: string
    try {
      text = encode(value)
    } catch {
      // Refused: any other text will do.
      text = "!-1"
    }
    const at = from % (text.length + 1)
    return text.slice(0, at) + put + text.slice(at + (length % 4))
  })

const codecCase: fc.Arbitrary<CodecCase> = fc.oneof(
  laughs.map((value) => ({ kind: "shared" as const, value })),
  ...[anyValue, cyclic, deep, unstorable].map((each) =>
    each.map((value) => ({ kind: "value" as const, value })),
  ),
  ...[builtText, builtText, bentText, laughingText, chain, fc.string(), fc.json()].map((each) =>
    each.map((text) => ({ kind: "text" as const, text })),
  ),
)
