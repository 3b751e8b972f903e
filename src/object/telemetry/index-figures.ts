// Index figures: the statistics of the search index, for the metrics.
// Owns: that an index which is not there, or does not answer, is no failure of whoever asks for figures.

import { BelayError } from "../../engine/errors.ts"
import type { RunIndex, RunStats } from "../../engine/ports/run-index.ts"
import { logFailure } from "../run-log.ts"

/** @param index throws where none is bound. @returns `undefined` when it has nothing to say */
export async function figuresOf(index: () => RunIndex): Promise<RunStats | undefined> {
  try {
    return await index().stats()
  } catch (error) {
    if (!(error instanceof BelayError)) throw error
    if (error.code !== "not_configured") logFailure("The index gave no figures.", error, {})
    return undefined
  }
}
