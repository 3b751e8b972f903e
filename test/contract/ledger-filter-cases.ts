// Which filters every ledger refuses, naming the field: they could select nothing, and an empty answer would read as
// if there were nothing.
import { AccountFilterFlags } from "../../src/ledger/filters.ts"
import { U63_MAX, U64_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import { QUERY_LIMIT_MAX } from "../../src/ledger/limits.ts"
import type { FilterRow, LedgerCase, QueryName, Step } from "./ledger-case.ts"
import { account, accounts, finds, refused } from "./ledger-case-forms.ts"

const OF_AN_ACCOUNT = ["getAccountTransfers", "getAccountBalances"] as const
const OF_ALL = ["queryAccounts", "queryTransfers"] as const
const EVERY_QUERY: readonly QueryName[] = [...OF_AN_ACCOUNT, ...OF_ALL]

function each(queries: readonly QueryName[], field: string, filter: FilterRow): Step[] {
  return queries.map((query) => refused(query, `filter.${field}`, { account_id: 1n, ...filter }))
}

export const FILTER_CASES: readonly LedgerCase[] = [
  {
    name: "a query of one account names an account that there can be",
    steps: [
      ...each(OF_AN_ACCOUNT, "account_id", { account_id: 0n }),
      ...each(OF_AN_ACCOUNT, "account_id", { account_id: U128_MAX }),
    ],
  },
  {
    name: "a query of one account asks for debits, credits or both",
    steps: [
      ...each(OF_AN_ACCOUNT, "flags", { flags: 0 }),
      ...each(OF_AN_ACCOUNT, "flags", { flags: AccountFilterFlags.reversed }),
    ],
  },
  {
    name: "a query asks for one record at least and for as many as one answer holds at most",
    steps: [
      ...each(EVERY_QUERY, "limit", { limit: 0 }),
      ...each(EVERY_QUERY, "limit", { limit: QUERY_LIMIT_MAX + 1 }),
      accounts("created", account(1n)),
      finds("queryAccounts", { from: [1n, 0n], to: [1n, 0n], limit: QUERY_LIMIT_MAX }, 1n),
    ],
  },
  {
    name: "a query's times are in their order",
    steps: each(EVERY_QUERY, "timestamp_min", { timestamp_min: 2n, timestamp_max: 1n }),
  },
  {
    name: "a query's times are times that a record can have",
    steps: [
      ...each(EVERY_QUERY, "timestamp_min", { timestamp_min: U64_MAX }),
      ...each(EVERY_QUERY, "timestamp_max", { timestamp_max: U64_MAX }),
      ...each(EVERY_QUERY, "timestamp_min", { timestamp_min: U63_MAX + 1n }),
      ...each(EVERY_QUERY, "timestamp_max", { timestamp_max: U63_MAX + 1n }),
      accounts("created", account(1n)),
      finds("queryAccounts", { from: [1n, 0n], timestamp_max: U63_MAX }, 1n),
      finds("queryAccounts", { timestamp_min: U63_MAX, timestamp_max: U63_MAX }),
    ],
  },
  {
    name: "a query's unknown flag is refused",
    needs: "any_flags",
    steps: [
      ...each(OF_AN_ACCOUNT, "flags", { flags: 8 | AccountFilterFlags.debits }),
      ...each(OF_ALL, "flags", { flags: 2 }),
    ],
  },
]
