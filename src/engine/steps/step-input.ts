// Step input: what a step function is handed: copies, so that what a step changes in its arguments stays its own.
// On replay no step runs, so the workflow must not see such a change on the first pass either (promise 3).
// What cannot be encoded (functions, instances of classes) is handed over as it is.

import { decode, encode } from "../values/codec.ts"

/** The arguments for one attempt; the very list when nothing in it can be changed. */
export function freshInput(input: readonly unknown[]): readonly unknown[] {
  if (input.every(isPrimitive)) return input
  const whole = copyOf(input)
  return whole === undefined
    ? input.map((item) => copyOf(item)?.copy ?? item)
    : (whole.copy as unknown[])
}

function copyOf(value: unknown): { readonly copy: unknown } | undefined {
  try {
    return { copy: decode(encode(value)) }
  } catch {
    // It cannot be encoded: the caller hands it over as it is.
    return undefined
  }
}

/** A primitive is its own fresh copy. */
export function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function")
}
