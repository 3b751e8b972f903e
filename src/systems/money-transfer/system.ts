// Money transfer as the composition root sees it.
// Owns: the workflow's registered name and input, and the way to its routes.

import { Hono } from "hono"
import type { Registrar } from "../../engine/registry.ts"
import type { SystemEnvironment } from "../host.ts"
import { accountRoutes } from "./account-routes.ts"
import { transferMoneyInput, WORKFLOW } from "./input.ts"
import { transferRoutes } from "./transfer-routes.ts"
import { transferMoney } from "./workflow.ts"

export function registerMoneyTransfer(belay: Registrar): void {
  belay.register(WORKFLOW, transferMoney, { input: transferMoneyInput })
}

export function moneyTransferRoutes(): Hono<SystemEnvironment> {
  return new Hono<SystemEnvironment>().route("/", accountRoutes()).route("/", transferRoutes())
}
