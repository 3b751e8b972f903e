// Answer: how an object's method answers over RPC: a value or an error code, since error classes do not survive it.
// Owns: the shape and both conversions.

import { BelayError, type ApiErrorCode, type ErrorDetails } from "../engine/errors.ts"
import { pack, unpack, type Packed } from "./wire.ts"

export type Answer<T> =
  | { readonly ok: true; readonly value: Packed<T> }
  | {
      readonly ok: false
      readonly code: ApiErrorCode
      readonly message: string
      readonly details?: ErrorDetails
    }

/** Runs the work of one door; a refusal becomes an answer, anything else stays a throw. */
export async function answering<T>(work: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: pack(await work()) }
  } catch (error) {
    if (!(error instanceof BelayError)) throw error
    const { code, message, details } = error
    return details === undefined
      ? { ok: false, code, message }
      : { ok: false, code, message, details }
  }
}

/** @throws BelayError when the object refused. */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.ok) return unpack(answer.value)
  throw new BelayError(answer.code, answer.message, answer.details)
}
