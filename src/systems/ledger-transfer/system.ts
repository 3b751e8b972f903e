// Ledger transfer as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import type { Registrar } from "../../engine/registry.ts"
import { ledgerTransferInput, WORKFLOW } from "./input.ts"
import { ledgerTransfer } from "./workflow.ts"

export { ledgerTransferRoutes } from "./routes.ts"

export function registerLedgerTransfer(belay: Registrar): void {
  belay.register(WORKFLOW, ledgerTransfer, { input: ledgerTransferInput })
}
