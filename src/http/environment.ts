// Environment: what every route finds in its Hono context, the engine's routes and the systems' alike.

import type { Context, Hono } from "hono"
import type { SystemEnvironment } from "../systems/host.ts"
import type { Caller } from "./auth.ts"
import { readsEncoded } from "./query.ts"
import type { View } from "./value-view.ts"

export interface AppEnvironment {
  Bindings: SystemEnvironment["Bindings"]
  Variables: SystemEnvironment["Variables"] & { caller: Caller }
}

export type App = Hono<AppEnvironment>

/** How this caller is shown values. @throws BelayError invalid_request */
export function viewFor(c: Context<AppEnvironment>): View {
  return { encoded: readsEncoded(c.req.raw), privileged: c.get("caller").privileged }
}
