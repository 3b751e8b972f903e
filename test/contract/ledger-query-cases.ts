// What every ledger answers to queries of transfers and accounts.
// Each names user data or times of its own, since the ledger may hold other things.
import { QueryFilterFlags } from "../../src/ledger/filters.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, advance, finds, move, transfers } from "./ledger-case-forms.ts"

const { pending, imported } = TransferFlags
const { reversed } = QueryFilterFlags

const back = { debit_account_id: 2n, credit_account_id: 1n }

/** Each with other user data and another code; all of them carry the case's own value 1. */
const tagged = [
  move(10n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 1 }, code: 1 }),
  move(11n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 2 }, code: 2 }),
  move(12n, { own: { user_data_128: 1, user_data_64: 2, user_data_32: 2 }, code: 2, ...back }),
  move(13n, { own: { user_data_128: 2, user_data_64: 2, user_data_32: 2 }, code: 2 }),
]

export const QUERY_CASES: readonly LedgerCase[] = [
  {
    name: "transfers are selected by user data, ledger and code, all given fields together",
    steps: [
      accounts("created", account(1n), account(2n)),
      accounts("created", account(3n, { ledger: 2 }), account(4n, { ledger: 2 })),
      transfers("created", ...tagged),
      transfers(
        "created",
        move(14n, {
          debit_account_id: 3n,
          credit_account_id: 4n,
          ledger: 2,
          own: { user_data_128: 1 },
        }),
      ),
      finds("queryTransfers", { own: { user_data_128: 1 } }, 10n, 11n, 12n, 14n),
      finds("queryTransfers", { own: { user_data_64: 2 } }, 12n, 13n),
      finds("queryTransfers", { own: { user_data_32: 2 }, from: [10n, 0n] }, 11n, 12n, 13n),
      finds("queryTransfers", { own: { user_data_128: 1 }, ledger: 1 }, 10n, 11n, 12n),
      finds("queryTransfers", { own: { user_data_128: 1 }, ledger: 2 }, 14n),
      finds("queryTransfers", { ledger: 2, from: [14n, 0n], to: [14n, 0n] }, 14n),
      finds("queryTransfers", { own: { user_data_128: 1 }, code: 2 }, 11n, 12n),
      finds("queryTransfers", { code: 2, from: [11n, 0n], to: [13n, 0n] }, 11n, 12n, 13n),
      finds("queryTransfers", { own: { user_data_128: 1, user_data_64: 1 }, code: 2 }, 11n),
      finds("queryTransfers", { own: { user_data_128: 2, user_data_64: 1 } }),
      finds("queryTransfers", { own: { user_data_128: 3 } }),
    ],
  },
  {
    name: "transfers are found oldest first or reversed, by time with both ends, up to the limit",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("created", ...tagged),
      finds("queryTransfers", { from: [10n, 0n], to: [13n, 0n] }, 10n, 11n, 12n, 13n),
      finds("queryTransfers", { from: [10n, 1n], to: [13n, -1n] }, 11n, 12n),
      finds(
        "queryTransfers",
        { from: [10n, 0n], to: [13n, 0n], limit: 2, flags: reversed },
        13n,
        12n,
      ),
      finds("queryTransfers", { own: { user_data_128: 1 }, limit: 2 }, 10n, 11n),
      finds("queryTransfers", { own: { user_data_128: 1 }, limit: 2, flags: reversed }, 12n, 11n),
      finds("queryTransfers", { own: { user_data_128: 1 }, from: [11n, 0n] }, 11n, 12n),
      finds("queryTransfers", { own: { user_data_128: 1 }, to: [11n, 0n] }, 10n, 11n),
    ],
  },
  {
    name: "accounts are selected by user data, ledger and code, all given fields together",
    steps: [
      accounts(
        "created",
        account(1n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 1 } }),
        account(2n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 2 }, code: 2 }),
        account(3n, { own: { user_data_128: 1, user_data_64: 2 }, code: 2, ledger: 2 }),
        account(4n, { own: { user_data_128: 2, user_data_64: 2 }, ledger: 2 }),
      ),
      finds("queryAccounts", { own: { user_data_128: 1 } }, 1n, 2n, 3n),
      finds("queryAccounts", { own: { user_data_64: 2 } }, 3n, 4n),
      finds("queryAccounts", { own: { user_data_32: 2 }, from: [1n, 0n] }, 2n),
      finds("queryAccounts", { ledger: 2, from: [1n, 0n], to: [4n, 0n] }, 3n, 4n),
      finds("queryAccounts", { code: 2, from: [1n, 0n], to: [4n, 0n] }, 2n, 3n),
      finds("queryAccounts", { own: { user_data_128: 1 }, code: 2, ledger: 2 }, 3n),
      finds("queryAccounts", { own: { user_data_128: 2, user_data_64: 1 } }),
      finds("queryAccounts", { own: { user_data_128: 1 }, code: 7 }),
    ],
  },
  {
    name: "accounts are found oldest first or reversed, by time with both ends, up to the limit",
    steps: [
      accounts("created", account(1n), account(2n)),
      accounts("created", account(3n), account(4n)),
      finds("queryAccounts", { from: [1n, 0n], to: [4n, 0n] }, 1n, 2n, 3n, 4n),
      finds("queryAccounts", { from: [1n, 1n], to: [4n, -1n] }, 2n, 3n),
      finds("queryAccounts", { from: [1n, 0n], to: [4n, 0n], flags: reversed }, 4n, 3n, 2n, 1n),
      finds(
        "queryAccounts",
        { from: [1n, 0n], to: [4n, 0n], limit: 3, flags: reversed },
        4n,
        3n,
        2n,
      ),
      finds("queryAccounts", { from: [2n, 0n], to: [4n, 0n], limit: 1 }, 2n),
    ],
  },
  {
    name: "accounts are found with the balances they have now",
    steps: [
      accounts("created", account(1n, { own: { user_data_128: 1 } }), account(2n)),
      transfers("created", move(10n), move(11n, { flags: pending, timeout: 1 })),
      finds("queryAccounts", { own: { user_data_128: 1 } }, 1n),
      advance(1.5),
      finds("queryAccounts", { own: { user_data_128: 1 } }, 1n),
    ],
  },
  {
    name: "an imported record is found at its own time",
    steps: [
      accounts("created", account(1n), account(2n)),
      advance(0.1),
      accounts("created", account(3n, { flags: AccountFlags.imported, importedAt: [2n, 5n] })),
      transfers("created", move(10n, { flags: imported, importedAt: [2n, 7n] })),
      finds("queryAccounts", { from: [2n, 5n], to: [2n, 7n] }, 3n),
      finds("queryTransfers", { from: [2n, 5n], to: [2n, 7n] }, 10n),
      finds("getAccountTransfers", { account_id: 1n, from: [2n, 7n], to: [2n, 7n] }, 10n),
      finds("getAccountTransfers", { account_id: 1n, to: [2n, 6n] }),
    ],
  },
]
