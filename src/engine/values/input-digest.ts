// Input digest: the fingerprint of an operation's input (promise 10).
// Owns: what counts as the same input: synchronous, errors without their stack, what cannot be encoded by its kind alone.

import { stringify } from "devalue"
import { digestOf } from "./digest.ts"
import { VALUE_DEPTH_MAX } from "../limits.ts"
import { isPlainJson, isPlainPrimitive } from "./plain-json.ts"
import { isDeeperThan } from "./value-depth.ts"

/** The digest of an input that has no parts, precomputed because most operations have none. */
const EMPTY = digestOf("[]")

/** A 53-bit number, equal for equal inputs in every process. Never throws. */
export function inputDigest(input: readonly unknown[]): number {
  if (input.length === 0) return EMPTY
  try {
    // Most inputs have no parts within their parts, and then JSON needs no further look.
    if (input.every(isPlainPrimitive) || isPlainJson(input)) return digestOf(JSON.stringify(input))
    if (isDeeperThan(input, VALUE_DEPTH_MAX)) return shapeDigest(input)
    return digestOf(stringify(input, lenientReducers))
  } catch {
    // A getter or a proxy of the user's that throws: the shape of the list is what is left.
    return shapeDigest(input)
  }
}

function shapeDigest(input: readonly unknown[]): number {
  return digestOf(input.map((item) => typeof item).join())
}

function kindOf(value: unknown): string | false {
  if (typeof value === "function" || typeof value === "symbol") return typeof value
  if (typeof value !== "object" || value === null || value instanceof Error) return false
  if (typeof (value as { then?: unknown }).then === "function") return "promise"
  const tag = Object.prototype.toString.call(value)
  if (tag !== "[object Object]")
    return ENCODABLE_TAGS.has(tag) || ArrayBuffer.isView(value) ? false : tag
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? false : "instance"
}

const ENCODABLE_TAGS = new Set(
  ["Array", "Date", "Map", "Set", "RegExp", "URL", "URLSearchParams", "ArrayBuffer"].map(
    (name) => `[object ${name}]`,
  ),
)

const lenientReducers = {
  Kind: kindOf,
  Error: (value: unknown) =>
    value instanceof Error && {
      name: value.name,
      message: value.message,
      code: String((value as { code?: unknown }).code),
    },
}
