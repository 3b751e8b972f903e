// The language in which the ledger's contract is written down: cases of steps, each with what must come back.
// Owns: the steps. Rows use small ids; the runner moves them to ids of their own. Short forms: `ledger-case-forms.ts`.
import type { AccountStatus } from "../../src/ledger/account-status.ts"
import type { FenceResult } from "../../src/ledger/fence.ts"
import type { AccountFilter, QueryFilter } from "../../src/ledger/filters.ts"
import type { OutcomeClass } from "../../src/ledger/outcome.ts"
import type { NewAccount, NewTransfer } from "../../src/ledger/records.ts"
import type { TransferStatus } from "../../src/ledger/transfer-status.ts"

/** The time of an account or a transfer of this case, plus some ns. */
export type Moment = readonly [id: bigint, plusNs: bigint]

/** For imported events: their own time. */
interface ImportedAt {
  readonly importedAt?: Moment
}

/** Values that no other case uses: the same number stands for the same value within a case. */
export interface Own {
  readonly own?: {
    readonly user_data_128?: number
    readonly user_data_64?: number
    readonly user_data_32?: number
  }
}

export type AccountRow = NewAccount & ImportedAt & Own
export type TransferRow = NewTransfer & ImportedAt & Own

/** A filter of either kind; up to 100 records unless it says otherwise. */
export interface FilterRow extends Partial<AccountFilter & QueryFilter>, Own {
  readonly from?: Moment
  readonly to?: Moment
}

/** Debits pending and posted, credits pending and posted. */
export type Balances = readonly [bigint, bigint, bigint, bigint]

/** The account's balances after this transfer. */
export type HistoryRow = readonly [transfer: bigint, ...Balances]

export type QueryName =
  "getAccountTransfers" | "getAccountBalances" | "queryAccounts" | "queryTransfers"

export interface AccountsStep {
  readonly kind: "accounts"
  readonly events: readonly AccountRow[]
  readonly expected: readonly AccountStatus[]
}

export interface TransfersStep {
  readonly kind: "transfers"
  readonly events: readonly TransferRow[]
  readonly expected: readonly TransferStatus[]
  /** Of every outcome in this step. */
  readonly outcomeClass?: OutcomeClass
}

export type Step =
  | AccountsStep
  | TransfersStep
  /** Calls made at once, none waiting for another; what each gets, or all of it in no certain order. */
  | {
      readonly kind: "together"
      readonly calls: readonly (AccountsStep | TransfersStep)[]
      readonly order: "kept" | "open"
      readonly expected: readonly (readonly string[])[]
    }
  | { readonly kind: "balances"; readonly account: bigint; readonly expected: Balances }
  | { readonly kind: "transfer"; readonly id: bigint; readonly expected: Partial<NewTransfer> }
  /** The ids of what is found. */
  | {
      readonly kind: "query"
      readonly query: Exclude<QueryName, "getAccountBalances">
      readonly filter: FilterRow
      readonly expected: readonly bigint[]
    }
  | {
      readonly kind: "history"
      readonly filter: FilterRow
      readonly expected: readonly HistoryRow[]
    }
  /** The field that the refusal names. */
  | {
      readonly kind: "refused"
      readonly query: QueryName
      readonly filter: FilterRow
      readonly expected: string
    }
  | {
      readonly kind: "fence"
      readonly id: bigint
      readonly expected: FenceResult | "ledger_invalid"
    }
  | { readonly kind: "advance"; readonly seconds: number }
  | { readonly kind: "advanceTo"; readonly moment: Moment }

/**
 * What a case needs of the ledger beyond the port:
 * - `any_flags`: flags without a name can be sent;
 * - `any_time`: the clock can be set far ahead;
 * - `exact_time`: the clock stands still until it is moved, and can be set to the nanosecond.
 */
export type Need = "any_flags" | "any_time" | "exact_time"

export interface LedgerCase {
  /** A sentence about the ledger. */
  readonly name: string
  readonly needs?: Need
  readonly steps: readonly Step[]
}
