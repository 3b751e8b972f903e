// Accounts and transfers on the relay's wire: JSON objects with TigerBeetle's field names.
// Owns: which field is of which kind. In requests an omitted field is 0; in answers every field stands.
import type { AccountBalance, AccountFilter, QueryFilter } from "./filters.ts"
import type { Account, AccountRequest, Transfer, TransferRequest } from "./records.ts"
import {
  accountFilterFlags,
  accountFlags,
  code,
  ledger,
  queryFilterFlags,
  transferFlags,
  u128,
  u32,
  u64,
} from "./wire-codec.ts"
import { isObject, WireError } from "./wire-field.ts"
import { readRecord, recordForm, writeRecord } from "./wire-form.ts"
import { readPlainTransfer } from "./wire-transfer.ts"

const STORED_ACCOUNT_FIELDS = {
  id: u128,
  debits_pending: u128,
  debits_posted: u128,
  credits_pending: u128,
  credits_posted: u128,
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  ledger,
  code,
  flags: accountFlags,
  timestamp: u64,
}

const accountForm = recordForm<Account>(STORED_ACCOUNT_FIELDS)

const accountRequestForm = recordForm<AccountRequest>({ ...STORED_ACCOUNT_FIELDS, reserved: u32 })

const transferForm = recordForm<Transfer>({
  id: u128,
  debit_account_id: u128,
  credit_account_id: u128,
  amount: u128,
  pending_id: u128,
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  timeout: u32,
  ledger,
  code,
  flags: transferFlags,
  timestamp: u64,
})

const balanceForm = recordForm<AccountBalance>({
  debits_pending: u128,
  debits_posted: u128,
  credits_pending: u128,
  credits_posted: u128,
  timestamp: u64,
})

const accountFilterForm = recordForm<AccountFilter>({
  account_id: u128,
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  code,
  timestamp_min: u64,
  timestamp_max: u64,
  limit: u32,
  flags: accountFilterFlags,
})

const queryFilterForm = recordForm<QueryFilter>({
  user_data_128: u128,
  user_data_64: u64,
  user_data_32: u32,
  ledger,
  code,
  timestamp_min: u64,
  timestamp_max: u64,
  limit: u32,
  flags: queryFilterFlags,
})

/** @throws WireError naming the field and the rule. */
export function readAccountRequest(value: unknown): AccountRequest {
  return readRecord(value, accountRequestForm, "zero")
}

/** @throws WireError naming the field and the rule. */
export function readTransferRequest(value: unknown): TransferRequest {
  try {
    if (isObject(value)) return readPlainTransfer(value)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
  // It breaks a rule; this way knows the words for it.
  return readRecord(value, transferForm, "zero")
}

/** @throws WireError naming the field and the rule. */
export function readAccount(value: unknown): Account {
  return readRecord(value, accountForm, "refused")
}

/** @throws WireError naming the field and the rule. */
export function readTransfer(value: unknown): Transfer {
  return readRecord(value, transferForm, "refused")
}

/** @throws WireError naming the field and the rule. */
export function readBalance(value: unknown): AccountBalance {
  return readRecord(value, balanceForm, "refused")
}

/** @throws WireError naming the field and the rule. What is left out is 0, flags too. */
export function readAccountFilter(value: unknown): AccountFilter {
  return readRecord(value, accountFilterForm, "zero")
}

/** @throws WireError naming the field and the rule. */
export function readQueryFilter(value: unknown): QueryFilter {
  return readRecord(value, queryFilterForm, "zero")
}

/** A request without the fields that are 0. */
export function writeAccountRequest(account: AccountRequest): string {
  return writeRecord(account, accountRequestForm, "omitted")
}

/** A request without the fields that are 0. */
export function writeTransferRequest(transfer: TransferRequest): string {
  return writeRecord(transfer, transferForm, "omitted")
}

export function writeAccount(account: Account): string {
  return writeRecord(account, accountForm, "written")
}

export function writeTransfer(transfer: Transfer): string {
  return writeRecord(transfer, transferForm, "written")
}

export function writeBalance(balance: AccountBalance): string {
  return writeRecord(balance, balanceForm, "written")
}

/** A filter without the fields that are 0. */
export function writeAccountFilter(filter: AccountFilter): string {
  return writeRecord(filter, accountFilterForm, "omitted")
}

/** A filter without the fields that are 0. */
export function writeQueryFilter(filter: QueryFilter): string {
  return writeRecord(filter, queryFilterForm, "omitted")
}
