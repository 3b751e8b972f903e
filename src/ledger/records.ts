// Accounts and transfers as values.
// Owns: their shape and their defaults. Must not know who stores them or how they travel.
// Field names are TigerBeetle's own, so that its documentation applies word for word and so that port,
// wire, database column and error message never need a translation.

/** An account as a ledger holds it. Balances in the ledger's minor units, `timestamp` in ns since 1970. */
export interface Account {
  readonly id: bigint
  readonly debits_pending: bigint
  readonly debits_posted: bigint
  readonly credits_pending: bigint
  readonly credits_posted: bigint
  readonly user_data_128: bigint
  readonly user_data_64: bigint
  readonly user_data_32: number
  readonly ledger: number
  readonly code: number
  /** Bits of `AccountFlags`. */
  readonly flags: number
  readonly timestamp: bigint
}

/** A transfer as a ledger holds it. `timeout` in seconds, `timestamp` in ns since 1970. */
export interface Transfer {
  readonly id: bigint
  readonly debit_account_id: bigint
  readonly credit_account_id: bigint
  readonly amount: bigint
  readonly pending_id: bigint
  readonly user_data_128: bigint
  readonly user_data_64: bigint
  readonly user_data_32: number
  readonly timeout: number
  readonly ledger: number
  readonly code: number
  /** Bits of `TransferFlags`. */
  readonly flags: number
  readonly timestamp: bigint
}

/** Every field of a request to create an account; `reserved` is there only so that it can be refused. */
export interface AccountRequest extends Account {
  readonly reserved: number
}

/** Every field of a request to create a transfer. */
export type TransferRequest = Transfer

/** What a caller gives to create an account; what is left out counts as 0. */
export type NewAccount = Pick<AccountRequest, "id" | "ledger" | "code"> & Partial<AccountRequest>

/** What a caller gives to create a transfer; what is left out counts as 0. */
export type NewTransfer = Pick<TransferRequest, "id"> & Partial<TransferRequest>

/** Nothing but zeros; every field there is. */
export const EMPTY_ACCOUNT: AccountRequest = {
  id: 0n,
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  ledger: 0,
  code: 0,
  flags: 0,
  timestamp: 0n,
}

/** Nothing but zeros; every field there is. */
export const EMPTY_TRANSFER: TransferRequest = {
  id: 0n,
  debit_account_id: 0n,
  credit_account_id: 0n,
  amount: 0n,
  pending_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  timeout: 0,
  ledger: 0,
  code: 0,
  flags: 0,
  timestamp: 0n,
}

/** The request with every field present; the very same one when it is complete already. */
export function completeAccount(account: NewAccount): AccountRequest {
  return isCompleteAccount(account) ? account : { ...EMPTY_ACCOUNT, ...account }
}

/** The request with every field present; the very same one when it is complete already. */
export function completeTransfer(transfer: NewTransfer): TransferRequest {
  return isCompleteTransfer(transfer) ? transfer : { ...EMPTY_TRANSFER, ...transfer }
}

// A relay completes what it reads and hands it on: these are asked for every event, so they are spelled out.
function isCompleteAccount(account: NewAccount): account is AccountRequest {
  return (
    account.debits_pending !== undefined &&
    account.debits_posted !== undefined &&
    account.credits_pending !== undefined &&
    account.credits_posted !== undefined &&
    account.user_data_128 !== undefined &&
    account.user_data_64 !== undefined &&
    account.user_data_32 !== undefined &&
    account.reserved !== undefined &&
    account.flags !== undefined &&
    account.timestamp !== undefined
  )
}

function isCompleteTransfer(transfer: NewTransfer): transfer is TransferRequest {
  return (
    transfer.debit_account_id !== undefined &&
    transfer.credit_account_id !== undefined &&
    transfer.amount !== undefined &&
    transfer.pending_id !== undefined &&
    transfer.user_data_128 !== undefined &&
    transfer.user_data_64 !== undefined &&
    transfer.user_data_32 !== undefined &&
    transfer.timeout !== undefined &&
    transfer.ledger !== undefined &&
    transfer.code !== undefined &&
    transfer.flags !== undefined &&
    transfer.timestamp !== undefined
  )
}
