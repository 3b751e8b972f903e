// What the relay tells its operator, one entry an event.
// Owns: the closed list of entries. No amounts, no ids of accounts, no secrets.
import type { AuthRefusal } from "./authenticator.ts"

export type RelayLogEntry =
  | { readonly event: "auth_refused"; readonly reason: AuthRefusal; readonly path: string }
  | { readonly event: "outcome_unknown"; readonly path: string; readonly waitedMs: number }
  | { readonly event: "call_failed"; readonly path: string; readonly message: string }
  | { readonly event: "request_failed"; readonly path: string; readonly message: string }
  | { readonly event: "ledger_silent"; readonly ledger: string; readonly hint: string }
  | { readonly event: "draining"; readonly inFlight: number }
  | { readonly event: "drained" }

export type RelayLog = (entry: RelayLogEntry) => void
