// The language in which the ledger's contract is written down: cases of steps, each with what must come back.
// Owns: the steps and their short forms. Rows use small ids; the runner moves them to ids of their own.
import type { AccountStatus } from "../../src/ledger/account-status.ts"
import type { NewAccount, NewTransfer } from "../../src/ledger/records.ts"
import type { TransferStatus } from "../../src/ledger/transfer-status.ts"

/** For imported events: the timestamp is that of an account, plus some ns. */
interface ImportedAt {
  readonly importedAt?: readonly [account: bigint, plusNs: bigint]
}

export type AccountRow = NewAccount & ImportedAt
export type TransferRow = NewTransfer & ImportedAt

/** Debits pending and posted, credits pending and posted. */
export type Balances = readonly [bigint, bigint, bigint, bigint]

export type Step =
  | {
      readonly kind: "accounts"
      readonly events: readonly AccountRow[]
      readonly expected: readonly AccountStatus[]
    }
  | {
      readonly kind: "transfers"
      readonly events: readonly TransferRow[]
      readonly expected: readonly TransferStatus[]
    }
  | { readonly kind: "balances"; readonly account: bigint; readonly expected: Balances }
  | { readonly kind: "transfer"; readonly id: bigint; readonly expected: Partial<NewTransfer> }
  | { readonly kind: "advance"; readonly seconds: number }

/**
 * What a case needs of the ledger beyond the port:
 * - `any_flags`: flags without a name can be sent;
 * - `any_time`: the clock can be set far ahead.
 */
export type Need = "any_flags" | "any_time"

export interface LedgerCase {
  /** A sentence about the ledger. */
  readonly name: string
  readonly needs?: Need
  readonly steps: readonly Step[]
}

/** Creates accounts one by one in one request; a single status counts for each of them. */
export function accounts(
  expected: AccountStatus | readonly AccountStatus[],
  ...events: readonly AccountRow[]
): Step {
  return { kind: "accounts", events, expected: spread(expected, events.length) }
}

/** Creates transfers one by one in one request; a single status counts for each of them. */
export function transfers(
  expected: TransferStatus | readonly TransferStatus[],
  ...events: readonly TransferRow[]
): Step {
  return { kind: "transfers", events, expected: spread(expected, events.length) }
}

export function balances(account: bigint, ...expected: Balances): Step {
  return { kind: "balances", account, expected }
}

/** What is stored under the id. */
export function stored(id: bigint, expected: Partial<NewTransfer>): Step {
  return { kind: "transfer", id, expected }
}

export function advance(seconds: number): Step {
  return { kind: "advance", seconds }
}

/** A plain account of ledger 1. */
export function account(id: bigint, fields: Partial<AccountRow> = {}): AccountRow {
  return { id, ledger: 1, code: 1, ...fields }
}

/** A transfer of 10 from account 1 to account 2 of ledger 1. */
export function move(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return {
    id,
    debit_account_id: 1n,
    credit_account_id: 2n,
    amount: 10n,
    ledger: 1,
    code: 1,
    ...fields,
  }
}

function spread<Status>(expected: Status | readonly Status[], count: number): readonly Status[] {
  return Array.isArray(expected)
    ? (expected as readonly Status[])
    : Array.from({ length: count }, () => expected as Status)
}
