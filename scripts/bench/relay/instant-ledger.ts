// Instant ledger: answers at once that everything was created, so that only the relay is measured.
// Owns: nothing; it keeps nothing. Only transfers can be asked of it.

import type { NewTransfer } from "../../../src/ledger/records.ts"
import { transferOutcome, type TransferOutcome } from "../../../src/ledger/status-outcome.ts"
import type { LedgerBackend } from "../../../src/relay/ledger-backend.ts"

export function openInstantLedger(): LedgerBackend {
  let lastTimestamp = BigInt(Date.now()) * 1_000_000n
  const unexpected = () => Promise.reject(new Error("The instant ledger creates transfers only."))
  return {
    description: { kind: "embedded", place: "nowhere", note: "for measuring the relay alone" },
    createAccounts: unexpected,
    createTransfers: (transfers: readonly NewTransfer[]): Promise<TransferOutcome[]> =>
      Promise.resolve(transfers.map(() => transferOutcome("created", ++lastTimestamp))),
    // The relay asks for an account to see whether its ledger answers.
    lookupAccounts: () => Promise.resolve([]),
    lookupTransfers: unexpected,
    getAccountTransfers: unexpected,
    getAccountBalances: unexpected,
    queryAccounts: unexpected,
    queryTransfers: unexpected,
    close: () => undefined,
  }
}
