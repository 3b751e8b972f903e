// Money transfer as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import { Hono } from "hono"
import type { Registrar } from "../../engine/workflow/registry.ts"
import type { SystemEnvironment } from "../host.ts"
import { accountRoutes } from "./account-routes.ts"
import { RUN_ID_PREFIX, transferMoneyInput, WORKFLOW } from "./input.ts"
import { transferRoutes } from "./transfer-routes.ts"
import { transferMoney } from "./workflow.ts"

export function registerMoneyTransfer(belay: Registrar): void {
  belay.register(WORKFLOW, transferMoney, {
    input: transferMoneyInput,
    example: () => {
      const transferId = crypto.randomUUID()
      const transfer = { transferId, source: "alice", target: "bob", amount: 5 }
      return {
        id: RUN_ID_PREFIX + transferId,
        input: [transfer],
        needs:
          'The bank accounts alice and bob, otherwise it is rejected. A deposit makes one: POST /balances/alice/deposits/d1 {"amount": 200}.',
      }
    },
  })
}

export function moneyTransferRoutes(): Hono<SystemEnvironment> {
  return new Hono<SystemEnvironment>().route("/", accountRoutes()).route("/", transferRoutes())
}
