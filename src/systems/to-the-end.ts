// To the end: work that a run owes whatever becomes of the run itself: settling, giving back, cleaning up.
// Owns: beginning it again when it was interrupted. Must not touch: what the work is, how the run then ends.
//   T1. A run is told once that it is cancelled or past its deadline. When the news comes in the middle of this work, it
//       is thrown into it; begun again, the work cannot be interrupted any more.
//   T2. Shortly before a run's deadline a step whose retry would come too late fails for good. Once the run has been told
//       of its deadline, its steps are tried without end, so the work is begun again until then.
// The work must bear being begun again. What fails it for another reason is a mistake in it and fails the run in the end.

import type { Context } from "../engine/workflow/context.ts"
import { CancelledError } from "../engine/errors.ts"
import type { Operation } from "../engine/workflow/operation.ts"

type Work<T> = () => Iterable<Operation<unknown>, T, unknown>

/** Between two beginnings that no cancellation has parted: the reason may take a while to go away. */
const PAUSE_MS = 1_000

/** A retry comes 30 s after the attempt before it at the latest, so a deadline that refuses one is no farther away. */
const BEGINNINGS_MAX = 60

/** What the work gives, once it has come to its end. What interrupted it stands in the journal. */
export function* toTheEnd<T>(
  ctx: Context,
  work: Work<T>,
): Generator<Operation<unknown>, T, unknown> {
  for (let beginning = 1; ; beginning++) {
    try {
      return yield* work()
    } catch (error) {
      if (error instanceof CancelledError) continue
      if (beginning >= BEGINNINGS_MAX) throw error
    }
    try {
      yield* ctx.sleep(PAUSE_MS)
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error
    }
  }
}
