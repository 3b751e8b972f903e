// What the relay needs of a ledger beyond the port: a name, a word of caution, an end.
// Owns: the interface. Two implementations: the embedded ledger and TigerBeetle.
import type { LedgerOperations } from "../ledger/ledger.ts"

/** Says which ledger this is, in `/readyz` and in the start banner. */
export interface LedgerDescription {
  readonly kind: "embedded" | "tigerbeetle"
  /** Where its data is. */
  readonly place: string
  /** What an operator must know before trusting it with money. */
  readonly note: string
}

export interface LedgerBackend extends LedgerOperations {
  readonly description: LedgerDescription
  /** How many clients it has made so far, from 1; only where a client can be lost and made anew. */
  readonly generation?: number
  /** Ends it; calls in flight fail as unknown. */
  close(): void
}
