// The ledger as callers hear it, counted: every outcome by class and by status, every fence by result.
// Owns: the counting of what is told. The highest of the layers around a ledger: chains are settled, first reasons
// given back. It counts when the ledger answers, once for each call, also when nobody waits any longer.
import type { FenceOutcome } from "../../ledger/fence.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import type { NewAccount, NewTransfer } from "../../ledger/records.ts"
import type { AccountOutcome, TransferOutcome } from "../../ledger/status-outcome.ts"
import type { RelayMetrics } from "../metrics/metrics.ts"
import { PassThrough } from "./pass-through.ts"

export class MeteredLedger extends PassThrough<Ledger> implements Ledger {
  readonly #metrics: RelayMetrics

  constructor(ledger: Ledger, metrics: RelayMetrics) {
    super(ledger)
    this.#metrics = metrics
  }

  override async createAccounts(accounts: readonly NewAccount[]): Promise<AccountOutcome[]> {
    const outcomes = await this.ledger.createAccounts(accounts)
    this.#metrics.countOutcomes("create_accounts", outcomes)
    return outcomes
  }

  override async createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const outcomes = await this.ledger.createTransfers(transfers)
    this.#metrics.countOutcomes("create_transfers", outcomes)
    return outcomes
  }

  async fenceTransfer(id: bigint): Promise<FenceOutcome> {
    const fence = await this.ledger.fenceTransfer(id)
    this.#metrics.fences[fence.result] += 1
    return fence
  }
}
