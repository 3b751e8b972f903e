// Random requests and filters for the ledger's properties.
// Owns: what is drawn. Few ids and small amounts, so that requests meet each other; amounts that could overflow are
// left out, since an overflow is the one refusal that may pass later.
import fc from "fast-check"
import {
  type AccountFilter,
  AccountFilterFlags,
  type QueryFilter,
  QueryFilterFlags,
} from "../../src/ledger/filters.ts"
import { AccountFlags, hasFlag, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { NewAccount, NewTransfer } from "../../src/ledger/records.ts"

const { history, debits_must_not_exceed_credits, credits_must_not_exceed_debits } = AccountFlags

export const ACCOUNTS: readonly NewAccount[] = [
  { id: 1n, flags: history, code: 1, user_data_128: 1n },
  { id: 2n, flags: 0, code: 1, user_data_128: 2n, user_data_64: 1n },
  { id: 3n, flags: history | debits_must_not_exceed_credits, code: 2, user_data_64: 1n },
  { id: 4n, flags: credits_must_not_exceed_debits, code: 2, user_data_32: 1 },
].map((account) => ({ ...account, ledger: 1 }))
export const ACCOUNT_IDS = ACCOUNTS.map(({ id }) => id)
/** Before anything else, so that the two accounts with limits have a little room. */
export const FUND: NewTransfer = {
  id: 99n,
  debit_account_id: 4n,
  credit_account_id: 3n,
  amount: 15n,
  ledger: 1,
  code: 1,
}
const DRAWN_IDS = Array.from({ length: 31 }, (_, index) => BigInt(100 + index))
export const TRANSFER_IDS = [FUND.id, ...DRAWN_IDS]

/** 9 is unknown; the accounts with limits are drawn more often, since most transfers break them. */
const accountId = fc.constantFrom(...ACCOUNT_IDS, 3n, 3n, 4n, 4n, 9n)
const transferId = fc.constantFrom(...DRAWN_IDS)
const smallAmount = fc.bigInt({ min: 0n, max: 20n })

/** What queries select by. */
const tags = {
  user_data_128: fc.constantFrom(0n, 0n, 1n, 2n),
  user_data_64: fc.constantFrom(0n, 0n, 1n, 2n),
  user_data_32: fc.constantFrom(0, 0, 1, 2),
}

const plain = {
  ...tags,
  id: transferId,
  debit_account_id: accountId,
  credit_account_id: accountId,
  amount: smallAmount,
  ledger: fc.constant(1),
  code: fc.constantFrom(1, 2),
}

const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags
const { balancing_debit, balancing_credit, closing_debit, closing_credit } = TransferFlags

const transfer: fc.Arbitrary<NewTransfer> = fc.oneof(
  fc.record({
    ...plain,
    flags: fc.constantFrom(
      0,
      linked,
      pending,
      pending | linked,
      pending | closing_debit,
      pending | closing_credit | linked,
      balancing_debit,
      balancing_credit | pending,
    ),
  }),
  fc.record({
    ...plain,
    timeout: fc.integer({ min: 1, max: 3 }),
    flags: fc.constantFrom(pending, pending | closing_debit, pending | linked),
  }),
  fc.record({
    ...tags,
    id: transferId,
    pending_id: transferId,
    amount: fc.oneof({ weight: 2, arbitrary: smallAmount }, fc.constantFrom(0n, AMOUNT_MAX)),
    flags: fc.constantFrom(
      post_pending_transfer,
      post_pending_transfer | linked,
      void_pending_transfer,
      void_pending_transfer | linked,
    ),
  }),
)

export interface Request {
  readonly events: readonly NewTransfer[]
  readonly secondsAfter: number
}

/** Requests of one to four events, with time passing between them; no sum of the times is a timeout's. */
export const requests: fc.Arbitrary<Request[]> = fc.array(
  fc.record({
    events: fc.array(transfer, { minLength: 1, maxLength: 4 }),
    secondsAfter: fc.constantFrom(0, 0, 0, 0.731058579, 1.629483017),
  }),
  { minLength: 1, maxLength: 25 },
)

/** The smallest parts that can be sent alone: single events, and whole chains. */
export function partsOf({ events }: Request): NewTransfer[][] {
  const parts: NewTransfer[][] = []
  let chain: NewTransfer[] = []
  for (const event of events) {
    chain.push(event)
    if (hasFlag(event.flags ?? 0, linked)) continue
    parts.push(chain)
    chain = []
  }
  return chain.length === 0 ? parts : [...parts, chain]
}

/** Each event alone, none linked. */
export function eventsOf({ events }: Request): NewTransfer[] {
  return events.map((event) => ({ ...event, flags: (event.flags ?? 0) & ~linked }))
}

/** A filter but for its times, which only the history knows: they are given as places in it. */
interface Times {
  /** Of the record whose time it is; beyond the last: not limited. */
  readonly fromIndex: number
  readonly toIndex: number
  readonly plusNs: bigint
}

const times = {
  fromIndex: fc.nat({ max: 30 }),
  toIndex: fc.nat({ max: 30 }),
  plusNs: fc.constantFrom(-1n, 0n, 0n, 1n),
}
const limit = fc.constantFrom(1, 2, 5, 1_000)
const code = fc.constantFrom(0, 0, 1, 2)
const { debits, credits, reversed } = AccountFilterFlags

export const accountFilter: fc.Arbitrary<
  Omit<AccountFilter, "timestamp_min" | "timestamp_max"> & Times
> = fc.record({
  ...tags,
  ...times,
  account_id: accountId,
  code,
  limit,
  flags: fc.constantFrom(debits, credits, debits | credits, debits | credits | reversed),
})

export const queryFilter: fc.Arbitrary<
  Omit<QueryFilter, "timestamp_min" | "timestamp_max"> & Times
> = fc.record({
  ...tags,
  ...times,
  ledger: fc.constantFrom(0, 0, 1, 2),
  code,
  limit,
  flags: fc.constantFrom(0, QueryFilterFlags.reversed),
})

/** The filter with the times of these records in place of their indexes, in order. */
export function withTimes<Filter extends Times>(
  { fromIndex, toIndex, plusNs, ...filter }: Filter,
  records: readonly { readonly timestamp: bigint }[],
): Omit<Filter, keyof Times> & { timestamp_min: bigint; timestamp_max: bigint } {
  const from = records[fromIndex]
  const to = records[toIndex]
  const timestamp_min = from === undefined ? 0n : from.timestamp + plusNs
  const timestamp_max = to === undefined ? 0n : to.timestamp
  return timestamp_max !== 0n && timestamp_min > timestamp_max
    ? { ...filter, timestamp_min: timestamp_max, timestamp_max: timestamp_min }
    : { ...filter, timestamp_min, timestamp_max }
}
