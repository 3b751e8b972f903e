// One-click buy as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/workflow/registry.ts"
import { ITEM_ID_DEFAULT, purchaseFields, RUN_PREFIX, WINDOW_MS_DEFAULT } from "./purchase.ts"
import { oneClickBuy } from "./workflow.ts"

export { oneClickBuyRoutes } from "./routes.ts"

export function registerOneClickBuy(belay: Registrar): void {
  belay.register("oneClickBuy", oneClickBuy, {
    input: v.strictTuple([purchaseFields]),
    example: () => {
      const key = crypto.randomUUID()
      const purchase = { itemId: ITEM_ID_DEFAULT, key, windowMs: WINDOW_MS_DEFAULT }
      return { id: RUN_PREFIX + key, input: [purchase] }
    },
  })
}
