// Codec: values to text and back, so that what a replay would see is what the workflow sees at once (promise 3).
// Owns: the stored format. Plain JSON stands as it is; everything else is devalue's text behind a "!".
// Must not touch: storage, limits of rows (the store cuts long texts into chunks).
//   C1. decode(encode(value)) is a fresh copy, equal in type and identity structure.
//   C2. What cannot be stored throws EncodingError naming the path inside the value; nothing is dropped silently.

import { DevalueError, parse, stringify } from "devalue"
import { errorReducers, errorRevivers } from "./error-codec.ts"
import { EncodingError } from "./errors.ts"
import { isPlainJson } from "./plain-json.ts"
import { VALUE_BYTES_MAX } from "./limits.ts"

/** First character of a text that is not plain JSON; no JSON text begins with it. */
const RICH = "!"

const UNDEFINED_TEXT = `${RICH}-1`

/**
 * The stored text of a value.
 * @throws EncodingError when a part cannot be stored or the whole passes 16 MiB.
 */
export function encode(value: unknown): string {
  const text = encodeUnbounded(value)
  // A UTF-16 unit takes at most three bytes, so most texts need no count.
  if (text.length * 3 > VALUE_BYTES_MAX && utf8Bytes(text) > VALUE_BYTES_MAX) {
    throw new EncodingError(
      `The value takes more than ${VALUE_BYTES_MAX} bytes; keep it in a store and pass a reference.`,
      "",
    )
  }
  return text
}

/** The value behind a stored text: always a fresh copy. */
export function decode(text: string): unknown {
  if (text.charCodeAt(0) !== 33) return JSON.parse(text)
  if (text === UNDEFINED_TEXT) return undefined
  return parse(text.slice(1), revivers)
}

/**
 * The stored text of something thrown. Never throws: parts that cannot be stored are left out, because the error
 * itself must reach the caller.
 */
export function encodeThrown(thrown: unknown): string {
  try {
    return encode(thrown)
  } catch {
    if (thrown instanceof Error) {
      const { name, message, stack } = thrown
      const code: unknown = (thrown as { code?: unknown }).code
      const bare = Object.assign(new Error(message.slice(0, 10_000)), { name, stack })
      if (typeof code === "string" || typeof code === "number") Object.assign(bare, { code })
      return encodeUnbounded(bare)
    }
    return encodeUnbounded(new Error(`A step threw a ${typeof thrown} that cannot be stored.`))
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
    case "object":
      if (isPlainJson(value)) return JSON.stringify(value)
      break
    default:
      break
  }
  return RICH + stringifyRich(value)
}

function stringifyRich(value: unknown): string {
  try {
    return stringify(value, reducers)
  } catch (error) {
    if (error instanceof DevalueError) {
      throw new EncodingError(
        `The value at "${error.path || "."}" cannot be stored: ${error.message}. Return plain data instead.`,
        error.path,
      )
    }
    if (error instanceof RangeError) {
      throw new EncodingError("The value is nested too deeply to be stored.", "")
    }
    throw new EncodingError(`The value cannot be stored: ${String(error)}`, "")
  }
}

/** A view over part of a larger buffer is stored tight, not with the whole buffer behind it. */
function tightView(value: unknown): unknown {
  if (!ArrayBuffer.isView(value) || value.byteLength === value.buffer.byteLength) return false
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  if (value instanceof DataView) return new DataView(bytes.buffer)
  const ViewClass = viewClasses[Object.prototype.toString.call(value).slice(8, -1)]
  return ViewClass === undefined ? bytes : new ViewClass(bytes.buffer)
}

const viewClasses: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayBufferView>> = {
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
