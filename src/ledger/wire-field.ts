// Reading one value of the relay's wire: from unknown JSON to a checked number, id or name.
// Owns: the rules for every kind of field and the words in which a broken rule is reported.
//   W1. 64- and 128-bit numbers are decimal strings without sign, exponent or leading zero.
//   W2. 16- and 32-bit numbers are JSON integers; 1.5, -0, true and "1" are refused.
//   W3. A message names where, the rule and what came: `transfers[3].code: expected integer 1..65535, got 70000`.

/** A value that breaks the rule of its field. The message is meant for whoever wrote the request. */
export class WireError extends Error {
  constructor(path: string, expected: string, value: unknown) {
    super(`${path}: expected ${expected}, got ${describe(value)}`)
    this.name = "WireError"
  }
}

/** A value in a message is cut here: it comes from outside. */
const SHOWN_CHARACTERS_MAX = 60

const DECIMAL = /^(?:0|[1-9][0-9]*)$/

/** Digits in 2^128 - 1; a longer text is refused before it is parsed. */
const DECIMAL_DIGITS_MAX = 39

/** @param rule how the range reads in a message; 0, where allowed, means "left out" and is not part of it. */
export function readInteger(value: unknown, path: string, max: number, rule: string): number {
  const valid =
    typeof value === "number" &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= max &&
    !Object.is(value, -0)
  if (!valid) throw new WireError(path, `integer ${rule}`, value)
  return value
}

export function readDecimal(value: unknown, path: string, max: bigint): bigint {
  const rule = `decimal string 0..${max}`
  if (typeof value !== "string" || value.length > DECIMAL_DIGITS_MAX || !DECIMAL.test(value)) {
    throw new WireError(path, rule, value)
  }
  const number = BigInt(value)
  if (number > max) throw new WireError(path, rule, value)
  return number
}

export function readName<Name extends string>(
  value: unknown,
  path: string,
  names: readonly Name[],
): Name {
  const name = names.find((known) => known === value)
  if (name === undefined) throw new WireError(path, `one of ${names.join(", ")}`, value)
  return name
}

export function readArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireError(path, "array", value)
  return value as readonly unknown[]
}

/** An object with no fields but these. */
export function readObject(
  value: unknown,
  path: string,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(path, `object with ${fields.join(", ")}`, value)
  }
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) {
      throw new WireError(path, `no other fields than ${fields.join(", ")}`, field)
    }
  }
  return value as Readonly<Record<string, unknown>>
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object" && value !== null) return "an object"
  const text = Object.is(value, -0) ? "-0" : JSON.stringify(value)
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text
}
