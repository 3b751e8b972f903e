// Ledger transfer as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import type { Registrar } from "../../engine/workflow/registry.ts"
import { ledgerTransferInput, RUN_ID_PREFIX, WORKFLOW } from "./input.ts"
import { ledgerTransfer } from "./workflow.ts"

export { ledgerTransferRoutes } from "./routes.ts"

/** The account that the README creates. */
const EXAMPLE_SOURCE = "7f0c2a51-93c5-4d9e-9c43-2f6a1a4b5c01"

export function registerLedgerTransfer(belay: Registrar): void {
  belay.register(WORKFLOW, ledgerTransfer, {
    input: ledgerTransferInput,
    example: () => {
      const transferId = crypto.randomUUID()
      const transfer = { transferId, source: EXAMPLE_SOURCE, bankAccount: "bob", amount: 5 }
      return {
        id: RUN_ID_PREFIX + transferId,
        input: [transfer],
        needs: `the account ${EXAMPLE_SOURCE} of the ledger and the bank account bob.`,
        requests: [
          { method: "PUT", path: `/accounts/${EXAMPLE_SOURCE}` },
          { method: "POST", path: "/balances/bob/deposits/example", body: { amount: 1 } },
        ],
      }
    },
  })
}
