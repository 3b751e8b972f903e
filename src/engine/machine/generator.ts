// Generator: what a workflow function gives back, and what comes out of it, looked at without being harmed.
// Owns: telling a generator from everything else. Must not touch: advancing it (fibers.ts).

import type { Context } from "../workflow/context.ts"
import { InvalidOperationError } from "../errors.ts"
import type { WorkflowGenerator } from "./tree.ts"

/** The generator of a call; one that throws at once when the function gives none. */
export function generatorOf(
  context: Context,
  fn: unknown,
  input: readonly unknown[],
): WorkflowGenerator {
  const call = fn as (...input: unknown[]) => unknown
  try {
    const generator = call(context, ...input)
    if (isGeneratorLike(generator)) return generator
  } catch (error) {
    return throwing(error)
  }
  return throwing(new InvalidOperationError("A workflow must be a generator function (function*)."))
}

function isGeneratorLike(value: unknown): value is WorkflowGenerator {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { next?: unknown }).next === "function" &&
    typeof (value as { throw?: unknown }).throw === "function" &&
    !(Symbol.asyncIterator in value)
  )
}

function* throwing(error: unknown): WorkflowGenerator {
  throw error
}

/** What was yielded that is no operation, in words. */
export function describeYielded(value: unknown): string {
  try {
    if (value instanceof Promise) return "a Promise (call the function through ctx.run instead)"
    if (typeof value === "function") return "a function"
    if (typeof value === "object" && value !== null) {
      return `an object (${Object.prototype.toString.call(value)})`
    }
    return String(value)
  } catch {
    // Its own getters throw: there is nothing more to say of it.
    return "an object that cannot be looked at"
  }
}
