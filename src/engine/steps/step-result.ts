// Step result: what a step function gave back: a value, a promise of one, or something it must not give.
// Owns: looking at it without being harmed: it is the user's, and its getters may throw.

import { LimitError } from "../errors.ts"

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false
  try {
    return typeof (value as { then?: unknown }).then === "function"
  } catch {
    // A getter of the user's that throws; the codec will refuse the value.
    return false
  }
}

/** Tells how it ends, exactly once. */
export function follow(
  promise: PromiseLike<unknown>,
  whenEnded: (ok: boolean, value: unknown) => void,
): void {
  // A thenable of the user's may call back at once or throw; a promise of ours does neither.
  void Promise.resolve(promise).then(
    (value) => whenEnded(true, value),
    (error: unknown) => whenEnded(false, error),
  )
}

/** A promise that nobody asked for: its rejection must not end the process. */
export function disown(value: unknown): void {
  if (isThenable(value)) follow(value, () => undefined)
}

export function isGenerator(value: unknown): boolean {
  try {
    return /^\[object (Async)?Generator\]$/.test(Object.prototype.toString.call(value))
  } catch {
    // A getter of the user's that throws; the codec will refuse the value.
    return false
  }
}

/** A step whose result is a generator was meant to be a sub-workflow. */
export function refuseGenerator(name: string | undefined): never {
  throw new LimitError(
    `Step ${name} returned a generator; give ctx.run the generator function itself, so that it runs as a sub-workflow.`,
  )
}
