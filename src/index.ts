// Index: the Worker's entry and the only composition root: registers the systems with what they depend on, mounts
// their routes, exports the object classes. Nobody imports it.

import { Belay } from "./belay.ts"
import { relayLedgerFromEnv } from "./ledger/relay-settings.ts"
import {
  accountCreationRoutes,
  registerAccountCreation,
} from "./systems/account-creation/system.ts"
import {
  eventProjectionRoutes,
  registerEventProjection,
} from "./systems/event-projection/system.ts"
import { ledgerTransferRoutes, registerLedgerTransfer } from "./systems/ledger-transfer/system.ts"
import { ledgerWatchRoutes } from "./systems/ledger-watch/routes.ts"
import { moneyTransferRoutes, registerMoneyTransfer } from "./systems/money-transfer/system.ts"
import { oneClickBuyRoutes, registerOneClickBuy } from "./systems/one-click-buy/system.ts"
import {
  orderFulfilmentRoutes,
  registerOrderFulfilment,
} from "./systems/order-fulfilment/system.ts"
import { orderLifecycleRoutes, registerOrderLifecycle } from "./systems/order-lifecycle/system.ts"
import { registerUserSession, userSessionRoutes } from "./systems/user-session/system.ts"

const belay = new Belay()

belay.setDependency("db", (env) => env.DB)
belay.setDependency("accounts", (env) => env.ACCOUNTS)
belay.setDependency("ledger", (env) => relayLedgerFromEnv(env))

registerAccountCreation(belay)
registerMoneyTransfer(belay)
registerLedgerTransfer(belay)
registerOrderFulfilment(belay)
registerOrderLifecycle(belay)
registerOneClickBuy(belay)
registerUserSession(belay)
registerEventProjection(belay)

belay.mount((app) => {
  app.route("/", accountCreationRoutes())
  app.route("/", moneyTransferRoutes())
  app.route("/", ledgerTransferRoutes())
  app.route("/", ledgerWatchRoutes())
  app.route("/", orderFulfilmentRoutes())
  app.route("/", orderLifecycleRoutes())
  app.route("/", oneClickBuyRoutes())
  app.route("/", userSessionRoutes())
  app.route("/", eventProjectionRoutes())
})

export const RunObject = belay.RunObject
export const ScheduleObject = belay.ScheduleObject
export const LimiterObject = belay.LimiterObject
export const IndexObject = belay.IndexObject
export { BankAccountObject } from "./bank/account-object.ts"
export default belay.worker
