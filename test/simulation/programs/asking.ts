// Asking: one verb asked by somebody outside, and what came of it, in words that the checks know.
// Owns: which errors a caller must expect. Any other is thrown on, as a finding.

import { BelayError } from "../../../src/engine/errors.ts"

export interface Refused {
  readonly type: "refused"
  readonly code: string
}

/** @param work asks; what it throws with a code is an answer, too. */
export async function asking<T>(
  work: () => Promise<T>,
): Promise<{ readonly type: "answered"; readonly value: T } | Refused> {
  try {
    return { type: "answered", value: await work() }
  } catch (error) {
    if (error instanceof BelayError && error.code !== "internal") {
      return { type: "refused", code: error.code }
    }
    throw error
  }
}
