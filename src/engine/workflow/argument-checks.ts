// Argument checks: what the methods of a context are given, looked at where it is given.
// Owns: the limits of names and durations in the words of the person who wrote the workflow. Pure.

import { utf8Bytes } from "../values/codec.ts"
import { DURATION_MS_MAX, NAME_BYTES_MAX } from "../limits.ts"

/** The farthest instant a Date can hold. */
const INSTANT_MS_MAX = 8_640_000_000_000_000

/** @throws RangeError */
export function requireDuration(what: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0) || value > DURATION_MS_MAX) {
    throw new RangeError(
      `${what} takes milliseconds from 0 to ${DURATION_MS_MAX}, got ${String(value)}.`,
    )
  }
  return value
}

/** @throws RangeError */
export function optionalDuration(what: string, value: unknown): number | undefined {
  return value === undefined ? undefined : requireDuration(what, value)
}

/** @throws RangeError */
export function requireInstant(what: string, untilMs: number): number {
  if (!(Math.abs(untilMs) <= INSTANT_MS_MAX)) {
    throw new RangeError(`${what} takes an instant that a Date can hold, got ${untilMs} ms.`)
  }
  return untilMs
}

/** @throws RangeError */
export function requireName(name: unknown): string {
  if (typeof name !== "string" || name.length === 0 || utf8Bytes(name) > NAME_BYTES_MAX) {
    throw new RangeError(`A name takes 1 to ${NAME_BYTES_MAX} bytes of text, got ${String(name)}.`)
  }
  return name
}
