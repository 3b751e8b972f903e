// The short forms in which the cases of the ledger's contract are written.
// Owns: one function for each kind of step, and the usual account and transfer.
import type { AccountStatus } from "../../src/ledger/account-status.ts"
import type { FenceResult } from "../../src/ledger/fence.ts"
import type { OutcomeClass } from "../../src/ledger/outcome.ts"
import type { NewTransfer } from "../../src/ledger/records.ts"
import type { TransferStatus } from "../../src/ledger/transfer-status.ts"
import type {
  AccountRow,
  AccountsStep,
  Balances,
  FilterRow,
  HistoryRow,
  Moment,
  QueryName,
  Step,
  TransferRow,
  TransfersStep,
} from "./ledger-case.ts"

/** Creates accounts one by one in one request; a single status counts for each of them. */
export function accounts(
  expected: AccountStatus | readonly AccountStatus[],
  ...events: readonly AccountRow[]
): AccountsStep {
  return { kind: "accounts", events, expected: spread(expected, events.length) }
}

/** Creates transfers one by one in one request; a single status counts for each of them. */
export function transfers(
  expected: TransferStatus | readonly TransferStatus[],
  ...events: readonly TransferRow[]
): TransfersStep {
  return { kind: "transfers", events, expected: spread(expected, events.length) }
}

/** Creates transfers in one request; all outcomes have this class, whatever each status says by itself. */
export function chain(
  outcomeClass: OutcomeClass,
  expected: TransferStatus | readonly TransferStatus[],
  ...events: readonly TransferRow[]
): TransfersStep {
  return { ...transfers(expected, ...events), outcomeClass }
}

/** Makes these calls at once; each gets what it expects, whichever is executed first. */
export function together(...calls: readonly (AccountsStep | TransfersStep)[]): Step {
  return { kind: "together", calls, order: "kept", expected: calls.map(({ expected }) => expected) }
}

/** Makes these calls at once; one of them gets what each expects. */
export function togetherInAnyOrder(...calls: readonly (AccountsStep | TransfersStep)[]): Step {
  return { kind: "together", calls, order: "open", expected: calls.map(({ expected }) => expected) }
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

export function advanceTo(...moment: Moment): Step {
  return { kind: "advanceTo", moment }
}

/** What the query finds, in order. */
export function finds(
  query: Exclude<QueryName, "getAccountBalances">,
  filter: FilterRow,
  ...expected: readonly bigint[]
): Step {
  return { kind: "query", query, filter, expected }
}

/** The balances of the past, in order. */
export function history(filter: FilterRow, ...expected: readonly HistoryRow[]): Step {
  return { kind: "history", filter, expected }
}

/** The query is an error that names this field. */
export function refused(query: QueryName, expected: string, filter: FilterRow): Step {
  return { kind: "refused", query, filter, expected }
}

export function fence(id: bigint, expected: FenceResult | "ledger_invalid"): Step {
  return { kind: "fence", id, expected }
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
