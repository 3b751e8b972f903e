// What every ledger does when a pending transfer's time is up.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase, TransferRow } from "./ledger-case.ts"
import {
  account,
  accounts,
  advance,
  advanceTo,
  balances,
  chain,
  move,
  transfers,
} from "./ledger-case-forms.ts"

const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags
const { closing_debit, closing_credit } = TransferFlags

const SECOND = 1_000_000_000n

const twoAccounts = accounts("created", account(1n), account(2n))

function post(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer, ...fields }
}

function voidAll(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: 0n, flags: void_pending_transfer, ...fields }
}

export const EXPIRY_CASES: readonly LedgerCase[] = [
  {
    name: "a pending transfer can be posted until the last nanosecond of its time",
    needs: "exact_time",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 2 })),
      // A single event is dated 1 ns after the clock.
      advanceTo(10n, 2n * SECOND - 2n),
      balances(1n, 10n, 0n, 0n, 0n),
      transfers("created", post(11n)),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "a pending transfer can neither be posted nor voided in the nanosecond in which it expires",
    needs: "exact_time",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 2 })),
      advanceTo(10n, 2n * SECOND - 1n),
      balances(1n, 10n, 0n, 0n, 0n),
      transfers("pending_transfer_expired", post(11n)),
      balances(1n, 0n, 0n, 0n, 0n),
      balances(2n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "a void in the nanosecond of the expiry is refused like a post",
    needs: "exact_time",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 2 })),
      advanceTo(10n, 2n * SECOND - 1n),
      transfers("pending_transfer_expired", voidAll(11n), post(12n)),
    ],
  },
  {
    name: "what a pending transfer held is free from the moment it expires",
    needs: "exact_time",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n),
      ),
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 1n })),
      transfers("created", move(10n, { flags: pending, timeout: 2 })),
      advanceTo(10n, 2n * SECOND - 2n),
      transfers("exceeds_credits", move(11n)),
      advanceTo(10n, 2n * SECOND),
      transfers("created", move(12n)),
      balances(1n, 0n, 10n, 0n, 10n),
    ],
  },
  {
    name: "a limit counts what is pending until it expires",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n),
      ),
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 1n })),
      transfers("created", move(10n, { flags: pending, timeout: 1 })),
      transfers("exceeds_credits", move(11n, { amount: 1n })),
      advance(1.5),
      transfers("created", move(12n)),
    ],
  },
  {
    name: "transfers expire each at its own time",
    steps: [
      twoAccounts,
      transfers(
        "created",
        move(10n, { flags: pending, timeout: 1, amount: 1n }),
        move(11n, { flags: pending, timeout: 1_000, amount: 2n }),
        move(12n, { flags: pending, amount: 4n }),
      ),
      balances(1n, 7n, 0n, 0n, 0n),
      advance(1.5),
      balances(1n, 6n, 0n, 0n, 0n),
      transfers(
        ["pending_transfer_expired", "created", "created"],
        post(13n),
        post(14n, { pending_id: 11n }),
        post(15n, { pending_id: 12n }),
      ),
      balances(1n, 0n, 6n, 0n, 0n),
    ],
  },
  {
    name: "a transfer that was voided in time does not expire on top of it",
    steps: [
      twoAccounts,
      transfers(
        "created",
        move(10n, { flags: pending, timeout: 1 }),
        move(11n, { flags: pending }),
      ),
      transfers("created", voidAll(12n)),
      balances(1n, 10n, 0n, 0n, 0n),
      advance(1.5),
      balances(1n, 10n, 0n, 0n, 0n),
      transfers("pending_transfer_already_voided", post(13n)),
    ],
  },
  {
    name: "a chain that was broken leaves nothing to expire",
    steps: [
      twoAccounts,
      transfers(
        ["linked_event_failed", "credit_account_not_found"],
        move(10n, { flags: pending | linked, timeout: 1 }),
        move(11n, { credit_account_id: 8n }),
      ),
      transfers("created", move(10n, { flags: pending })),
      advance(1.5),
      balances(1n, 10n, 0n, 0n, 0n),
      transfers("created", post(12n)),
    ],
  },
  {
    name: "a chain that posts what has expired is rejected and burns nothing",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 1 })),
      advance(1.5),
      chain(
        "rejected",
        ["linked_event_failed", "pending_transfer_expired"],
        move(11n, { flags: linked }),
        post(12n),
      ),
      transfers("created", move(11n), move(12n)),
    ],
  },
  {
    name: "an expiry opens both accounts that its transfer had closed",
    steps: [
      twoAccounts,
      transfers(
        "created",
        move(10n, { flags: pending | closing_debit | closing_credit, timeout: 1, amount: 0n }),
      ),
      // The flag is a part of the account, so the same account asked for again is another one meanwhile.
      accounts("exists_with_different_flags", account(1n), account(2n)),
      advance(1.5),
      accounts("exists", account(1n), account(2n)),
      transfers("created", move(11n), move(12n, { debit_account_id: 2n, credit_account_id: 1n })),
    ],
  },
  {
    name: "a transfer expires also while its account is closed, and the account stays closed",
    steps: [
      twoAccounts,
      transfers(
        "created",
        move(10n, { flags: pending, timeout: 1 }),
        move(11n, { flags: pending | closing_debit, amount: 0n }),
      ),
      balances(1n, 10n, 0n, 0n, 0n),
      advance(1.5),
      balances(1n, 0n, 0n, 0n, 0n),
      transfers("debit_account_already_closed", move(12n)),
      transfers("created", voidAll(13n, { pending_id: 11n }), move(14n)),
    ],
  },
]
