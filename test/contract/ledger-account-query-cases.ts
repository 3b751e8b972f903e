// What every ledger answers to a query of one account's transfers.
import { AccountFilterFlags } from "../../src/ledger/filters.ts"
import { TransferFlags } from "../../src/ledger/flags.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, advance, finds, move, transfers } from "./ledger-case-forms.ts"

const { pending, post_pending_transfer, void_pending_transfer, linked } = TransferFlags
const { debits, credits } = AccountFilterFlags
const both = debits | credits
const reversed = AccountFilterFlags.reversed

const back = { debit_account_id: 2n, credit_account_id: 1n }

/** Account 1 debits with 10 and 12, credits with 11; 13 passes it by; account 4 has nothing. */
const fourTransfers = [
  accounts("created", account(1n), account(2n), account(3n), account(4n)),
  transfers("created", move(10n), move(11n, back)),
  transfers(
    "created",
    move(12n, { credit_account_id: 3n }),
    move(13n, { debit_account_id: 2n, credit_account_id: 3n }),
  ),
]

/** Each with other user data and another code; all of them carry the case's own value 1. */
const tagged = [
  move(10n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 1 }, code: 1 }),
  move(11n, { own: { user_data_128: 1, user_data_64: 1, user_data_32: 2 }, code: 2 }),
  move(12n, { own: { user_data_128: 1, user_data_64: 2, user_data_32: 2 }, code: 2, ...back }),
  move(13n, { own: { user_data_128: 2, user_data_64: 2, user_data_32: 2 }, code: 2 }),
]

export const ACCOUNT_QUERY_CASES: readonly LedgerCase[] = [
  {
    name: "an account's transfers are its debits, its credits, or both, oldest first or reversed",
    steps: [
      ...fourTransfers,
      finds("getAccountTransfers", { account_id: 1n }, 10n, 11n, 12n),
      finds("getAccountTransfers", { account_id: 1n, flags: both }, 10n, 11n, 12n),
      finds("getAccountTransfers", { account_id: 1n, flags: debits }, 10n, 12n),
      finds("getAccountTransfers", { account_id: 1n, flags: credits }, 11n),
      finds("getAccountTransfers", { account_id: 1n, flags: both | reversed }, 12n, 11n, 10n),
      finds("getAccountTransfers", { account_id: 1n, flags: debits | reversed }, 12n, 10n),
      finds("getAccountTransfers", { account_id: 3n }, 12n, 13n),
    ],
  },
  {
    name: "an account without transfers has none, and an unknown account neither",
    steps: [
      ...fourTransfers,
      finds("getAccountTransfers", { account_id: 4n }),
      finds("getAccountTransfers", { account_id: 9n }),
    ],
  },
  {
    name: "an account's transfers are cut at the limit, from the end that comes first",
    steps: [
      ...fourTransfers,
      finds("getAccountTransfers", { account_id: 1n, limit: 2 }, 10n, 11n),
      finds("getAccountTransfers", { account_id: 1n, limit: 2, flags: both | reversed }, 12n, 11n),
      finds("getAccountTransfers", { account_id: 1n, limit: 1, flags: credits }, 11n),
    ],
  },
  {
    name: "an account's transfers are selected by time, both ends included",
    steps: [
      ...fourTransfers,
      finds("getAccountTransfers", { account_id: 1n, from: [11n, 0n], to: [11n, 0n] }, 11n),
      finds("getAccountTransfers", { account_id: 1n, from: [10n, 1n] }, 11n, 12n),
      finds("getAccountTransfers", { account_id: 1n, to: [12n, -1n] }, 10n, 11n),
      finds("getAccountTransfers", { account_id: 1n, from: [13n, 0n], to: [13n, 0n] }),
      finds("getAccountTransfers", { account_id: 1n, from: [12n, 1n] }),
      finds(
        "getAccountTransfers",
        { account_id: 1n, from: [10n, 1n], to: [12n, 0n], limit: 1, flags: both | reversed },
        12n,
      ),
    ],
  },
  {
    name: "the next page begins after the last record of the one before",
    steps: [
      ...fourTransfers,
      finds("getAccountTransfers", { account_id: 1n, limit: 2 }, 10n, 11n),
      finds("getAccountTransfers", { account_id: 1n, limit: 2, from: [11n, 1n] }, 12n),
      finds(
        "getAccountTransfers",
        { account_id: 1n, limit: 2, to: [11n, -1n], flags: both | reversed },
        10n,
      ),
    ],
  },
  {
    name: "an account's transfers are selected by user data and code, all given fields together",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("created", ...tagged),
      finds("getAccountTransfers", { account_id: 1n, own: { user_data_128: 1 } }, 10n, 11n, 12n),
      finds("getAccountTransfers", { account_id: 1n, own: { user_data_64: 1 } }, 10n, 11n),
      finds("getAccountTransfers", { account_id: 1n, own: { user_data_32: 2 } }, 11n, 12n, 13n),
      finds("getAccountTransfers", { account_id: 1n, code: 2 }, 11n, 12n, 13n),
      finds("getAccountTransfers", { account_id: 1n, code: 3 }),
      finds(
        "getAccountTransfers",
        { account_id: 1n, own: { user_data_128: 1, user_data_64: 2, user_data_32: 2 }, code: 2 },
        12n,
      ),
      finds(
        "getAccountTransfers",
        { account_id: 1n, own: { user_data_128: 1 }, code: 2, flags: debits },
        11n,
      ),
      finds("getAccountTransfers", { account_id: 1n, own: { user_data_128: 2, user_data_64: 1 } }),
    ],
  },
  {
    name: "a pending transfer is found beside what resolved it, and what failed is not found",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers(
        "created",
        move(10n, { flags: pending, own: { user_data_128: 1 } }),
        move(11n, { flags: pending, own: { user_data_128: 1 } }),
        move(12n, { flags: pending, timeout: 1, own: { user_data_128: 1 } }),
      ),
      // What they leave at 0 they have from the pending transfer, also for a query.
      transfers(
        ["created", "created", "exceeds_pending_transfer_amount"],
        { id: 13n, pending_id: 10n, amount: 4n, flags: post_pending_transfer },
        { id: 14n, pending_id: 11n, flags: void_pending_transfer, own: { user_data_64: 1 } },
        { id: 15n, pending_id: 12n, amount: 11n, flags: post_pending_transfer },
      ),
      advance(1.5),
      finds("getAccountTransfers", { account_id: 1n }, 10n, 11n, 12n, 13n, 14n),
      finds("getAccountTransfers", { account_id: 2n, flags: credits }, 10n, 11n, 12n, 13n, 14n),
      finds("queryTransfers", { own: { user_data_128: 1 } }, 10n, 11n, 12n, 13n, 14n),
      finds("queryTransfers", { own: { user_data_128: 1, user_data_64: 1 } }, 14n),
    ],
  },
  {
    name: "a chain that failed is not found by any query",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers(
        ["linked_event_failed", "credit_account_not_found", "created"],
        move(10n, { flags: linked, own: { user_data_128: 1 } }),
        move(11n, { credit_account_id: 8n, own: { user_data_128: 1 } }),
        move(12n, { own: { user_data_128: 1 } }),
      ),
      finds("getAccountTransfers", { account_id: 1n }, 12n),
      finds("queryTransfers", { own: { user_data_128: 1 } }, 12n),
    ],
  },
]
