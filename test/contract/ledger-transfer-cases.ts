// What every ledger answers to the creation of transfers: fields, accounts, limits, balancing, chains.
// Pending transfers and their resolution are in ledger-two-phase-cases.ts, imports in ledger-import-cases.ts.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, balances, move, stored, transfers } from "./ledger-case-forms.ts"

const { linked, pending, post_pending_transfer } = TransferFlags
const { balancing_debit, balancing_credit, closing_debit, closing_credit } = TransferFlags

const twoAccounts = accounts("created", account(1n), account(2n))
const threeAccounts = accounts("created", account(1n), account(2n), account(3n))

const full = move(10n, {
  user_data_128: U128_MAX,
  user_data_64: 64n,
  user_data_32: 32,
  flags: pending,
  timeout: 1_000,
})

export const TRANSFER_CASES: readonly LedgerCase[] = [
  {
    name: "a transfer is created once, moves its amount once, and exists when it is sent again",
    steps: [
      twoAccounts,
      transfers("created", move(10n)),
      transfers("exists", move(10n)),
      balances(1n, 0n, 10n, 0n, 0n),
      balances(2n, 0n, 0n, 0n, 10n),
    ],
  },
  {
    name: "a transfer of nothing is a transfer",
    steps: [twoAccounts, transfers("created", move(10n, { amount: 0n }))],
  },
  {
    name: "a transfer's difference is named, the first one in the ledger's order",
    steps: [
      threeAccounts,
      transfers("created", full),
      transfers("exists", full),
      transfers("exists_with_different_flags", { ...full, flags: 0, code: 2 }),
      transfers("exists_with_different_pending_id", { ...full, pending_id: 9n, timeout: 1 }),
      transfers("exists_with_different_timeout", { ...full, timeout: 1, code: 2 }),
      transfers("exists_with_different_debit_account_id", { ...full, debit_account_id: 3n }),
      transfers("exists_with_different_credit_account_id", { ...full, credit_account_id: 3n }),
      transfers("exists_with_different_amount", { ...full, amount: 11n, code: 2 }),
      transfers("exists_with_different_user_data_128", { ...full, user_data_128: 0n, code: 2 }),
      transfers("exists_with_different_user_data_64", { ...full, user_data_64: 0n, code: 2 }),
      transfers("exists_with_different_user_data_32", { ...full, user_data_32: 0, code: 2 }),
      transfers("exists_with_different_ledger", { ...full, ledger: 2, code: 2 }),
      transfers("exists_with_different_code", { ...full, code: 2 }),
    ],
  },
  {
    name: "a transfer's fields are checked one after the other",
    steps: [
      transfers("timestamp_must_be_zero", move(0n, { timestamp: 1n })),
      transfers("id_must_not_be_zero", move(0n, { debit_account_id: 0n })),
      transfers("id_must_not_be_int_max", move(U128_MAX, { debit_account_id: 0n })),
      transfers("debit_account_id_must_not_be_zero", move(10n, { debit_account_id: 0n })),
      transfers("debit_account_id_must_not_be_int_max", move(10n, { debit_account_id: U128_MAX })),
      transfers("credit_account_id_must_not_be_zero", move(10n, { credit_account_id: 0n })),
      transfers(
        "credit_account_id_must_not_be_int_max",
        move(10n, { credit_account_id: U128_MAX }),
      ),
      transfers("accounts_must_be_different", move(10n, { credit_account_id: 1n, pending_id: 9n })),
      transfers("pending_id_must_be_zero", move(10n, { pending_id: 9n, timeout: 1 })),
      transfers(
        "timeout_reserved_for_pending_transfer",
        move(10n, { timeout: 1, flags: closing_debit }),
      ),
      transfers(
        "closing_transfer_must_be_pending",
        move(10n, { flags: closing_debit, ledger: 0 }),
        move(10n, { flags: closing_credit, ledger: 0 }),
      ),
      transfers("ledger_must_not_be_zero", move(10n, { ledger: 0, code: 0 })),
      transfers("code_must_not_be_zero", move(10n, { code: 0 })),
    ],
  },
  {
    name: "a transfer's unknown flag is refused before its id",
    needs: "any_flags",
    steps: [transfers("reserved_flag", move(0n, { flags: 512 }))],
  },
  {
    name: "a transfer needs both accounts, and a missing one burns its id",
    steps: [
      accounts("created", account(1n)),
      transfers("debit_account_not_found", move(10n, { debit_account_id: 8n })),
      transfers("credit_account_not_found", move(11n)),
      accounts("created", account(2n)),
      transfers("id_already_failed", move(10n), move(11n)),
      transfers("created", move(12n)),
    ],
  },
  {
    name: "a transfer stays within one ledger, and a wrong one burns nothing",
    steps: [
      accounts("created", account(1n), account(2n), account(3n, { ledger: 2 })),
      transfers("accounts_must_have_the_same_ledger", move(10n, { credit_account_id: 3n })),
      transfers("transfer_must_have_the_same_ledger_as_accounts", move(10n, { ledger: 2 })),
      transfers("created", move(10n)),
    ],
  },
  {
    name: "limits hold, count what is pending, and breaking one burns the id",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n, { flags: AccountFlags.credits_must_not_exceed_debits }),
        account(3n),
      ),
      transfers("exceeds_credits", move(10n, { credit_account_id: 3n })),
      transfers("exceeds_debits", move(11n, { debit_account_id: 3n })),
      transfers("created", move(12n, { debit_account_id: 3n, credit_account_id: 1n })),
      transfers("created", move(13n, { debit_account_id: 2n, credit_account_id: 3n })),
      transfers("id_already_failed", move(10n, { credit_account_id: 3n })),
      transfers("id_already_failed", move(11n, { debit_account_id: 3n })),
      transfers("created", move(14n, { amount: 4n, flags: pending })),
      transfers("exceeds_credits", move(15n, { amount: 7n, credit_account_id: 3n })),
      transfers("exceeds_debits", move(16n, { amount: 7n, debit_account_id: 3n })),
      transfers("created", move(17n, { amount: 6n })),
    ],
  },
  {
    name: "no balance grows beyond 128 bits, and trying burns no id",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { amount: AMOUNT_MAX })),
      transfers("overflows_debits_posted", move(11n, { amount: 1n, credit_account_id: 3n })),
      transfers("overflows_credits_posted", move(11n, { amount: 1n, debit_account_id: 3n })),
      transfers("created", move(11n, { debit_account_id: 2n, credit_account_id: 3n })),
    ],
  },
  {
    name: "no pending balance grows beyond 128 bits, nor pending and posted together",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { amount: AMOUNT_MAX, flags: pending })),
      transfers("overflows_debits_pending", move(11n, { flags: pending, credit_account_id: 3n })),
      transfers("overflows_credits_pending", move(11n, { flags: pending, debit_account_id: 3n })),
      transfers("overflows_debits", move(11n, { credit_account_id: 3n })),
      transfers("overflows_credits", move(11n, { debit_account_id: 3n })),
    ],
  },
  {
    name: "a balancing transfer moves what there is, up to its amount, and exists under any amount that covers it",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { debit_account_id: 3n, credit_account_id: 1n, amount: 7n })),
      transfers("created", move(11n, { flags: balancing_debit, amount: 5n })),
      transfers("created", move(12n, { flags: balancing_debit, amount: AMOUNT_MAX })),
      stored(12n, { amount: 2n }),
      transfers("exists", move(12n, { flags: balancing_debit, amount: 2n })),
      transfers("exists_with_different_amount", move(12n, { flags: balancing_debit, amount: 1n })),
      transfers("created", move(13n, { flags: balancing_debit })),
      stored(13n, { amount: 0n }),
      balances(1n, 0n, 7n, 0n, 7n),
      transfers(
        "created",
        move(14n, { debit_account_id: 1n, credit_account_id: 3n, flags: balancing_credit }),
      ),
      stored(14n, { amount: 7n }),
    ],
  },
  {
    name: "a chain of transfers moves all of its amounts or none",
    steps: [
      twoAccounts,
      transfers(
        ["linked_event_failed", "linked_event_failed", "credit_account_not_found", "created"],
        move(10n, { flags: linked }),
        move(11n, { flags: linked }),
        move(12n, { credit_account_id: 8n }),
        move(13n),
      ),
      balances(1n, 0n, 10n, 0n, 0n),
      // The id that broke the chain is burned although the chain was undone; the others are free.
      transfers(["id_already_failed", "created", "created"], move(12n), move(10n), move(11n)),
    ],
  },
  {
    name: "a chain of transfers sees what its own members did",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n),
      ),
      transfers(
        "created",
        move(10n, { debit_account_id: 2n, credit_account_id: 1n, flags: linked }),
        move(11n),
      ),
      transfers("exceeds_credits", move(12n, { amount: 1n })),
    ],
  },
  {
    name: "a chain of transfers that does not end is refused, also when it was broken before",
    steps: [
      twoAccounts,
      transfers(
        ["linked_event_failed", "code_must_not_be_zero", "linked_event_chain_open"],
        move(10n, { flags: linked }),
        move(11n, { flags: linked, code: 0 }),
        move(12n, { flags: linked }),
      ),
      balances(1n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "a committed chain of transfers that is sent again exists, post and void included",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending })),
      ...(["created", "exists"] as const).map((status) =>
        transfers(
          status,
          move(11n, { flags: linked }),
          move(12n, { flags: linked | balancing_credit, amount: AMOUNT_MAX }),
          { id: 13n, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer },
        ),
      ),
      balances(1n, 0n, 20n, 0n, 0n),
    ],
  },
  {
    name: "a chain that shares only its first transfer with a committed one stays failed",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: linked }), move(11n)),
      transfers(["exists", "linked_event_failed"], move(10n, { flags: linked }), move(12n)),
      transfers(
        ["exists", "exists_with_different_amount"],
        move(10n, { flags: linked }),
        move(11n, { amount: 11n }),
      ),
      transfers(["linked_event_failed", "exists"], move(13n, { flags: linked }), move(11n)),
      balances(1n, 0n, 20n, 0n, 0n),
    ],
  },
]
