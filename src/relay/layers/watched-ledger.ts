// The ledger itself, watched: every call that reaches it, how long it takes, and whether the answer fits the question.
// Owns: the reply's length, and telling pulse and metrics. The lowest of the layers around a ledger.
//   W1. Outcomes go by position: an answer to n events with other than n outcomes answers none of them.
import { LedgerError } from "../../ledger/errors.ts"
import type { AccountBalance, NewAccountFilter, NewQueryFilter } from "../../ledger/filters.ts"
import type { LedgerOperations } from "../../ledger/ledger.ts"
import type { Account, NewAccount, NewTransfer, Transfer } from "../../ledger/records.ts"
import type { AccountOutcome, TransferOutcome } from "../../ledger/status-outcome.ts"
import type { LedgerMethod, RelayMetrics } from "../metrics/metrics.ts"
import type { Pulse } from "../health/pulse.ts"

/** The ledger answered in a form that another version may have: nobody can say which event got what. */
export class ReplyLengthError extends LedgerError {
  constructor(outcomes: number, events: number) {
    super(
      "ledger_unknown",
      `The ledger gave ${outcomes} outcomes for ${events} events, so none of them can be told: check its version.`,
    )
    this.name = "ReplyLengthError"
  }
}

export class WatchedLedger implements LedgerOperations {
  readonly #ledger: LedgerOperations
  readonly #pulse: Pulse
  readonly #metrics: RelayMetrics

  constructor(ledger: LedgerOperations, pulse: Pulse, metrics: RelayMetrics) {
    this.#ledger = ledger
    this.#pulse = pulse
    this.#metrics = metrics
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    const ask = () => this.#ledger.createAccounts(accounts)
    return this.#watch("createAccounts", ask, accounts.length)
  }

  createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const ask = () => this.#ledger.createTransfers(transfers)
    return this.#watch("createTransfers", ask, transfers.length)
  }

  lookupAccounts(ids: readonly bigint[]): Promise<Account[]> {
    return this.#watch("lookupAccounts", () => this.#ledger.lookupAccounts(ids))
  }

  lookupTransfers(ids: readonly bigint[]): Promise<Transfer[]> {
    return this.#watch("lookupTransfers", () => this.#ledger.lookupTransfers(ids))
  }

  getAccountTransfers(filter: NewAccountFilter): Promise<Transfer[]> {
    return this.#watch("getAccountTransfers", () => this.#ledger.getAccountTransfers(filter))
  }

  getAccountBalances(filter: NewAccountFilter): Promise<AccountBalance[]> {
    return this.#watch("getAccountBalances", () => this.#ledger.getAccountBalances(filter))
  }

  queryAccounts(filter: NewQueryFilter): Promise<Account[]> {
    return this.#watch("queryAccounts", () => this.#ledger.queryAccounts(filter))
  }

  queryTransfers(filter: NewQueryFilter): Promise<Transfer[]> {
    return this.#watch("queryTransfers", () => this.#ledger.queryTransfers(filter))
  }

  /** @param events how many outcomes there must be; not given where less may be found. */
  async #watch<Item>(
    method: LedgerMethod,
    ask: () => Promise<Item[]>,
    events?: number,
  ): Promise<Item[]> {
    const startedAtMs = performance.now()
    this.#pulse.begin(startedAtMs)
    let answered = false
    try {
      const items = await ask()
      answered = true
      if (events !== undefined && items.length !== events) {
        this.#metrics.replyMismatches += 1
        throw new ReplyLengthError(items.length, events)
      }
      return items
    } catch (error) {
      this.#metrics.ledgerErrors[error instanceof LedgerError ? error.code : "unforeseen"] += 1
      throw error
    } finally {
      const nowMs = performance.now()
      this.#pulse.settle(nowMs, answered ? "answered" : "failed")
      this.#metrics.observeLedger(method, (nowMs - startedAtMs) / 1_000)
    }
  }
}
