// Body arbitrary: bodies near a route's own, and far from it, as bytes.
// Owns: how a body that a route takes is bent: in its members, in its text, in its bytes. Pure.

import * as fc from "fast-check"
import { hostileJson, hostileText } from "./hostile-text.ts"

const encoder = new TextEncoder()

/** Bytes of a body, or none. @param example a body the route takes, if it takes one */
export function bodyArbitrary(example: unknown): fc.Arbitrary<Uint8Array | undefined> {
  const near = example === undefined ? hostileJson : bentValue(example)
  const own = encoder.encode(JSON.stringify(example) ?? "")
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(own) },
    { weight: 6, arbitrary: near.map(jsonText).map((text) => encoder.encode(text)) },
    { weight: 2, arbitrary: fc.tuple(near, fc.nat(), textBend).map(bendText) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_BODIES).map((text) => encoder.encode(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
    { weight: 1, arbitrary: fc.tuple(near, fc.uint8Array({ maxLength: 4 }), fc.nat()).map(splice) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

/** The value with one or two of its parts changed, left out or added. */
function bentValue(example: unknown): fc.Arbitrary<unknown> {
  const bend = fc.record({
    at: fc.nat(),
    how: fc.constantFrom("replace", "drop", "add", "deepen", "keep", "keep"),
    name: fc.oneof(hostileText, fc.constantFrom("reason", "wait", "id", "input", "__proto__")),
    value: hostileJson,
    levels: fc.constantFrom(1, 199, 201, 495, 501, 2_000),
  })
  return fc.tuple(bend, bend).map(([first, second]) => bent(bent(example, first), second))
}

interface Bend {
  readonly at: number
  readonly how: string
  readonly name: string
  readonly value: unknown
  readonly levels: number
}

function bent(value: unknown, bend: Bend): unknown {
  const copy: unknown = structuredClone(value)
  const places = placesOf(copy)
  const place = places[bend.at % Math.max(places.length, 1)]
  if (bend.how === "keep") return copy
  if (place === undefined) return bend.how === "replace" ? bend.value : copy
  const { holder, key } = place
  if (bend.how === "drop") Reflect.deleteProperty(holder, key)
  else if (bend.how === "add") define(holder, bend.name, bend.value)
  else define(holder, key, bend.how === "deepen" ? nested(bend.levels, bend.value) : bend.value)
  return copy
}

/** As a member of its own, `__proto__` too. */
function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** The text alone is deep: this process must not recurse over it. */
function nested(levels: number, value: unknown): unknown {
  return { [DEEP]: levels, value }
}

const LEVELS_MAX = 2_000

/** Stands for brackets that are written by `jsonText` alone. */
const DEEP = "\u0001deep"

function placesOf(value: unknown): { holder: object; key: string }[] {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => [
    { holder: value, key },
    ...placesOf(part),
  ])
}

function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? ""
  const pattern = new RegExp(
    `\\{"${JSON.stringify(DEEP).slice(1, -1).replaceAll("\\", "\\\\")}":(\\d+),"value":`,
    "g",
  )
  const depths: number[] = []
  const opened = text.replaceAll(pattern, (_, digits: string) => {
    // A second bend may have put any number there.
    const levels = Math.min(Number(digits), LEVELS_MAX)
    depths.push(levels)
    return `${"[".repeat(levels)}{"v":`
  })
  // Where the object ended, its brackets are closed behind the whole: mostly not JSON, as it may be.
  const closing = depths.map((levels) => "]".repeat(levels)).join("")
  return depths.length === 0 ? opened : closeDeep(opened, closing)
}

function closeDeep(text: string, closing: string): string {
  const start = text.lastIndexOf('{"v":')
  const end = text.indexOf("}", start)
  return end === -1 ? text + closing : text.slice(0, end + 1) + closing + text.slice(end + 1)
}

const textBend = fc.constantFrom("truncate", "double", "duplicate", "comment", "bom", "hugeNumber")

function bendText([value, at, how]: [unknown, number, string]): Uint8Array {
  const text = jsonText(value)
  switch (how) {
    case "truncate":
      return encoder.encode(text.slice(0, at % (text.length + 1)))
    case "double":
      return encoder.encode(text + text)
    case "duplicate":
      return encoder.encode(text.replace("{", '{"workflow":"x","id":1,"amount":-5,'))
    case "comment":
      return encoder.encode(`${text}//`)
    case "bom":
      return encoder.encode(`\ufeff${text}`)
    default:
      return encoder.encode(text.replace(/\d+/, `1${"0".repeat(400)}`))
  }
}

function splice([value, bytes, at]: [unknown, Uint8Array, number]): Uint8Array {
  const text = encoder.encode(jsonText(value))
  const index = at % (text.length + 1)
  return Uint8Array.from([...text.subarray(0, index), ...bytes, ...text.subarray(index)])
}

const ODD_BODIES: readonly string[] = [
  "",
  " ",
  "null",
  "undefined",
  "NaN",
  "[",
  "]",
  "{}",
  '{"a":1,"a":2}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":{"x":1},"y":1e400}',
  "1e400",
  "-0",
  '"\\ud800"',
  '"\\u0000"',
  "[".repeat(499) + "]".repeat(499),
  "[".repeat(500) + "]".repeat(500),
  "[".repeat(501) + "]".repeat(501),
  "[".repeat(200_000),
  `{"a":${"[".repeat(100_000)}`,
  `"${"\\".repeat(100_001)}"`,
  `[${"0,".repeat(200_000)}0]`,
  `{"k":"${"x".repeat(1024 * 1024 - 8)}"}`,
  `{"k":"${"x".repeat(1024 * 1024 - 7)}"}`,
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  "a=1&b=2",
]
