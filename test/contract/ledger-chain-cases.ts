// What every ledger says of a linked chain as a whole, in particular of one that is sent again.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase, TransferRow } from "./ledger-case.ts"
import { account, accounts, balances, chain, move, transfers } from "./ledger-case-forms.ts"

const { linked, pending, post_pending_transfer, balancing_debit } = TransferFlags

const twoAccounts = accounts("created", account(1n), account(2n))

/** Account 1 has nothing and may not owe. */
const poorAndRich = accounts(
  "created",
  account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
  account(2n),
)

/** Linked to the next one. */
function link(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return move(id, { flags: linked, ...fields })
}

export const CHAIN_CASES: readonly LedgerCase[] = [
  {
    name: "a committed chain exists when it is sent again, also with other events around it",
    steps: [
      twoAccounts,
      chain("success", "created", link(10n), link(11n), move(12n)),
      chain("success", "exists", link(10n), link(11n), move(12n)),
      chain(
        "success",
        ["created", "exists", "exists", "exists", "created", "created", "exists"],
        move(13n),
        link(10n),
        link(11n),
        move(12n),
        link(14n),
        move(15n),
        move(13n),
      ),
      balances(1n, 0n, 60n, 0n, 0n),
    ],
  },
  {
    name: "a committed chain exists when it is sent again although its accounts are empty by now",
    steps: [
      poorAndRich,
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 1n, amount: 20n })),
      transfers("created", link(10n), move(11n, { flags: balancing_debit, amount: AMOUNT_MAX })),
      chain(
        "success",
        "exists",
        link(10n),
        move(11n, { flags: balancing_debit, amount: AMOUNT_MAX }),
      ),
      chain(
        "conflict",
        ["exists", "exists_with_different_amount"],
        link(10n),
        move(11n, { flags: balancing_debit, amount: 9n }),
      ),
    ],
  },
  {
    name: "a chain that goes on where a committed one ended is a conflict",
    steps: [
      twoAccounts,
      transfers("created", link(10n), move(11n)),
      chain(
        "conflict",
        ["exists", "exists_with_different_flags", "linked_event_failed"],
        link(10n),
        link(11n),
        move(12n),
      ),
      balances(1n, 0n, 20n, 0n, 0n),
    ],
  },
  {
    name: "a chain that ends before the committed one did is a conflict",
    steps: [
      twoAccounts,
      transfers("created", link(10n), link(11n), move(12n)),
      chain("conflict", ["exists", "exists_with_different_flags"], link(10n), move(11n)),
    ],
  },
  {
    name: "a committed chain that is sent again in parts differs where its links were",
    steps: [
      twoAccounts,
      transfers("created", link(10n), move(11n)),
      transfers(["exists_with_different_flags", "exists"], move(10n), move(11n)),
    ],
  },
  {
    name: "committed transfers that are sent again as a chain are a conflict",
    steps: [
      twoAccounts,
      transfers("created", move(10n), move(11n)),
      chain(
        "conflict",
        ["exists_with_different_flags", "linked_event_failed"],
        link(10n),
        move(11n),
      ),
    ],
  },
  {
    name: "a chain whose later id was used outside of it is a conflict",
    steps: [
      twoAccounts,
      transfers("created", move(11n)),
      chain("conflict", ["linked_event_failed", "exists"], link(10n), move(11n)),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "a chain whose later id belongs to another transfer is a conflict",
    steps: [
      twoAccounts,
      transfers("created", move(11n)),
      chain(
        "conflict",
        ["linked_event_failed", "exists_with_different_amount"],
        link(10n),
        move(11n, { amount: 1n }),
      ),
      transfers("created", move(10n)),
    ],
  },
  {
    name: "a chain that one member's limit rejects is rejected, and again when there is money",
    steps: [
      poorAndRich,
      chain(
        "rejected",
        ["linked_event_failed", "exceeds_credits", "linked_event_failed"],
        link(10n, { debit_account_id: 2n, credit_account_id: 1n, amount: 9n }),
        link(11n),
        move(12n),
      ),
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 1n })),
      chain(
        "rejected",
        ["linked_event_failed", "id_already_failed", "linked_event_failed"],
        link(10n, { debit_account_id: 2n, credit_account_id: 1n, amount: 9n }),
        link(11n),
        move(12n),
      ),
      chain("success", "created", link(20n, { amount: 1n }), move(21n, { amount: 9n })),
    ],
  },
  {
    name: "a chain that meets a resolved pending transfer is rejected and burns nothing",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending })),
      transfers("created", { id: 11n, pending_id: 10n, amount: 0n, flags: post_pending_transfer }),
      ...[1, 2].map(() =>
        chain("rejected", ["linked_event_failed", "pending_transfer_already_posted"], link(12n), {
          id: 13n,
          pending_id: 10n,
          amount: 0n,
          flags: post_pending_transfer,
        }),
      ),
      transfers("created", link(12n), move(13n)),
    ],
  },
  {
    name: "a chain that would grow a balance beyond 128 bits is rejected and burns nothing",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { amount: AMOUNT_MAX })),
      chain("rejected", ["overflows_debits_posted", "linked_event_failed"], link(11n), move(12n)),
      transfers("created", link(11n, { amount: 0n }), move(12n, { amount: 0n })),
    ],
  },
  {
    name: "a chain with a mistake in it is invalid, and its ids are free for the corrected one",
    steps: [
      twoAccounts,
      chain(
        "invalid",
        ["linked_event_failed", "ledger_must_not_be_zero", "linked_event_failed"],
        link(10n),
        link(11n, { ledger: 0 }),
        move(12n),
      ),
      chain("invalid", ["linked_event_failed", "linked_event_chain_open"], link(10n), link(11n)),
      chain("success", "created", link(10n), link(11n), move(12n)),
    ],
  },
  {
    name: "a chain that uses an id twice is a conflict with itself, and leaves nothing",
    steps: [
      twoAccounts,
      chain(
        "conflict",
        ["linked_event_failed", "exists_with_different_flags"],
        link(10n),
        move(10n),
      ),
      balances(1n, 0n, 0n, 0n, 0n),
      transfers("created", move(10n)),
    ],
  },
  {
    name: "a chain that names its own pending transfer can post it",
    steps: [
      twoAccounts,
      chain("success", "created", link(10n, { flags: linked | pending }), {
        id: 11n,
        pending_id: 10n,
        amount: AMOUNT_MAX,
        flags: post_pending_transfer,
      }),
      chain("success", "exists", link(10n, { flags: linked | pending }), {
        id: 11n,
        pending_id: 10n,
        amount: AMOUNT_MAX,
        flags: post_pending_transfer,
      }),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "a chain of accounts that shares only a part with a committed one is not created",
    steps: [
      accounts("created", account(1n, { flags: AccountFlags.linked }), account(2n)),
      accounts(
        ["exists", "exists_with_different_code"],
        account(1n, { flags: AccountFlags.linked }),
        account(2n, { code: 2 }),
      ),
      accounts(
        ["exists", "linked_event_failed"],
        account(1n, { flags: AccountFlags.linked }),
        account(3n),
      ),
      accounts("created", account(3n)),
    ],
  },
]
