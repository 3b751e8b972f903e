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
        needs: "the bank accounts alice, with enough money, and bob.",
        requests: [
          // Of its own, so that there is enough however many examples have been started.
          deposit("alice", `example-${transferId}`, transfer.amount),
          deposit("bob", "example", 1),
        ],
      }
    },
  })
}

/** Opens the account where there is none. */
function deposit(account: string, opId: string, amount: number) {
  return {
    method: "POST",
    path: `/balances/${account}/deposits/${opId}`,
    body: { amount },
  } as const
}

export function moneyTransferRoutes(): Hono<SystemEnvironment> {
  return new Hono<SystemEnvironment>().route("/", accountRoutes()).route("/", transferRoutes())
}
