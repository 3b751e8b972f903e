// Movement: the words in which accounts and transfers speak about money.
// Owns: the shapes that cross between a transfer's steps and an account object, and how op ids are made.

/**
 * One transfer as one of its accounts sees it. `amount` in minor units, positive. `counterparty` is what the money
 * comes from or goes to: another account, or the ledger's transfer that pays for a payout.
 */
export interface TransferLeg {
  readonly transferId: string
  readonly amount: number
  readonly counterparty: string
}

/**
 * - `debit`, `credit`, `reversal`: a transfer between two accounts, and the way back
 * - `payout`, `payback`: money that comes from the ledger, and the way back
 */
export type Note = "deposit" | "debit" | "credit" | "reversal" | "payout" | "payback"

/**
 * - `unknown_account`: nothing was ever deposited there
 * - `closed`: the account takes nothing in
 * - `insufficient`: the balance is smaller than the amount
 * - `limit`: the balance would pass what a JSON number carries exactly
 * - `conflict`: the op id belongs to an entry with other values
 * - `withdrawn`: the transfer was given up before this movement arrived
 * - `reversed`: the movement was applied and has been given back
 */
export type RefusalReason =
  "unknown_account" | "closed" | "insufficient" | "limit" | "conflict" | "withdrawn" | "reversed"

/** What an account answers; definite, and the same however often the movement is sent. */
export type MovementAnswer =
  /** `isNew`: this very call applied it. */
  | { readonly outcome: "applied"; readonly isNew: boolean; readonly balance: number }
  | { readonly outcome: "refused"; readonly reason: RefusalReason }

/** One line of an account. `amount` in minor units, negative for a debit or payback. */
export interface Entry {
  readonly opId: string
  readonly amount: number
  readonly note: Note
  readonly atMs: number
}

export interface AccountState {
  readonly balance: number
  readonly closed: boolean
}

/** The op id of a transfer's movement. */
export function opIdOf(transferId: string, note: Exclude<Note, "deposit">): string {
  return `${transferId}-${note}`
}

/** Op ids that could be a transfer's own, which a deposit must not take. */
export function isTransferOpId(opId: string): boolean {
  return /-(?:debit|credit|reversal|payout|payback)$/.test(opId)
}
