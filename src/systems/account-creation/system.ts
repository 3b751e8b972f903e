// Account creation as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import type { Registrar } from "../../engine/registry.ts"
import { createAccountInput, WORKFLOW } from "./input.ts"
import { createAccount } from "./workflow.ts"

export { accountCreationRoutes } from "./routes.ts"

export function registerAccountCreation(belay: Registrar): void {
  belay.register(WORKFLOW, createAccount, { input: createAccountInput })
}
