// The event projection as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/registry.ts"
import { streamFields } from "./event.ts"
import { projectEvents } from "./workflow.ts"

export { eventProjectionRoutes } from "./routes.ts"

export function registerEventProjection(belay: Registrar): void {
  const { userId, events } = streamFields.entries
  belay.register("projectEvents", projectEvents, { input: v.strictTuple([userId, events]) })
}
