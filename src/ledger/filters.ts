// What a ledger's queries select by, as values.
// Owns: the shapes of both filters, their flags, their defaults, and a balance of the past.
// Field names are TigerBeetle's own. A field left at 0 selects nothing; all that are given must hold together.

export const AccountFilterFlags = {
  debits: 1,
  credits: 2,
  reversed: 4,
} as const

export const QueryFilterFlags = {
  reversed: 1,
} as const

/** Which transfers, or balances, of one account. `timestamp_…` in ns since 1970, both ends included. */
export interface AccountFilter {
  readonly account_id: bigint
  readonly user_data_128: bigint
  readonly user_data_64: bigint
  readonly user_data_32: number
  readonly code: number
  readonly timestamp_min: bigint
  readonly timestamp_max: bigint
  /** At most this many, oldest first; from 1. */
  readonly limit: number
  /** Bits of `AccountFilterFlags`; at least one of `debits` and `credits`. */
  readonly flags: number
}

/** Which accounts, or transfers, of all. `timestamp_…` in ns since 1970, both ends included. */
export interface QueryFilter {
  readonly user_data_128: bigint
  readonly user_data_64: bigint
  readonly user_data_32: number
  readonly ledger: number
  readonly code: number
  readonly timestamp_min: bigint
  readonly timestamp_max: bigint
  /** At most this many, oldest first; from 1. */
  readonly limit: number
  /** Bits of `QueryFilterFlags`. */
  readonly flags: number
}

/** What a caller gives; what is left out counts as 0, but `flags`, which then mean debits and credits. */
export type NewAccountFilter = Pick<AccountFilter, "account_id" | "limit"> & Partial<AccountFilter>

/** What a caller gives; what is left out counts as 0. */
export type NewQueryFilter = Pick<QueryFilter, "limit"> & Partial<QueryFilter>

/** An account's balances right after the transfer with this timestamp. Kept for accounts with the flag `history`. */
export interface AccountBalance {
  readonly debits_pending: bigint
  readonly debits_posted: bigint
  readonly credits_pending: bigint
  readonly credits_posted: bigint
  readonly timestamp: bigint
}

/** Selects nothing; every field there is. */
export const EMPTY_QUERY_FILTER: QueryFilter = {
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  ledger: 0,
  code: 0,
  timestamp_min: 0n,
  timestamp_max: 0n,
  limit: 0,
  flags: 0,
}

/** Selects nothing; every field there is. */
export const EMPTY_ACCOUNT_FILTER: AccountFilter = {
  account_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  code: 0,
  timestamp_min: 0n,
  timestamp_max: 0n,
  limit: 0,
  flags: AccountFilterFlags.debits | AccountFilterFlags.credits,
}

/** The filter with every field present. */
export function completeAccountFilter(filter: NewAccountFilter): AccountFilter {
  return { ...EMPTY_ACCOUNT_FILTER, ...filter }
}

/** The filter with every field present. */
export function completeQueryFilter(filter: NewQueryFilter): QueryFilter {
  return { ...EMPTY_QUERY_FILTER, ...filter }
}
