// What every ledger answers to the import of transfers, whose time the importer gives. Imports of accounts are in
// ledger-account-cases.ts.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX, U63_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, advance, balances, move, transfers } from "./ledger-case-forms.ts"

const { pending, post_pending_transfer, void_pending_transfer, imported, linked } = TransferFlags

const twoAccounts = accounts("created", account(1n), account(2n))

export const IMPORT_CASES: readonly LedgerCase[] = [
  {
    name: "a transfer is imported with a time of its own, after both accounts and every transfer",
    steps: [
      accounts("created", account(1n)),
      advance(1),
      accounts("created", account(2n)),
      advance(1),
      transfers(
        "imported_event_timestamp_must_postdate_debit_account",
        move(10n, {
          debit_account_id: 2n,
          credit_account_id: 1n,
          flags: imported,
          importedAt: [1n, 1n],
        }),
      ),
      transfers(
        "imported_event_timestamp_must_postdate_credit_account",
        move(10n, { flags: imported, importedAt: [1n, 1n] }),
      ),
      transfers(
        "imported_event_timestamp_must_not_regress",
        move(10n, { flags: imported, importedAt: [2n, 0n] }),
      ),
      transfers("imported_event_timestamp_out_of_range", move(10n, { flags: imported })),
      transfers(
        "imported_event_timestamp_must_not_advance",
        move(10n, { flags: imported, timestamp: U63_MAX }),
      ),
      transfers(
        "imported_event_timeout_must_be_zero",
        move(10n, { flags: imported | pending, timeout: 1, importedAt: [2n, 1n] }),
      ),
      transfers("created", move(10n, { flags: imported | pending, importedAt: [2n, 1n] })),
      transfers("exists", move(10n, { flags: imported | pending, importedAt: [2n, 9n] })),
      transfers("imported_event_timestamp_must_not_regress", {
        id: 11n,
        pending_id: 10n,
        amount: AMOUNT_MAX,
        flags: imported | post_pending_transfer,
        importedAt: [2n, 1n],
      }),
      transfers("created", {
        id: 11n,
        pending_id: 10n,
        amount: AMOUNT_MAX,
        flags: imported | post_pending_transfer,
        importedAt: [2n, 2n],
      }),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "a request imports all of its transfers or none",
    steps: [
      twoAccounts,
      advance(1),
      transfers(
        ["created", "imported_event_expected"],
        move(10n, { flags: imported, importedAt: [2n, 1n] }),
        move(11n),
      ),
      transfers(
        ["created", "imported_event_not_expected"],
        move(12n),
        move(13n, { flags: imported, importedAt: [2n, 2n] }),
      ),
    ],
  },
  {
    name: "an imported pending transfer never expires, and is resolved like any other",
    steps: [
      twoAccounts,
      advance(0.1),
      transfers(
        "created",
        move(10n, { flags: imported | pending, importedAt: [2n, 1n] }),
        move(11n, { flags: imported | pending, importedAt: [2n, 2n] }),
        move(12n, { flags: imported | pending, importedAt: [2n, 3n] }),
      ),
      advance(1.5),
      balances(1n, 30n, 0n, 0n, 0n),
      transfers(
        "created",
        { id: 13n, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer },
        { id: 14n, pending_id: 11n, flags: void_pending_transfer },
      ),
      transfers("imported_event_timestamp_must_not_regress", {
        id: 15n,
        pending_id: 12n,
        flags: imported | void_pending_transfer,
        importedAt: [2n, 4n],
      }),
      balances(1n, 10n, 10n, 0n, 0n),
    ],
  },
  {
    name: "an imported chain that breaks leaves the times it would have taken to others",
    steps: [
      twoAccounts,
      advance(0.1),
      transfers(
        ["linked_event_failed", "credit_account_not_found"],
        move(10n, { flags: imported | linked, importedAt: [2n, 9n] }),
        move(11n, { flags: imported, importedAt: [2n, 10n], credit_account_id: 8n }),
      ),
      transfers("created", move(12n, { flags: imported, importedAt: [2n, 1n] })),
    ],
  },
  {
    name: "an imported transfer is refused for its time before its accounts' state, which alone burns the id",
    steps: [
      accounts("created", account(1n)),
      advance(0.1),
      accounts("created", account(2n, { flags: AccountFlags.closed })),
      advance(0.1),
      transfers(
        "imported_event_timestamp_must_postdate_credit_account",
        move(10n, { flags: imported, importedAt: [1n, 1n] }),
      ),
      transfers(
        "credit_account_already_closed",
        move(10n, { flags: imported, importedAt: [2n, 1n] }),
      ),
    ],
  },
]
