// Gaps: the time from a step to the next at the protocol's positions, from the moments at which the steps ran.
// Pure, so that it stands in Node and in a Worker.

import { GAP_POSITIONS, GAP_STEPS, type Sequence } from "../protocol.ts"

/** @param atMs one moment for each step, in order */
export function gapsOf(atMs: readonly number[]): Sequence["gaps"] {
  const last = atMs.length - 1
  return GAP_POSITIONS.filter((position) => position <= atMs.length).map((position) => {
    const from = Math.max(0, Math.min(position, last - GAP_STEPS))
    const to = Math.min(from + GAP_STEPS, last)
    const elapsedMs = (atMs[to] ?? 0) - (atMs[from] ?? 0)
    return { position, gapUs: (elapsedMs * 1_000) / Math.max(1, to - from) }
  })
}
