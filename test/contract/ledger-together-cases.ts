// What every ledger keeps apart: calls that are made at once. Each is judged as if it were alone, whatever a ledger
// does to carry them together; only their order is open.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { LedgerCase } from "./ledger-case.ts"
import {
  account,
  accounts,
  balances,
  move,
  together,
  togetherInAnyOrder,
  transfers,
} from "./ledger-case-forms.ts"

const { linked, imported } = TransferFlags

const twoAccounts = accounts("created", account(1n), account(2n))

export const TOGETHER_CASES: readonly LedgerCase[] = [
  {
    name: "a chain that one call leaves open does not reach into the next call",
    steps: [
      twoAccounts,
      together(
        transfers("linked_event_chain_open", move(10n, { flags: linked })),
        transfers("created", move(11n)),
        transfers(
          ["created", "linked_event_failed", "linked_event_chain_open"],
          move(12n),
          move(13n, { flags: linked }),
          move(14n, { flags: linked }),
        ),
        transfers("created", move(15n, { flags: linked }), move(16n)),
        transfers("created", move(17n)),
      ),
      balances(1n, 0n, 50n, 0n, 0n),
    ],
  },
  {
    name: "a chain that breaks in one call breaks nothing in another",
    steps: [
      twoAccounts,
      together(
        transfers("created", move(10n, { flags: linked }), move(11n)),
        transfers(
          ["linked_event_failed", "credit_account_not_found"],
          move(12n, { flags: linked }),
          move(13n, { credit_account_id: 8n }),
        ),
        transfers("created", move(14n, { flags: linked }), move(15n)),
        transfers("created", move(16n)),
      ),
      balances(1n, 0n, 50n, 0n, 0n),
    ],
  },
  {
    name: "a chain of accounts that one call leaves open does not reach into the next call",
    steps: [
      together(
        accounts("linked_event_chain_open", account(1n, { flags: AccountFlags.linked })),
        accounts("created", account(2n)),
        accounts(
          ["linked_event_failed", "code_must_not_be_zero"],
          account(3n, { flags: AccountFlags.linked }),
          account(4n, { code: 0 }),
        ),
        accounts("created", account(5n, { flags: AccountFlags.linked }), account(6n)),
      ),
    ],
  },
  {
    name: "whether a call imports is its own affair",
    steps: [
      twoAccounts,
      // An imported event without a time fails by itself; only in one call with others would it change their answer.
      together(
        transfers("imported_event_timestamp_out_of_range", move(10n, { flags: imported })),
        transfers("created", move(11n)),
        transfers(
          ["imported_event_timestamp_out_of_range", "imported_event_expected"],
          move(12n, { flags: imported }),
          move(13n),
        ),
        transfers(
          ["created", "imported_event_not_expected"],
          move(14n),
          move(15n, { flags: imported }),
        ),
      ),
      together(
        accounts(
          "imported_event_timestamp_out_of_range",
          account(3n, { flags: AccountFlags.imported }),
        ),
        accounts("created", account(4n)),
        accounts(
          "imported_event_timestamp_out_of_range",
          account(5n, { flags: AccountFlags.imported }),
        ),
      ),
    ],
  },
  {
    name: "the same transfer in several calls at once is created by one of them",
    steps: [
      twoAccounts,
      togetherInAnyOrder(
        transfers("created", move(10n)),
        transfers("exists", move(10n)),
        transfers("exists", move(10n)),
      ),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "the same chain in two calls at once is created by one of them, and exists for the other",
    steps: [
      twoAccounts,
      togetherInAnyOrder(
        transfers("created", move(10n, { flags: linked }), move(11n)),
        transfers("exists", move(10n, { flags: linked }), move(11n)),
      ),
      balances(1n, 0n, 20n, 0n, 0n),
    ],
  },
  {
    name: "the last money is given out once, whoever asks for it at once",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n),
      ),
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 1n })),
      togetherInAnyOrder(
        transfers("created", move(10n)),
        transfers("exceeds_credits", move(11n)),
        transfers("exceeds_credits", move(12n)),
      ),
      balances(1n, 0n, 10n, 0n, 10n),
    ],
  },
]
