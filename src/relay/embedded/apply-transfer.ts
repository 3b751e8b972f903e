// Writing down a transfer that passed every check.
// Owns: the three things that belong together: the transfer, both accounts, their history.
//   A1. The history shows the accounts as they are after the transfer, under the transfer's own timestamp.
import { AccountFlags, hasFlag } from "../../ledger/flags.ts"
import type { Transfer } from "../../ledger/records.ts"
import type { Accounts } from "./balance.ts"
import type { Store } from "./store.ts"

/** @param after the two accounts as the transfer leaves them. */
export function applyTransfer(store: Store, transfer: Transfer, after: Accounts): void {
  store.insertTransfer(transfer)
  updateAccounts(store, after)
  for (const account of [after.debit, after.credit]) {
    if (hasFlag(account.flags, AccountFlags.history)) {
      store.queries.insertBalance(account, transfer.timestamp)
    }
  }
}

export function updateAccounts(store: Store, { debit, credit }: Accounts): void {
  store.updateAccount(debit)
  store.updateAccount(credit)
}
