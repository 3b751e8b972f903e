// What every ledger keeps of an account's past: balances right after each transfer, if the account has a history.
import { AccountFilterFlags } from "../../src/ledger/filters.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, advance, history, move, transfers } from "./ledger-case-forms.ts"

const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags
const { balancing_debit, closing_debit, imported } = TransferFlags
const { debits, credits, reversed } = AccountFilterFlags

const withHistory = { flags: AccountFlags.history }
const threeAccounts = accounts(
  "created",
  account(1n, withHistory),
  account(2n),
  account(3n, withHistory),
)
const back = { debit_account_id: 2n, credit_account_id: 1n }

export const HISTORY_CASES: readonly LedgerCase[] = [
  {
    name: "an account with a history has its balances after each transfer, another has none",
    steps: [
      threeAccounts,
      history({ account_id: 1n }),
      transfers("created", move(10n), move(11n, { ...back, amount: 3n })),
      transfers("created", move(12n, { credit_account_id: 3n, amount: 1n })),
      history(
        { account_id: 1n },
        [10n, 0n, 10n, 0n, 0n],
        [11n, 0n, 10n, 0n, 3n],
        [12n, 0n, 11n, 0n, 3n],
      ),
      history({ account_id: 2n }),
      history({ account_id: 3n }, [12n, 0n, 0n, 0n, 1n]),
      history({ account_id: 9n }),
    ],
  },
  {
    name: "a history shows pending transfers, what is posted of them and what is voided",
    steps: [
      threeAccounts,
      transfers(
        "created",
        move(10n, { flags: pending }),
        move(11n, { flags: pending, amount: 5n }),
      ),
      transfers("created", { id: 12n, pending_id: 10n, amount: 4n, flags: post_pending_transfer }),
      transfers("created", { id: 13n, pending_id: 11n, flags: void_pending_transfer }),
      history(
        { account_id: 1n },
        [10n, 10n, 0n, 0n, 0n],
        [11n, 15n, 0n, 0n, 0n],
        [12n, 5n, 4n, 0n, 0n],
        [13n, 0n, 4n, 0n, 0n],
      ),
    ],
  },
  {
    name: "an expiry leaves no row, and the next row shows what it released",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 1 }), move(11n, { amount: 1n })),
      advance(1.5),
      history({ account_id: 1n }, [10n, 10n, 0n, 0n, 0n], [11n, 10n, 1n, 0n, 0n]),
      transfers("created", move(12n, { amount: 1n })),
      history(
        { account_id: 1n },
        [10n, 10n, 0n, 0n, 0n],
        [11n, 10n, 1n, 0n, 0n],
        [12n, 0n, 2n, 0n, 0n],
      ),
    ],
  },
  {
    name: "a history is selected by its transfers' fields and times, reversed and up to the limit",
    steps: [
      threeAccounts,
      transfers(
        "created",
        move(10n, { own: { user_data_128: 1, user_data_32: 1 } }),
        move(11n, { ...back, own: { user_data_128: 1, user_data_64: 1 }, code: 2 }),
        move(12n, { credit_account_id: 3n, own: { user_data_128: 2, user_data_64: 1 } }),
      ),
      history({ account_id: 1n, flags: debits }, [10n, 0n, 10n, 0n, 0n], [12n, 0n, 20n, 0n, 10n]),
      history({ account_id: 1n, flags: credits }, [11n, 0n, 10n, 0n, 10n]),
      history(
        { account_id: 1n, flags: debits | credits | reversed, limit: 2 },
        [12n, 0n, 20n, 0n, 10n],
        [11n, 0n, 10n, 0n, 10n],
      ),
      history({ account_id: 1n, limit: 1 }, [10n, 0n, 10n, 0n, 0n]),
      history({ account_id: 1n, own: { user_data_128: 2 } }, [12n, 0n, 20n, 0n, 10n]),
      history({ account_id: 1n, own: { user_data_128: 1, user_data_64: 1 } }, [
        11n,
        0n,
        10n,
        0n,
        10n,
      ]),
      history({ account_id: 1n, own: { user_data_32: 1 } }, [10n, 0n, 10n, 0n, 0n]),
      history({ account_id: 1n, code: 2 }, [11n, 0n, 10n, 0n, 10n]),
      history({ account_id: 1n, code: 3 }),
      history({ account_id: 1n, from: [11n, 0n], to: [11n, 0n] }, [11n, 0n, 10n, 0n, 10n]),
      history({ account_id: 1n, from: [11n, 1n] }, [12n, 0n, 20n, 0n, 10n]),
      history({ account_id: 1n, to: [11n, -1n] }, [10n, 0n, 10n, 0n, 0n]),
    ],
  },
  {
    name: "a chain leaves a row for each member, and a broken chain none",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { flags: linked }), move(11n)),
      transfers(
        ["linked_event_failed", "credit_account_not_found"],
        move(12n, { flags: linked }),
        move(13n, { credit_account_id: 8n }),
      ),
      history({ account_id: 1n }, [10n, 0n, 10n, 0n, 0n], [11n, 0n, 20n, 0n, 0n]),
    ],
  },
  {
    name: "a transfer that moves nothing leaves a row, also one that closes the account",
    steps: [
      threeAccounts,
      transfers(
        "created",
        move(10n, { amount: 0n }),
        move(11n, { flags: balancing_debit, amount: AMOUNT_MAX }),
        move(12n, { flags: pending | closing_debit, amount: 0n }),
        { id: 13n, pending_id: 12n, flags: void_pending_transfer },
      ),
      history(
        { account_id: 1n },
        [10n, 0n, 0n, 0n, 0n],
        [11n, 0n, 0n, 0n, 0n],
        [12n, 0n, 0n, 0n, 0n],
        [13n, 0n, 0n, 0n, 0n],
      ),
    ],
  },
  {
    name: "an imported transfer's row stands at the transfer's own time",
    steps: [
      threeAccounts,
      advance(0.1),
      transfers("created", move(10n, { flags: imported, importedAt: [3n, 5n] })),
      history({ account_id: 1n, from: [3n, 5n], to: [3n, 5n] }, [10n, 0n, 10n, 0n, 0n]),
    ],
  },
  {
    name: "a transfer that is sent again leaves no second row",
    steps: [
      threeAccounts,
      transfers("created", move(10n)),
      transfers("exists", move(10n)),
      history({ account_id: 1n }, [10n, 0n, 10n, 0n, 0n]),
    ],
  },
]
