// What the relay tells its operator, one entry an event.
// Owns: the closed list of entries. No amounts, no ids of accounts or transfers, no secrets, no bodies.
import type { LedgerErrorCode } from "../ledger/errors.ts"
import type { RelayOperation } from "../ledger/wire.ts"
import type { AuthRefusal } from "./access/authenticator.ts"

export type RelayLogEntry =
  | {
      readonly event: "started"
      readonly url: string
      readonly ledger: string
      readonly place: string
      readonly keys: readonly string[]
      readonly eventsMax: number
    }
  | { readonly event: "ready" | "not_ready" }
  /** The ledger has settled nothing for so long; after that, how long it was. */
  | { readonly event: "stalled" | "recovered"; readonly silentMs: number }
  | { readonly event: "ledger_silent"; readonly ledger: string; readonly hint: string }
  /** A request that was not answered 200, or slowly, or every one where the operator wants them all. */
  | {
      readonly event: "request"
      readonly operation: RelayOperation | "none"
      /** `null`: nobody knows who asked. */
      readonly key: string | null
      /** Events, ids or records asked for; `null`: the body was not read. */
      readonly events: number | null
      readonly status: number
      readonly waitedMs: number
    }
  | {
      readonly event: "auth_refused"
      readonly reason: AuthRefusal
      readonly operation: RelayOperation
    }
  /** A call of the ledger that failed; its callers have entries of their own. */
  | {
      readonly event: "call_failed"
      readonly operation: RelayOperation
      readonly code: LedgerErrorCode | "unforeseen"
      readonly message: string
    }
  | { readonly event: "request_failed"; readonly message: string }
  /** More of the same within one second. */
  | { readonly event: "suppressed"; readonly of: RelayLogEvent; readonly count: number }
  | { readonly event: "draining"; readonly inFlight: number }
  | { readonly event: "drained" }

export type RelayLogEvent = "request" | "auth_refused" | "call_failed" | "request_failed"

export type RelayLog = (entry: RelayLogEntry) => void
