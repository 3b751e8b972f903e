// Event projection: a stream of events folded into one projection, every event a checkpoint.
// Owns: the fold and what is told of it meanwhile. Must not touch: HTTP (routes.ts).
//   W1. An event id is applied once, however often it stands in the stream.
//   W2. What is stored is linear in the number of events: at each event its change, now and then the projection.
//   W3. However the run ends, the projection as it then stands is published.

import type { Context } from "../../engine/workflow/context.ts"
import type { StreamEvent } from "./event.ts"
import { applyChange, emptyProjection, snapshotOf } from "./projection.ts"
import { applyEvent } from "./steps.ts"

/** An attempt ends after this long, so that one that hangs is seen and made again. */
const ATTEMPT_TIMEOUT_MS = 5_000

/** Until then every event stands in the journal to be looked at; a wake reads no more than about so many. */
const SNAPSHOT_EVERY = 12_000

export function* projectEvents(ctx: Context, userId: string, events: readonly StreamEvent[]) {
  const projection = yield* ctx.reduce(distinct(events), applyEvent, emptyProjection(userId), {
    apply: applyChange,
    snapshotEvery: SNAPSHOT_EVERY,
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    progress: "progress",
    publish: { name: "projection", of: snapshotOf },
  })
  const finalProjection = snapshotOf(projection)
  return { userId, eventsProcessed: finalProjection.eventsProcessed, finalProjection }
}

/** Every event where its id stands first. */
export function distinct(events: readonly StreamEvent[]): StreamEvent[] {
  const seen = new Set<string>()
  return events.filter(({ eventId }) => seen.size < seen.add(eventId).size)
}
