// Error view: why a run, an entry, an update or a promise did not complete, as JSON.
// Owns: {name, message, code, number?, details?, cause?, stack?}.
//   X1. Whatever was thrown has a name, a message and a code; what is no error is shown in `details`.

import { decode, encode } from "../engine/values/codec.ts"
import { PANIC_NUMBER, THROWN_CODE_DEFAULT } from "../engine/errors.ts"
import { toPlainJson } from "../engine/values/plain-json.ts"
import type { RunRecord } from "../engine/ports/runs.ts"
import { viewValue, type View } from "./value-view.ts"

export interface ErrorView {
  readonly name: string
  readonly message: string
  readonly code: string
  readonly number?: number
  readonly details?: unknown
  readonly cause?: ErrorView
  /** For role `operate` only. */
  readonly stack?: string
}

/** Causes shown of one error; longer chains repeat themselves. */
const CAUSES_MAX = 10

/** A stored error, by its text: an `ErrorView`, or the codec's text. */
export function viewError(text: string, view: View): unknown {
  return view.encoded ? viewValue(text, view) : describeThrown(decode(text), view)
}

/** Why a run stands still: an `ErrorView`, or the codec's text of such an error. */
export function viewHalt(halt: NonNullable<RunRecord["halt"]>, view: View): unknown {
  const isPanic = halt.code === "panic"
  const described: ErrorView = {
    name: isPanic ? "Panic" : "Halted",
    message: halt.message,
    code: halt.code,
    ...(isPanic && { number: PANIC_NUMBER }),
    ...(halt.details !== undefined && { details: toPlainJson(halt.details) }),
  }
  if (!view.encoded) return described
  const error = Object.assign(new Error(halt.message), described)
  return encode(Object.defineProperty(error, "stack", { value: undefined, configurable: true }))
}

/** Anything thrown, shown. */
export function describeThrown(
  thrown: unknown,
  view: View,
  causesLeft: number = CAUSES_MAX,
): ErrorView {
  if (!(thrown instanceof Error)) {
    return {
      name: "Error",
      message: messageOf(thrown),
      code: THROWN_CODE_DEFAULT,
      details: toPlainJson(thrown),
    }
  }
  const own = thrown as Error & Record<"code" | "number" | "details" | "errors", unknown>
  const number = own.number ?? own.code
  const details = detailsOf(own, view, causesLeft)
  return {
    name: thrown.name,
    message: thrown.message,
    code: typeof own.code === "string" ? own.code : THROWN_CODE_DEFAULT,
    ...(typeof number === "number" && { number }),
    ...(details !== undefined && { details }),
    ...(thrown.cause !== undefined &&
      causesLeft > 0 && { cause: describeThrown(thrown.cause, view, causesLeft - 1) }),
    ...(view.privileged && shownStack(thrown.stack)),
  }
}

/** An error made by the engine has an empty stack, which says nothing. */
function shownStack(stack: unknown): { stack?: string } {
  return typeof stack === "string" && stack !== "" ? { stack } : {}
}

/** The error's own details; of several errors in one, those. */
function detailsOf(
  error: { details: unknown; errors: unknown },
  view: View,
  causesLeft: number,
): unknown {
  if (error.details !== undefined) return toPlainJson(error.details)
  if (!Array.isArray(error.errors) || causesLeft === 0) return undefined
  return { errors: error.errors.map((each) => describeThrown(each, view, causesLeft - 1)) }
}

function messageOf(thrown: unknown): string {
  return typeof thrown === "object" && thrown !== null
    ? `Something was thrown that is no error: ${JSON.stringify(toPlainJson(thrown))}`
    : String(thrown)
}
