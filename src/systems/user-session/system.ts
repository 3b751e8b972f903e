// User sessions as the composition root sees them.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/workflow/registry.ts"
import { RUN_PREFIX, sessionFields } from "./session.ts"
import { userSession } from "./workflow.ts"

export { userSessionRoutes } from "./routes.ts"

export function registerUserSession(belay: Registrar): void {
  belay.register("userSession", userSession, {
    input: v.strictTuple([sessionFields]),
    example: () => {
      const sessionId = crypto.randomUUID()
      const activities = [{ type: "page_view", data: { page: "/" } }]
      const session = { sessionId, userId: "alice", idleTimeoutMs: 5_000, activities }
      return { id: RUN_PREFIX + sessionId, input: [session] }
    },
  })
}
