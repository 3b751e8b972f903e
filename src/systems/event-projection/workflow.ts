// Event projection: a stream of events folded into one projection, every event a checkpoint.
// Owns: the order of the fold and what is told of it meanwhile. Must not touch: HTTP (routes.ts).
//   W1. An event id is applied once, however often it stands in the stream.
//   W2. What is stored is linear in the number of events: what is told along the way is a number, or the whole
//       projection once enough events have come since the last time to pay for it.
//   W3. However the run ends, the projection as it then stands is published.

import type { Context } from "../../engine/context.ts"
import type { StreamEvent } from "./event.ts"
import { Projection } from "./projection.ts"
import { applyEvent } from "./steps.ts"

/** Up to so many events each is told of at once; after that readers lag by this fraction of the stream. */
const TOLD_FRACTION = 1_000

/** Orders of a published projection that one event pays for. */
const LISTED_ORDERS_PER_EVENT = 64

/** An attempt ends after this long, so that one that hangs is seen and made again. */
const ATTEMPT_TIMEOUT_MS = 5_000

/** What is published as `progress`, between two published projections. */
export interface Progress {
  readonly eventsProcessed: number
}

export function* projectEvents(ctx: Context, userId: string, events: readonly StreamEvent[]) {
  const projection = new Projection(userId)
  const attempt = ctx.options({ attemptTimeoutMs: ATTEMPT_TIMEOUT_MS })
  let told = 0
  let published = 0
  try {
    for (const event of events) {
      if (projection.hasApplied(event)) continue
      const change = yield* ctx.run(applyEvent, event, projection.isActive(event), attempt)
      projection.apply(event, change)

      const { eventsProcessed, listedOrders } = projection
      if ((eventsProcessed - told) * TOLD_FRACTION < eventsProcessed) continue
      told = eventsProcessed
      if ((eventsProcessed - published) * LISTED_ORDERS_PER_EVENT < listedOrders) {
        yield* ctx.publish("progress", { eventsProcessed } satisfies Progress)
      } else {
        published = eventsProcessed
        yield* ctx.publish("projection", projection.snapshot())
      }
    }
  } finally {
    yield* ctx.publish("projection", projection.snapshot())
  }
  const finalProjection = projection.snapshot()
  return { userId, eventsProcessed: finalProjection.eventsProcessed, finalProjection }
}
