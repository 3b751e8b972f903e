// The first reason of a refusal that burned its id, given back to whoever sends the same event again.
// Owns: the memory of these reasons, bounded. Wraps a ledger that answers event by event.
//   F1. A burned id answers `id_already_failed` for ever; here the same event, every field equal, hears why it was
//       refused at first, with the timestamp of that time. A chain's breaking event likewise.
//   F2. Another event with that id never hears it: it was not refused for that reason.
//   F3. A fence's reason is never remembered: it is the fence's, not the original's.
//   F4. It is filled when the ledger answers, also when nobody waited any longer. Losing it harms nothing.
// A map in the order of insertion is memory and clock at once: the oldest stands first, so there is nothing a
// library for caches would add. An id is refused for its first reason only once, so nothing is moved up.
import { FENCE_ACCOUNTS } from "../../ledger/fence.ts"
import type { LedgerOperations } from "../../ledger/ledger.ts"
import { completeTransfer, type NewTransfer, type TransferRequest } from "../../ledger/records.ts"
import { burnsId, type TransferOutcome } from "../../ledger/status-outcome.ts"
import { PassThrough } from "./pass-through.ts"

/** Some 40 MB when full, which takes as many refusals within the lifetime. */
const REASONS_MAX = 100_000

/** Longer than any caller goes on asking without a pause, in ms. */
const LIFETIME_MS = 10 * 60_000

interface Reason {
  readonly event: TransferRequest
  readonly outcome: TransferOutcome
  readonly atMs: number
}

export interface FirstReasonsOptions {
  readonly max?: number
  /** Monotonic, in ms. */
  readonly now?: () => number
  /** Told whenever a reason is given back. */
  readonly onHit?: () => void
}

export class FirstReasons extends PassThrough<LedgerOperations> {
  readonly #max: number
  readonly #now: () => number
  readonly #onHit: () => void
  readonly #reasons = new Map<bigint, Reason>()

  constructor(ledger: LedgerOperations, options: FirstReasonsOptions = {}) {
    super(ledger)
    this.#max = options.max ?? REASONS_MAX
    this.#now = options.now ?? (() => performance.now())
    this.#onHit = options.onHit ?? (() => undefined)
  }

  /** How many reasons are remembered. */
  get size(): number {
    return this.#reasons.size
  }

  override async createTransfers(transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> {
    const outcomes = await this.ledger.createTransfers(transfers)
    for (let index = 0; index < outcomes.length; index += 1) {
      const outcome = outcomes[index]
      const transfer = transfers[index]
      if (outcome?.class !== "rejected" || transfer === undefined) continue
      if (burnsId(outcome.status)) this.#remember(completeTransfer(transfer), outcome)
      else if (outcome.status === "id_already_failed") {
        outcomes[index] = this.#firstOf(completeTransfer(transfer)) ?? outcome
      }
    }
    return outcomes
  }

  #remember(event: TransferRequest, outcome: TransferOutcome): void {
    if (FENCE_ACCOUNTS.includes(event.debit_account_id)) return
    const nowMs = this.#now()
    this.#forgetBefore(nowMs - LIFETIME_MS)
    // Deleted first, so that the order stays the order of time when a ledger was emptied under us.
    this.#reasons.delete(event.id)
    this.#reasons.set(event.id, { event, outcome, atMs: nowMs })
    if (this.#reasons.size > this.#max) this.#forgetOldest()
  }

  #firstOf(event: TransferRequest): TransferOutcome | undefined {
    const reason = this.#reasons.get(event.id)
    if (reason === undefined || reason.atMs < this.#now() - LIFETIME_MS) return undefined
    if (!isSameEvent(reason.event, event)) return undefined
    this.#onHit()
    return reason.outcome
  }

  #forgetBefore(oldestMs: number): void {
    for (const [id, { atMs }] of this.#reasons) {
      if (atMs >= oldestMs) return
      this.#reasons.delete(id)
    }
  }

  #forgetOldest(): void {
    for (const id of this.#reasons.keys()) {
      this.#reasons.delete(id)
      return
    }
  }
}

function isSameEvent(one: TransferRequest, other: TransferRequest): boolean {
  const fields = Object.keys(one) as (keyof TransferRequest)[]
  return fields.every((field) => one[field] === other[field])
}
