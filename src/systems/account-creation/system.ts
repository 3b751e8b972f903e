// Account creation as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import type { Registrar } from "../../engine/workflow/registry.ts"
import { createAccountInput, RUN_ID_PREFIX, WORKFLOW } from "./input.ts"
import { createAccount } from "./workflow.ts"

export { accountCreationRoutes } from "./routes.ts"

export function registerAccountCreation(belay: Registrar): void {
  belay.register(WORKFLOW, createAccount, {
    input: createAccountInput,
    example: () => {
      const uuid = crypto.randomUUID()
      return { id: RUN_ID_PREFIX + uuid, input: [uuid], needs: "the relay with its ledger." }
    },
  })
}
