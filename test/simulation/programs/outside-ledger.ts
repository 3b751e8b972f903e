// Outside ledger: the ledger port over the simulated network, event by event; ledger/chain-ledger.ts makes it whole.
// Owns: what a call that was lost means: nobody knows whether it was carried out.

import { LedgerError } from "../../../src/ledger/errors.ts"
import type { LedgerOperations } from "../../../src/ledger/ledger.ts"
import type { Outside } from "../words.ts"

export class OutsideLedger implements LedgerOperations {
  readonly #outside: Outside

  constructor(outside: Outside) {
    this.#outside = outside
  }

  createAccounts: LedgerOperations["createAccounts"] = (events) =>
    this.#ask({ do: "createAccounts", events })

  createTransfers: LedgerOperations["createTransfers"] = (events) =>
    this.#ask({ do: "createTransfers", events })

  lookupAccounts: LedgerOperations["lookupAccounts"] = (ids) =>
    this.#ask({ do: "lookupAccounts", ids })

  lookupTransfers: LedgerOperations["lookupTransfers"] = (ids) =>
    this.#ask({ do: "lookupTransfers", ids })

  getAccountTransfers: LedgerOperations["getAccountTransfers"] = () => notAsked()
  getAccountBalances: LedgerOperations["getAccountBalances"] = () => notAsked()
  queryAccounts: LedgerOperations["queryAccounts"] = () => notAsked()
  queryTransfers: LedgerOperations["queryTransfers"] = () => notAsked()

  async #ask<T>(request: object): Promise<T> {
    try {
      return (await this.#outside.call(request)) as T
    } catch (error) {
      throw new LedgerError("ledger_unknown", "The ledger did not answer.", { cause: error })
    }
  }
}

/** No system's step asks this. */
function notAsked(): Promise<never> {
  return Promise.reject(
    new Error("The simulated ledger has no queries; give it what is asked here."),
  )
}
