// What every ledger answers to the creation of accounts.
import { AccountFlags } from "../../src/ledger/flags.ts"
import { U63_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, advance, balances, move, transfers } from "./ledger-case-forms.ts"

const { linked, imported, debits_must_not_exceed_credits, credits_must_not_exceed_debits } =
  AccountFlags

const full = account(1n, {
  user_data_128: U128_MAX,
  user_data_64: 64n,
  user_data_32: 32,
  flags: debits_must_not_exceed_credits,
})

export const ACCOUNT_CASES: readonly LedgerCase[] = [
  {
    name: "an account is created once, and exists when it is sent again",
    steps: [accounts("created", full), accounts("exists", full), balances(1n, 0n, 0n, 0n, 0n)],
  },
  {
    name: "an account with the same id twice in one request is created and exists",
    steps: [accounts(["created", "exists"], account(1n), account(1n))],
  },
  {
    name: "an account's difference is named, the first one in the ledger's order",
    steps: [
      accounts("created", full),
      accounts("exists_with_different_flags", { ...full, flags: 0, code: 2 }),
      accounts("exists_with_different_user_data_128", { ...full, user_data_128: 1n, code: 2 }),
      accounts("exists_with_different_user_data_64", { ...full, user_data_64: 1n, code: 2 }),
      accounts("exists_with_different_user_data_32", { ...full, user_data_32: 1, code: 2 }),
      accounts("exists_with_different_ledger", { ...full, ledger: 2, code: 2 }),
      accounts("exists_with_different_code", { ...full, code: 2 }),
    ],
  },
  {
    name: "an account's fields are checked one after the other",
    steps: [
      accounts("timestamp_must_be_zero", account(1n, { timestamp: 1n, reserved: 1 })),
      accounts("reserved_field", account(0n, { reserved: 1 })),
      accounts("id_must_not_be_zero", account(0n)),
      accounts("id_must_not_be_int_max", account(U128_MAX)),
      accounts(
        "flags_are_mutually_exclusive",
        account(1n, {
          flags: debits_must_not_exceed_credits | credits_must_not_exceed_debits,
          debits_pending: 1n,
        }),
      ),
      accounts(
        "debits_pending_must_be_zero",
        account(1n, { debits_pending: 1n, debits_posted: 1n }),
      ),
      accounts(
        "debits_posted_must_be_zero",
        account(1n, { debits_posted: 1n, credits_pending: 1n }),
      ),
      accounts(
        "credits_pending_must_be_zero",
        account(1n, { credits_pending: 1n, credits_posted: 1n }),
      ),
      accounts("credits_posted_must_be_zero", account(1n, { credits_posted: 1n, ledger: 0 })),
      accounts("ledger_must_not_be_zero", account(1n, { ledger: 0, code: 0 })),
      accounts("code_must_not_be_zero", account(1n, { code: 0 })),
    ],
  },
  {
    name: "an account's unknown flag is refused before its id",
    needs: "any_flags",
    steps: [accounts("reserved_flag", account(0n, { flags: 64 }))],
  },
  {
    name: "an account's refusal burns no id",
    steps: [
      accounts("code_must_not_be_zero", account(1n, { code: 0 })),
      accounts("created", account(1n)),
    ],
  },
  {
    name: "a chain of accounts is created whole or not at all",
    steps: [
      accounts(
        ["linked_event_failed", "code_must_not_be_zero", "linked_event_failed", "created"],
        account(1n, { flags: linked }),
        account(2n, { flags: linked, code: 0 }),
        account(3n),
        account(4n),
      ),
      accounts("created", account(1n, { flags: linked }), account(2n)),
    ],
  },
  {
    name: "a chain of accounts that does not end is refused",
    steps: [
      accounts(
        ["created", "linked_event_failed", "linked_event_chain_open"],
        account(1n),
        account(2n, { flags: linked }),
        account(3n, { flags: linked }),
      ),
    ],
  },
  {
    name: "a committed chain of accounts that is sent again exists",
    steps: [
      accounts("created", account(1n, { flags: linked }), account(2n)),
      accounts("exists", account(1n, { flags: linked }), account(2n)),
    ],
  },
  {
    name: "an account is imported with a time of its own, later than every account and earlier than now",
    steps: [
      accounts("created", account(1n)),
      advance(1),
      accounts(
        "imported_event_timestamp_must_not_regress",
        account(2n, { flags: imported, importedAt: [1n, 0n] }),
      ),
      accounts(
        "imported_event_timestamp_out_of_range",
        account(2n, { flags: imported }),
        account(2n, { flags: imported, timestamp: U63_MAX + 1n }),
      ),
      accounts(
        "imported_event_timestamp_must_not_advance",
        account(2n, { flags: imported, timestamp: U63_MAX }),
      ),
      accounts("created", account(2n, { flags: imported, importedAt: [1n, 7n] })),
      accounts("exists", account(2n, { flags: imported, importedAt: [1n, 8n] })),
    ],
  },
  {
    name: "an account's imported time must not be a transfer's",
    steps: [
      accounts("created", account(1n), account(2n)),
      advance(1),
      transfers("created", move(10n, { flags: 256, importedAt: [2n, 5n] })),
      accounts(
        "imported_event_timestamp_must_not_regress",
        account(3n, { flags: imported, importedAt: [2n, 5n] }),
      ),
    ],
  },
  {
    name: "a request imports all of its accounts or none",
    steps: [
      accounts("created", account(1n)),
      advance(1),
      accounts(
        ["created", "imported_event_expected"],
        account(2n, { flags: imported, importedAt: [1n, 1n] }),
        account(3n),
      ),
      accounts(
        ["created", "imported_event_not_expected"],
        account(4n),
        account(5n, { flags: imported, importedAt: [1n, 2n] }),
      ),
    ],
  },
]
