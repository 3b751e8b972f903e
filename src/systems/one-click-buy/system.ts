// One-click buy as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import * as v from "valibot"
import type { Registrar } from "../../engine/registry.ts"
import { purchaseFields } from "./purchase.ts"
import { oneClickBuy } from "./workflow.ts"

export { oneClickBuyRoutes } from "./routes.ts"

export function registerOneClickBuy(belay: Registrar): void {
  belay.register("oneClickBuy", oneClickBuy, { input: v.strictTuple([purchaseFields]) })
}
