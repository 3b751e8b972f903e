// Queries over plain arrays, as simple as can be: what a ledger must find.
import {
  type AccountFilter,
  AccountFilterFlags,
  type QueryFilter,
  QueryFilterFlags,
} from "../../src/ledger/filters.ts"
import { hasFlag } from "../../src/ledger/flags.ts"
import type { Transfer } from "../../src/ledger/records.ts"

interface Found {
  readonly timestamp: bigint
  readonly user_data_128: bigint
  readonly user_data_64: bigint
  readonly user_data_32: number
  readonly ledger: number
  readonly code: number
}

/** @param records oldest first. */
export function findRecords<Record extends Found>(
  records: readonly Record[],
  filter: QueryFilter,
): Record[] {
  const found = records.filter(
    (record) => matches(record, filter) && (filter.ledger === 0 || record.ledger === filter.ledger),
  )
  return cut(found, hasFlag(filter.flags, QueryFilterFlags.reversed), filter.limit)
}

/** @param transfers oldest first. */
export function findAccountTransfers(
  transfers: readonly Transfer[],
  filter: AccountFilter,
): Transfer[] {
  const { debits, credits, reversed } = AccountFilterFlags
  const found = transfers.filter((transfer) => {
    const debit = hasFlag(filter.flags, debits) && transfer.debit_account_id === filter.account_id
    const credit =
      hasFlag(filter.flags, credits) && transfer.credit_account_id === filter.account_id
    return (debit || credit) && matches(transfer, filter)
  })
  return cut(found, hasFlag(filter.flags, reversed), filter.limit)
}

function matches(record: Found, filter: AccountFilter | QueryFilter): boolean {
  const { timestamp_min, timestamp_max } = filter
  if (record.timestamp < timestamp_min) return false
  if (timestamp_max !== 0n && record.timestamp > timestamp_max) return false
  const fields = ["user_data_128", "user_data_64", "user_data_32", "code"] as const
  return fields.every((field) => Number(filter[field]) === 0 || record[field] === filter[field])
}

function cut<Item>(items: readonly Item[], reversed: boolean, limit: number): Item[] {
  return (reversed ? items.toReversed() : [...items]).slice(0, limit)
}
