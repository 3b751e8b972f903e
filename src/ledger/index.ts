// What a program that uses the ledger gets: `import { … } from "belay/ledger"`.
// Owns: the list. A name that is not here is not part of the library's promise.

export { ACCOUNT_STATUSES, type AccountStatus } from "./account-status.ts"
export { businessId, deterministicId, type IdParts } from "./deterministic-id.ts"
export { LedgerError, type LedgerErrorCode } from "./errors.ts"
export type { FenceOutcome, FenceResult } from "./fence.ts"
export {
  type AccountBalance,
  type AccountFilter,
  AccountFilterFlags,
  type NewAccountFilter,
  type NewQueryFilter,
  type QueryFilter,
  QueryFilterFlags,
} from "./filters.ts"
export { AccountFlags, hasFlag, TransferFlags } from "./flags.ts"
export { AMOUNT_MAX } from "./integers.ts"
export type { CallOptions, Ledger } from "./ledger.ts"
export { EVENTS_MAX, QUERY_LIMIT_MAX } from "./limits.ts"
export type { Outcome, OutcomeClass } from "./outcome.ts"
export { patience, type WaitingStep } from "./patience.ts"
export type { Account, NewAccount, NewTransfer, Transfer } from "./records.ts"
export { RelayLedger, type RelayLedgerOptions } from "./relay-ledger.ts"
export { type RelayEnvironment, relayLedgerFromEnv } from "./relay-settings.ts"
export type { RelayKey } from "./signature.ts"
export type { AccountOutcome, TransferOutcome } from "./status-outcome.ts"
export { type IdentifiedStep, ledgerId, type LedgerIdOptions } from "./step-id.ts"
export { TRANSFER_STATUSES, type TransferStatus } from "./transfer-status.ts"
