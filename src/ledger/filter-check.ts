// Whether a filter can select anything at all.
// Owns: the rules. TigerBeetle answers a filter that breaks one with an empty list, which reads like "there is
// nothing"; here it is an error, found before the ledger is asked.
import {
  type AccountFilter,
  AccountFilterFlags,
  type QueryFilter,
  QueryFilterFlags,
} from "./filters.ts"
import { hasFlag, unknownFlagBits } from "./flags.ts"
import { U63_MAX, U128_MAX } from "./integers.ts"

/** The rule a filter breaks, as `field: expected …, got …`; `undefined` when it breaks none. */
export function brokenAccountFilterRule(
  filter: AccountFilter,
  limitMax: number,
): string | undefined {
  const { account_id, flags } = filter
  if (account_id === 0n || account_id === U128_MAX) {
    return `filter.account_id: expected an account's id, got ${account_id}`
  }
  const unknown = unknownFlagBits(flags, AccountFilterFlags)
  if (unknown !== 0) return `filter.flags: expected no unknown bits, got ${unknown}`
  const { debits, credits } = AccountFilterFlags
  if (!hasFlag(flags, debits) && !hasFlag(flags, credits)) {
    return "filter.flags: expected debits, credits or both, got neither"
  }
  return brokenRangeRule(filter, limitMax)
}

/** The rule a filter breaks, as `field: expected …, got …`; `undefined` when it breaks none. */
export function brokenQueryFilterRule(filter: QueryFilter, limitMax: number): string | undefined {
  const unknown = unknownFlagBits(filter.flags, QueryFilterFlags)
  if (unknown !== 0) return `filter.flags: expected no unknown bits, got ${unknown}`
  return brokenRangeRule(filter, limitMax)
}

function brokenRangeRule(
  { timestamp_min, timestamp_max, limit }: AccountFilter | QueryFilter,
  limitMax: number,
): string | undefined {
  if (timestamp_min > U63_MAX) {
    return `filter.timestamp_min: expected 0..${U63_MAX}, got ${timestamp_min}`
  }
  if (timestamp_max > U63_MAX) {
    return `filter.timestamp_max: expected 0..${U63_MAX}, got ${timestamp_max}`
  }
  if (timestamp_max !== 0n && timestamp_min > timestamp_max) {
    return `filter.timestamp_min: expected at most timestamp_max ${timestamp_max}, got ${timestamp_min}`
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
    return `filter.limit: expected integer 1..${limitMax}, got ${limit}`
  }
  return undefined
}
