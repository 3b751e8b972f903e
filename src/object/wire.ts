// Wire: what crosses between the client and a run object, in both directions.
// Owns: how a long text is sent. The platform sends 32 MiB in one call at the most, and a string with a single wide
// character in it takes two bytes for each of its units; as UTF-8 it takes what the limit of a value counts.

/** The same shape with its long texts as bytes. */
export type Packed<T> = T extends string
  ? T | Uint8Array
  : T extends object
    ? { [K in keyof T]: Packed<T[K]> }
    : T

/** Shorter texts stay as they are: far from any limit, and cheaper so. */
const LONG_UNITS = 100_000

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** @param value plain data: objects, lists, texts, numbers. */
export function pack<T>(value: T): Packed<T> {
  if (!hasPart(value, isLong)) return value as Packed<T>
  return mapTexts(value, (part) => (isLong(part) ? encoder.encode(part) : part)) as Packed<T>
}

export function unpack<T>(packed: Packed<T>): T {
  if (!hasPart(packed, isBytes)) return packed as T
  return mapTexts(packed, (part) => (isBytes(part) ? decoder.decode(part) : part)) as T
}

function isLong(part: unknown): part is string {
  return typeof part === "string" && part.length > LONG_UNITS
}

function isBytes(part: unknown): part is Uint8Array {
  return part instanceof Uint8Array
}

/** Whether any part that is no object or list is one of these: nearly always none is, and nothing is copied. */
function hasPart(value: unknown, isSought: (part: unknown) => boolean): boolean {
  if (typeof value !== "object" || value === null || isBytes(value)) return isSought(value)
  if (Array.isArray(value)) return value.some((part) => hasPart(part, isSought))
  for (const key in value) {
    if (hasPart((value as Record<string, unknown>)[key], isSought)) return true
  }
  return false
}

/** A copy with every part that is no object or list replaced. */
function mapTexts(value: unknown, replace: (part: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    return replace(value)
  }
  if (Array.isArray(value)) return value.map((part) => mapTexts(part, replace))
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, mapTexts(part, replace)]),
  )
}
