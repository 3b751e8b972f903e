// Codec: values to text and back, so that what a replay would see is what the workflow sees at once (promise 3).
// Owns: the stored format. Plain JSON stands as it is; everything else is devalue's text behind a "!".
// Must not touch: storage, limits of rows (the store cuts long texts into chunks).
//   C1. decode(encode(value)) is a fresh copy, equal in type and identity structure.
//   C2. What cannot be stored throws EncodingError naming the path inside the value; nothing is dropped silently.

import { DevalueError, parse, stringify } from "devalue"
import { bareError, textOfThrown, withoutUnstorable } from "./bare-error.ts"
import { errorReducers, errorRevivers } from "./error-codec.ts"
import { DecodingError, EncodingError } from "../errors.ts"
import { isPlainJson } from "./plain-json.ts"
import { isDeeperThan } from "./value-depth.ts"
import { pathOfThrower } from "./value-path.ts"
import { VALUE_BYTES_MAX, VALUE_DEPTH_MAX } from "../limits.ts"

/** First character of a text that is not plain JSON; no JSON text begins with it. */
const RICH = "!"

const UNDEFINED_TEXT = `${RICH}-1`

/**
 * The stored text of a value.
 * @param bytesMax of the whole in UTF-8; 16 MiB unless given.
 * @throws EncodingError when a part cannot be stored or the whole passes the limit.
 */
export function encode(value: unknown, bytesMax = VALUE_BYTES_MAX): string {
  const text = encodeUnbounded(value)
  // A UTF-16 unit takes at most three bytes, so most texts need no count.
  if (text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax) {
    throw new EncodingError(
      `The value takes more than ${bytesMax} bytes; keep it in a store and pass a reference.`,
      "",
    )
  }
  return text
}

/**
 * The value behind a stored text: always a fresh copy.
 * @throws DecodingError for a text that `encode` does not write
 */
export function decode(text: string): unknown {
  if (text === UNDEFINED_TEXT) return undefined
  try {
    return text.charCodeAt(0) === 33 ? parse(text.slice(1), revivers) : JSON.parse(text)
  } catch (error) {
    throw new DecodingError(
      `A stored text cannot be read: ${textOfThrown(error)}. Restore it from where it was stored.`,
    )
  }
}

/**
 * The stored text of something thrown. Never throws: parts that cannot be stored are left out, because the error
 * itself must reach the caller.
 */
export function encodeThrown(thrown: unknown): string {
  const whole = tryEncode(thrown)
  if (whole !== undefined) return whole
  if (!isError(thrown)) {
    return encode(new Error(`Something was thrown that cannot be stored: a ${typeof thrown}.`))
  }
  const isStorable = (value: unknown) => tryEncode(value) !== undefined
  return tryEncode(withoutUnstorable(thrown, isStorable)) ?? encode(bareError(thrown))
}

function tryEncode(value: unknown): string | undefined {
  try {
    return encode(value)
  } catch {
    // The caller says what is done instead.
    return undefined
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    // A proxy of the user's that throws is no error.
    return false
  }
}

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A surrogate pair is two units and four bytes.
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(index + 1)
      if (next >= 0xdc00 && next <= 0xdfff) {
        index++
      }
    }
  }
  return bytes
}

function encodeUnbounded(value: unknown): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value)
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return String(value)
      break
    case "undefined":
      return UNDEFINED_TEXT
    default:
      break
  }
  try {
    return typeof value === "object" && isPlainJson(value)
      ? JSON.stringify(value)
      : RICH + stringifyRich(value)
  } catch (error) {
    throw refusalOf(error, value)
  }
}

function stringifyRich(value: unknown): string {
  if (isDeeperThan(value, VALUE_DEPTH_MAX)) {
    throw new EncodingError(
      `The value is nested on more than ${VALUE_DEPTH_MAX} levels; store it as a flat list instead.`,
      "",
    )
  }
  return stringify(value, reducers)
}

/** Whatever went wrong, a getter of the user's included, comes out as one kind of error. */
function refusalOf(error: unknown, value: unknown): EncodingError {
  if (error instanceof EncodingError) return error
  if (error instanceof DevalueError) {
    return new EncodingError(
      `The value at "${error.path || "."}" cannot be stored: ${error.message}. Return plain data instead.`,
      error.path,
    )
  }
  const path = pathOfThrower(value, VALUE_DEPTH_MAX)
  const reason = `reading it threw: ${textOfThrown(error)}`
  return new EncodingError(`The value at "${path || "."}" cannot be stored: ${reason}.`, path)
}

/** A view over part of a larger buffer is stored tight, not with the whole buffer behind it. */
function tightView(value: unknown): unknown {
  if (!ArrayBuffer.isView(value) || value.byteLength === value.buffer.byteLength) return false
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  if (value instanceof DataView) return new DataView(bytes.buffer)
  const ViewClass = viewClasses[Object.prototype.toString.call(value).slice(8, -1)]
  return ViewClass === undefined ? bytes : new ViewClass(bytes.buffer)
}

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView

/** Younger than the library's types, and not in every runtime. */
const { Float16Array } = globalThis as { Float16Array?: ViewClass }

const viewClasses: Readonly<Record<string, ViewClass | undefined>> = {
  Float16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
}

const reducers = { ...errorReducers, View: tightView }
const revivers = { ...errorRevivers, View: (view: unknown) => view }
