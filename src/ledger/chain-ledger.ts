// A whole ledger made of one that answers event by event: what a linked chain's outcomes mean together, the fence,
// and filters that are refused where they could select nothing.
// Owns: the lookups that tell whether a chain is already in the ledger; the meanings are `chain.ts`'s and `fence.ts`'s.
// Wraps a ledger that answers event by event. Where no chain was broken by an `exists`, it adds no call.
// A post or void is compared with the help of the transfer it resolved, so that one is looked up too.
import type { AccountStatus } from "./account-status.ts"
import { type Comparison, hasChain, settleChains } from "./chain.ts"
import { LedgerError } from "./errors.ts"
import { compareAccount, compareTransfer, isResolution } from "./exists.ts"
import { type FenceOutcome, fenceTransfer, readFence } from "./fence.ts"
import { brokenAccountFilterRule, brokenQueryFilterRule } from "./filter-check.ts"
import {
  type AccountBalance,
  type AccountFilter,
  completeAccountFilter,
  completeQueryFilter,
  type NewAccountFilter,
  type NewQueryFilter,
  type QueryFilter,
} from "./filters.ts"
import type { CallOptions, Ledger, LedgerOperations } from "./ledger.ts"
import { EVENTS_MAX, QUERY_LIMIT_MAX } from "./limits.ts"
import {
  type Account,
  type AccountRequest,
  completeAccount,
  completeTransfer,
  type NewAccount,
  type NewTransfer,
  type Transfer,
  type TransferRequest,
} from "./records.ts"
import {
  type AccountOutcome,
  accountOutcome,
  type TransferOutcome,
  transferOutcome,
} from "./status-outcome.ts"
import type { TransferStatus } from "./transfer-status.ts"

export class ChainLedger implements Ledger {
  readonly #ledger: LedgerOperations
  readonly #lookupMax: number

  /** @param lookupMax ids that the ledger takes in one look-up; chains that are sent again may need more of them. */
  constructor(ledger: LedgerOperations, lookupMax: number = EVENTS_MAX) {
    this.#ledger = ledger
    this.#lookupMax = lookupMax
  }

  async createAccounts(
    accounts: readonly NewAccount[],
    options?: CallOptions,
  ): Promise<AccountOutcome[]> {
    const events = accounts.map(completeAccount)
    const outcomes = await this.#ledger.createAccounts(events, options)
    if (!hasChain(events)) return outcomes
    return settleChains(events, outcomes, {
      outcome: accountOutcome,
      compare: async (indexes) => {
        const wanted = pick(events, indexes)
        const ids = [...wanted.values()].map(({ id }) => id)
        const lookUp = (some: readonly bigint[]) => this.#ledger.lookupAccounts(some, options)
        const stored = byId(await this.#readBack(ids, lookUp))
        return compareEach<AccountRequest, AccountStatus>(wanted, (account) => {
          const other = stored.get(account.id)
          if (other === undefined) return undefined
          const status = compareAccount(account, other)
          return { status, timestamp: other.timestamp }
        })
      },
    })
  }

  async createTransfers(
    transfers: readonly NewTransfer[],
    options?: CallOptions,
  ): Promise<TransferOutcome[]> {
    const events = transfers.map(completeTransfer)
    const outcomes = await this.#ledger.createTransfers(events, options)
    if (!hasChain(events)) return outcomes
    return settleChains(events, outcomes, {
      outcome: transferOutcome,
      compare: async (indexes) => {
        const wanted = pick(events, indexes)
        const ids = new Set([...wanted.values()].flatMap(idAndPendingId))
        const lookUp = (some: readonly bigint[]) => this.#ledger.lookupTransfers(some, options)
        const stored = byId(await this.#readBack([...ids], lookUp))
        return compareEach<TransferRequest, TransferStatus>(wanted, (transfer) => {
          const other = stored.get(transfer.id)
          if (other === undefined) return undefined
          const pending = isResolution(other.flags) ? stored.get(other.pending_id) : undefined
          const status = compareTransfer(transfer, other, pending)
          return { status, timestamp: other.timestamp }
        })
      },
    })
  }

  lookupAccounts(ids: readonly bigint[], options?: CallOptions): Promise<Account[]> {
    return this.#ledger.lookupAccounts(ids, options)
  }

  lookupTransfers(ids: readonly bigint[], options?: CallOptions): Promise<Transfer[]> {
    return this.#ledger.lookupTransfers(ids, options)
  }

  async getAccountTransfers(filter: NewAccountFilter, options?: CallOptions): Promise<Transfer[]> {
    return this.#ledger.getAccountTransfers(checkedAccountFilter(filter), options)
  }

  async getAccountBalances(
    filter: NewAccountFilter,
    options?: CallOptions,
  ): Promise<AccountBalance[]> {
    return this.#ledger.getAccountBalances(checkedAccountFilter(filter), options)
  }

  async queryAccounts(filter: NewQueryFilter, options?: CallOptions): Promise<Account[]> {
    return this.#ledger.queryAccounts(checkedQueryFilter(filter), options)
  }

  async queryTransfers(filter: NewQueryFilter, options?: CallOptions): Promise<Transfer[]> {
    return this.#ledger.queryTransfers(checkedQueryFilter(filter), options)
  }

  async fenceTransfer(id: bigint, options?: CallOptions): Promise<FenceOutcome> {
    const [outcome] = await this.#ledger.createTransfers([fenceTransfer(id)], options)
    if (outcome === undefined) {
      throw new LedgerError("ledger_unknown", "The ledger gave no answer to a fence.")
    }
    return readFence(outcome)
  }

  // The events were submitted: whatever stops a look-up, the outcome of the chain is unknown, not unavailable.
  async #readBack<Item>(
    ids: readonly bigint[],
    lookUp: (some: readonly bigint[]) => Promise<Item[]>,
  ): Promise<Item[]> {
    const found: Item[] = []
    try {
      for (let from = 0; from < ids.length; from += this.#lookupMax) {
        found.push(...(await lookUp(ids.slice(from, from + this.#lookupMax))))
      }
      return found
    } catch (error) {
      const message =
        "The events were submitted, but whether an earlier attempt committed their chain could not be read."
      throw new LedgerError("ledger_unknown", message, { cause: error })
    }
  }
}

function checkedAccountFilter(filter: NewAccountFilter): AccountFilter {
  const complete = completeAccountFilter(filter)
  const broken = brokenAccountFilterRule(complete, QUERY_LIMIT_MAX)
  if (broken === undefined) return complete
  throw new LedgerError("ledger_invalid", `${broken}.`)
}

function checkedQueryFilter(filter: NewQueryFilter): QueryFilter {
  const complete = completeQueryFilter(filter)
  const broken = brokenQueryFilterRule(complete, QUERY_LIMIT_MAX)
  if (broken === undefined) return complete
  throw new LedgerError("ledger_invalid", `${broken}.`)
}

function idAndPendingId({ id, pending_id, flags }: TransferRequest): bigint[] {
  return isResolution(flags) ? [id, pending_id] : [id]
}

function pick<Event>(events: readonly Event[], indexes: readonly number[]): Map<number, Event> {
  const wanted = new Set(indexes)
  return new Map([...events.entries()].filter(([index]) => wanted.has(index)))
}

function byId<Item extends { readonly id: bigint }>(records: readonly Item[]): Map<bigint, Item> {
  return new Map(records.map((record) => [record.id, record]))
}

function compareEach<Event, Status extends string>(
  events: ReadonlyMap<number, Event>,
  compare: (event: Event) => Comparison<Status> | undefined,
): Map<number, Comparison<Status>> {
  const found = new Map<number, Comparison<Status>>()
  for (const [index, event] of events) {
    const comparison = compare(event)
    if (comparison !== undefined) found.set(index, comparison)
  }
  return found
}
