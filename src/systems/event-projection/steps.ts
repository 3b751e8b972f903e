// The step of the event projection: one event, one checkpoint.
// Owns: the line it logs. Must not change: the projection; its checkpoint is the change alone.
//   S1. Synchronous: it calls nobody out, so thousands of events share a commit.

import type { StepContext } from "../../engine/workflow/context.ts"
import { changeOf, type Change } from "./change.ts"
import type { StreamEvent } from "./event.ts"
import { logEvent } from "./event-log.ts"
import { isActive, type Projection } from "./projection.ts"

/** @throws NonRetryableError when the event can never be applied */
export function applyEvent(ctx: StepContext, projection: Projection, event: StreamEvent): Change {
  const change = changeOf(event, isActive(projection, event))
  logEvent(ctx, `${event.type} applied`, event.eventId)
  return change
}
