// From a row of the embedded ledger's tables to a typed record.
// Owns: the check of what SQLite returns. A row that does not fit is a damaged file, said at once.
import type { SQLOutputValue } from "node:sqlite"
import type { AccountBalance } from "../../ledger/filters.ts"
import type { Account, Transfer } from "../../ledger/records.ts"

export type Row = Readonly<Record<string, SQLOutputValue>>

export function accountFromRow(row: Row): Account {
  return {
    id: bigText(row, "id"),
    debits_pending: bigText(row, "debits_pending"),
    debits_posted: bigText(row, "debits_posted"),
    credits_pending: bigText(row, "credits_pending"),
    credits_posted: bigText(row, "credits_posted"),
    user_data_128: bigText(row, "user_data_128"),
    user_data_64: bigText(row, "user_data_64"),
    user_data_32: small(row, "user_data_32"),
    ledger: small(row, "ledger"),
    code: small(row, "code"),
    flags: small(row, "flags"),
    timestamp: big(row, "timestamp"),
  }
}

export function transferFromRow(row: Row): Transfer {
  return {
    id: bigText(row, "id"),
    debit_account_id: bigText(row, "debit_account_id"),
    credit_account_id: bigText(row, "credit_account_id"),
    amount: bigText(row, "amount"),
    pending_id: bigText(row, "pending_id"),
    user_data_128: bigText(row, "user_data_128"),
    user_data_64: bigText(row, "user_data_64"),
    user_data_32: small(row, "user_data_32"),
    timeout: small(row, "timeout"),
    ledger: small(row, "ledger"),
    code: small(row, "code"),
    flags: small(row, "flags"),
    timestamp: big(row, "timestamp"),
  }
}

export function balanceFromRow(row: Row): AccountBalance {
  return {
    debits_pending: bigText(row, "debits_pending"),
    debits_posted: bigText(row, "debits_posted"),
    credits_pending: bigText(row, "credits_pending"),
    credits_posted: bigText(row, "credits_posted"),
    timestamp: big(row, "timestamp"),
  }
}

/** An INTEGER column; the database is opened so that integers come as bigint. */
export function big(row: Row, column: string): bigint {
  const value = row[column]
  if (typeof value !== "bigint") throw damaged(column, value)
  return value
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== "string") throw damaged(column, value)
  return value
}

function small(row: Row, column: string): number {
  return Number(big(row, column))
}

function bigText(row: Row, column: string): bigint {
  return BigInt(text(row, column))
}

function damaged(column: string, value: unknown): Error {
  return new Error(`The ledger file is damaged: column ${column} holds a ${typeof value}.`)
}
