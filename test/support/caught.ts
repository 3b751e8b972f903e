// Caught: what an operation throws into the workflow, as a value that a test can compare.

import type { Operation } from "../../src/engine/workflow/operation.ts"

/** Performs the operation and gives what it threw, or `"nothing was thrown"`. */
export function* caught(
  operation: Operation<unknown>,
): Generator<Operation<unknown>, unknown, unknown> {
  try {
    yield* operation
    return "nothing was thrown"
  } catch (error) {
    return error
  }
}
