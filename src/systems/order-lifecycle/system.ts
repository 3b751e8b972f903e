// The order lifecycle as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/workflow/registry.ts"
import { orderLifecycleFields, RUN_PREFIX } from "./graph.ts"
import { orderLifecycle } from "./workflow.ts"

export { orderLifecycleRoutes } from "./routes.ts"

export function registerOrderLifecycle(belay: Registrar): void {
  belay.register("orderLifecycle", orderLifecycle, {
    input: v.strictTuple([orderLifecycleFields]),
    example: () => {
      const orderId = crypto.randomUUID()
      return { id: RUN_PREFIX + orderId, input: [{ orderId, path: "deliver" }] }
    },
  })
}
