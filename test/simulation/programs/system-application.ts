// System application: the Worker of src/index.ts in the simulated world: all systems with what they depend on.
// Owns: what stands for the database, the ledger and the accounts. Must not touch: the systems.

import { BankAccountObject } from "../../../src/bank/account-object.ts"
import { Registry } from "../../../src/engine/workflow/registry.ts"
import type {
  Registrar,
  WorkflowFunction,
  WorkflowOptions,
} from "../../../src/engine/workflow/registry.ts"
import { ChainLedger } from "../../../src/ledger/chain-ledger.ts"
import { registerAccountCreation } from "../../../src/systems/account-creation/system.ts"
import { registerEventProjection } from "../../../src/systems/event-projection/system.ts"
import { registerLedgerTransfer } from "../../../src/systems/ledger-transfer/system.ts"
import { registerMoneyTransfer } from "../../../src/systems/money-transfer/system.ts"
import { registerOneClickBuy } from "../../../src/systems/one-click-buy/system.ts"
import { registerOrderFulfilment } from "../../../src/systems/order-fulfilment/system.ts"
import { registerOrderLifecycle } from "../../../src/systems/order-lifecycle/system.ts"
import { registerUserSession } from "../../../src/systems/user-session/system.ts"
import type { Application, Outside } from "../words.ts"
import { applicationOf } from "./application.ts"
import { OutsideDatabase } from "./outside-database.ts"
import { OutsideLedger } from "./outside-ledger.ts"

interface Environment {
  readonly DATABASE: Outside
  readonly LEDGER: Outside
  readonly ACCOUNTS: unknown
}

export function systemApplication(): Application {
  const registry = new Registry()
  const registrar: Registrar = {
    register(
      first: WorkflowFunction | string,
      second?: WorkflowFunction | WorkflowOptions,
      third?: WorkflowOptions,
    ) {
      if (typeof first === "string") registry.register(first, second as WorkflowFunction, third)
      else registry.register(first.name, first, second as WorkflowOptions | undefined)
    },
  }
  for (const register of [
    registerAccountCreation,
    registerEventProjection,
    registerLedgerTransfer,
    registerMoneyTransfer,
    registerOneClickBuy,
    registerOrderFulfilment,
    registerOrderLifecycle,
    registerUserSession,
  ]) {
    register(registrar)
  }
  const depend = (name: string, make: (env: Environment) => unknown) =>
    registry.setDependency(name, make)
  depend("db", ({ DATABASE }) => new OutsideDatabase(DATABASE))
  depend("ledger", ({ LEDGER }) => new ChainLedger(new OutsideLedger(LEDGER)))
  depend("accounts", ({ ACCOUNTS }) => ACCOUNTS)
  return { ...applicationOf(registry), ACCOUNTS: BankAccountObject }
}
