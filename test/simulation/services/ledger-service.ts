// Ledger service: the embedded ledger's rules behind the simulated network, done at once for each request.
// Owns: the clock of its records. The rules are those of src/relay/embedded.

import { completeQueryFilter } from "../../../src/ledger/filters.ts"
import { AccountFlags, TransferFlags } from "../../../src/ledger/flags.ts"
import { NANOSECONDS_PER_MILLISECOND } from "../../../src/ledger/integers.ts"
import {
  completeAccount,
  completeTransfer,
  type Account,
  type NewAccount,
  type NewTransfer,
} from "../../../src/ledger/records.ts"
import { accountOutcome, burnsId, transferOutcome } from "../../../src/ledger/status-outcome.ts"
import { runBatch } from "../../../src/relay/embedded/batch.ts"
import { createAccount } from "../../../src/relay/embedded/create-account.ts"
import { createTransfer } from "../../../src/relay/embedded/create-transfer.ts"
import { expirePending } from "../../../src/relay/embedded/resolve-pending.ts"
import { Store } from "../../../src/relay/embedded/store.ts"

type LedgerRequest =
  | { readonly do: "createAccounts"; readonly events: readonly NewAccount[] }
  | { readonly do: "createTransfers"; readonly events: readonly NewTransfer[] }
  | { readonly do: "lookupAccounts" | "lookupTransfers"; readonly ids: readonly bigint[] }

const ACCOUNTS_MAX = 1_000

export class LedgerService {
  readonly #store = new Store(":memory:")
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  call(request: unknown): unknown {
    const asked = request as LedgerRequest
    switch (asked.do) {
      case "createAccounts":
        return this.#inBatch(asked.events.length, (atNs) => this.#accounts(asked.events, atNs))
      case "createTransfers":
        return this.#inBatch(asked.events.length, (atNs) => this.#transfers(asked.events, atNs))
      case "lookupAccounts":
        this.#store.transaction(() => expirePending(this.#store, this.#moment()))
        return asked.ids.flatMap((id) => this.#store.account(id) ?? [])
      case "lookupTransfers":
        return asked.ids.flatMap((id) => this.#store.transfer(id) ?? [])
    }
  }

  /** All accounts, with what has expired released. */
  accounts(): Account[] {
    this.#store.transaction(() => expirePending(this.#store, this.#moment()))
    return this.#store.queries.accounts(completeQueryFilter({ limit: ACCOUNTS_MAX }))
  }

  close(): void {
    this.#store.close()
  }

  #accounts(events: readonly NewAccount[], atNs: bigint) {
    const verdicts = runBatch(this.#store, events.map(completeAccount), atNs, {
      importedFlag: AccountFlags.imported,
      create: (account, timestamp) => createAccount(this.#store, account, timestamp),
      refused: () => undefined,
    })
    return verdicts.map(({ status, timestamp }) => accountOutcome(status, timestamp))
  }

  #transfers(events: readonly NewTransfer[], atNs: bigint) {
    const verdicts = runBatch(this.#store, events.map(completeTransfer), atNs, {
      importedFlag: TransferFlags.imported,
      create: (transfer, timestamp) => createTransfer(this.#store, transfer, timestamp),
      refused: ({ id }, { status, timestamp }) => {
        if (burnsId(status)) this.#store.burn(id, status, timestamp)
      },
    })
    return verdicts.map(({ status, timestamp }) => transferOutcome(status, timestamp))
  }

  #inBatch<Result>(count: number, run: (atNs: bigint) => Result): Result {
    return this.#store.transaction(() => {
      const startedNs = this.#moment()
      expirePending(this.#store, startedNs)
      const atNs = startedNs + BigInt(count)
      this.#store.setLastTimestamp(atNs)
      return run(atNs)
    })
  }

  /** Never goes back, whatever the clock does. */
  #moment(): bigint {
    const nowNs = BigInt(this.#nowMs()) * NANOSECONDS_PER_MILLISECOND
    const lastNs = this.#store.lastTimestamp()
    return nowNs > lastNs ? nowNs : lastNs
  }
}
