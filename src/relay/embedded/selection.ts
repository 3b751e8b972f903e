// From a filter to the SQL that selects by it.
// Owns: which filters select nothing, and through which index each one is answered. Reads no table itself.
//   S1. Every selection names its index, so that no query reads more rows than share the value it asks for.
//   S2. Values are parameters: the number of different texts is small.
import type { SQLInputValue } from "node:sqlite"
import {
  type AccountFilter,
  AccountFilterFlags,
  type QueryFilter,
  QueryFilterFlags,
} from "../../ledger/filters.ts"
import { hasFlag, unknownFlagBits } from "../../ledger/flags.ts"
import { U63_MAX, U128_MAX } from "../../ledger/integers.ts"

export interface Selection {
  readonly sql: string
  readonly values: readonly SQLInputValue[]
}

type Table = "accounts" | "transfers"

/** One `column = value`. */
interface Term {
  readonly column: string
  readonly value: SQLInputValue
}

/** Transfers of one account, in order; `undefined` for a filter that selects nothing by its form. */
export function selectAccountTransfers(filter: AccountFilter): Selection | undefined {
  const sides = sidesOf(filter)
  if (sides === undefined) return undefined
  // No transfer has the same account on both sides, so nothing is found twice.
  const selections = sides.map((column) =>
    select(
      "transfers",
      column,
      [{ column, value: `${filter.account_id}` }, ...termsOf(filter)],
      filter,
    ),
  )
  return {
    sql: `${selections.map(({ sql }) => sql).join(" UNION ALL ")} ${order(filter, AccountFilterFlags)}`,
    values: [...selections.flatMap(({ values }) => values), filter.limit],
  }
}

/** The account's balances after each transfer that `selectAccountTransfers` finds, in the same order. */
export function selectAccountBalances(
  filter: AccountFilter,
  accountTimestamp: bigint,
): Selection | undefined {
  const sides = sidesOf(filter)
  if (sides === undefined) return undefined
  const terms = termsOf(filter)
  const conditions = [
    "account_timestamp = ?",
    ...terms.map(({ column }) => `${column} = ?`),
    `? IN (${sides.join(", ")})`,
    "timestamp BETWEEN ? AND ?",
  ]
  return {
    sql: `SELECT account_balances.* FROM account_balances CROSS JOIN transfers USING (timestamp)
          WHERE ${conditions.join(" AND ")} ${order(filter, AccountFilterFlags)}`,
    values: [
      accountTimestamp,
      ...terms.map(({ value }) => value),
      `${filter.account_id}`,
      ...rangeOf(filter),
      filter.limit,
    ],
  }
}

/** Rows of the table, in order; `undefined` for a filter that selects nothing by its form. */
export function selectBy(table: Table, filter: QueryFilter): Selection | undefined {
  if (unknownFlagBits(filter.flags, QueryFilterFlags) !== 0) return undefined
  if (!isRange(filter)) return undefined
  const terms = termsOf(filter)
  const { sql, values } = select(table, terms[0]?.column, terms, filter)
  return { sql: `${sql} ${order(filter, QueryFilterFlags)}`, values: [...values, filter.limit] }
}

// The columns in which the account may stand; `undefined` for a filter that selects nothing by its form.
function sidesOf(filter: AccountFilter): string[] | undefined {
  const { account_id, flags } = filter
  const { debits, credits } = AccountFilterFlags
  if (account_id === 0n || account_id === U128_MAX) return undefined
  if (unknownFlagBits(flags, AccountFilterFlags) !== 0) return undefined
  if (!isRange(filter)) return undefined
  const sides = [
    ...(hasFlag(flags, debits) ? ["debit_account_id"] : []),
    ...(hasFlag(flags, credits) ? ["credit_account_id"] : []),
  ]
  return sides.length === 0 ? undefined : sides
}

function isRange({ timestamp_min, timestamp_max, limit }: AccountFilter | QueryFilter): boolean {
  if (timestamp_min > U63_MAX || timestamp_max > U63_MAX) return false
  if (timestamp_max !== 0n && timestamp_min > timestamp_max) return false
  return limit !== 0
}

// The rarest value comes first: it chooses the index. `user_data_128` mostly names one business case, `ledger`
// a whole currency.
function termsOf(filter: AccountFilter | QueryFilter): Term[] {
  const terms: Term[] = []
  const { user_data_128, user_data_64, user_data_32, code } = filter
  if (user_data_128 !== 0n) terms.push({ column: "user_data_128", value: `${user_data_128}` })
  if (user_data_64 !== 0n) terms.push({ column: "user_data_64", value: `${user_data_64}` })
  if (user_data_32 !== 0) terms.push({ column: "user_data_32", value: user_data_32 })
  if (code !== 0) terms.push({ column: "code", value: code })
  if ("ledger" in filter && filter.ledger !== 0) {
    terms.push({ column: "ledger", value: filter.ledger })
  }
  return terms
}

function select(
  table: Table,
  indexedColumn: string | undefined,
  terms: readonly Term[],
  filter: AccountFilter | QueryFilter,
): Selection {
  const index =
    indexedColumn === undefined ? "NOT INDEXED" : `INDEXED BY ${table}_by_${indexedColumn}`
  const conditions = terms.flatMap(({ column }) => [`${column} = ?`, ...notZero(column)])
  return {
    sql: `SELECT * FROM ${table} ${index} WHERE ${[...conditions, "timestamp BETWEEN ? AND ?"].join(" AND ")}`,
    values: [...terms.map(({ value }) => value), ...rangeOf(filter)],
  }
}

function rangeOf({ timestamp_min, timestamp_max }: AccountFilter | QueryFilter): [bigint, bigint] {
  return [timestamp_min, timestamp_max === 0n ? U63_MAX : timestamp_max]
}

// The indexes of user data leave out 0, which nobody can ask for; SQLite uses them only when told so.
function notZero(column: string): string[] {
  if (column === "user_data_32") return [`${column} <> 0`]
  return column.startsWith("user_data_") ? [`${column} <> '0'`] : []
}

function order(
  filter: { readonly flags: number },
  { reversed }: { readonly reversed: number },
): string {
  return `ORDER BY timestamp ${hasFlag(filter.flags, reversed) ? "DESC" : "ASC"} LIMIT ?`
}
