// Reading one value of the relay's wire: from unknown JSON to a checked number, id or name.
// Owns: the rules for every kind of field and the words in which a broken rule is reported.
//   W1. 64- and 128-bit numbers are decimal strings without sign, exponent or leading zero.
//   W2. 16- and 32-bit numbers are JSON integers; 1.5, -0, true and "1" are refused.
//   W3. A message names where, the rule and what came: `transfers[3].code: expected integer 1..65535, got 70000`.
// An error learns where it happened on its way out (`inside`): what is right never pays for a path.

/** A value that breaks the rule of its field. The message is meant for whoever wrote the request. */
export class WireError extends Error {
  constructor(message: string) {
    super(message)
    this.name = "WireError"
  }
}

/** The error for a value that is not what its field expects. */
export function wireError(path: string, expected: string, value: unknown): WireError {
  return new WireError(`${path}: expected ${expected}, got ${describe(value)}`)
}

/** The error with the place in front of its message: what went wrong in a part is told by the whole. */
export function inside(place: string, error: unknown): unknown {
  return error instanceof WireError ? new WireError(place + error.message) : error
}

/** What `work` gives; an error in it gets the place. */
export function within<Result>(place: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw inside(place, error)
  }
}

/** A value in a message is cut here: it comes from outside. */
const SHOWN_CHARACTERS_MAX = 60

/** Digits in 2^128 - 1; a longer text is refused before it is parsed. */
const DECIMAL_DIGITS_MAX = 39

const DIGIT_ZERO = 48
const DIGIT_NINE = 57

/** @param rule how the range reads in a message; 0, where allowed, means "left out" and is not part of it. */
export function readInteger(value: unknown, path: string, max: number, rule: string): number {
  const valid =
    typeof value === "number" &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= max &&
    !Object.is(value, -0)
  if (!valid) throw wireError(path, `integer ${rule}`, value)
  return value
}

export function readDecimal(value: unknown, path: string, max: bigint): bigint {
  const number = parseDecimal(value)
  if (number === undefined || number > max) throw wireError(path, `decimal string 0..${max}`, value)
  return number
}

// The language's own parser knows digits best. What else it takes (spaces around, nothing at all, signs, 0x, leading
// zeros) shows in the first or the last character.
function parseDecimal(value: unknown): bigint | undefined {
  if (typeof value !== "string" || value.length > DECIMAL_DIGITS_MAX) return undefined
  const first = value.charCodeAt(0)
  if (first === DIGIT_ZERO) return value === "0" ? 0n : undefined
  const last = value.charCodeAt(value.length - 1)
  if (!(isDigit(first) && isDigit(last))) return undefined
  try {
    return BigInt(value)
  } catch {
    // A SyntaxError: something else than digits in between. The caller has the words for it.
    return undefined
  }
}

function isDigit(character: number): boolean {
  return character >= DIGIT_ZERO && character <= DIGIT_NINE
}

export function readName<Name extends string>(
  value: unknown,
  path: string,
  names: readonly Name[],
): Name {
  const name = names.find((known) => known === value)
  if (name === undefined) throw wireError(path, `one of ${names.join(", ")}`, value)
  return name
}

/** A status's number: the one that belongs to its name. */
export function readStatusNumber(
  value: unknown,
  path: string,
  status: { readonly number: number },
): number {
  if (value !== status.number) throw wireError(path, `${status.number}`, value)
  return status.number
}

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wireError(path, "array", value)
  return value as readonly unknown[]
}

/** An object with no fields but these. */
export function readObject(
  value: unknown,
  path: string,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw wireError(path, `object with ${fields.join(", ")}`, value)
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) {
      throw wireError(path, `no other fields than ${fields.join(", ")}`, field)
    }
  }
  return value
}

/** Neither `null` nor an array, which JavaScript counts as objects. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object" && value !== null) return "an object"
  const text = Object.is(value, -0) ? "-0" : JSON.stringify(value)
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text
}
