// Replays: when a run was taken up from its journal because nobody had it in memory any more.
// Owns: how many of them are told of, and their form in the run's row. Must not touch: the row, the machine.

import type { Replay, RunReplays } from "../../engine/ports/runs.ts"

/** The last ones. A run that is woken a thousand times has a journal that says more. */
export const REPLAYS_SHOWN_MAX = 20

export function withReplay(before: RunReplays | undefined, replay: Replay): RunReplays {
  const last = [...(before?.last ?? []), replay].slice(-REPLAYS_SHOWN_MAX)
  return { count: (before?.count ?? 0) + 1, last }
}
