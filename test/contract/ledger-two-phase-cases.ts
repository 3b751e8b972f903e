// What every ledger answers to pending transfers: posting, voiding, expiry, closing.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX, U32_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase, TransferRow } from "./ledger-case.ts"
import {
  account,
  accounts,
  advance,
  balances,
  move,
  stored,
  transfers,
} from "./ledger-case-forms.ts"

const { pending, post_pending_transfer, void_pending_transfer, balancing_debit } = TransferFlags
const { balancing_credit, closing_debit, closing_credit } = TransferFlags

const SECONDS_IN_150_YEARS = 150 * 365 * 24 * 60 * 60

/** Two accounts and a pending transfer of 10, id 10, with everything set that can be inherited. */
const reserved = [
  accounts("created", account(1n), account(2n), account(3n)),
  transfers(
    "created",
    move(10n, { flags: pending, user_data_128: 128n, user_data_64: 64n, user_data_32: 32 }),
  ),
]

function post(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer, ...fields }
}

function voidAll(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: 0n, flags: void_pending_transfer, ...fields }
}

export const TWO_PHASE_CASES: readonly LedgerCase[] = [
  {
    name: "a pending transfer reserves its amount, and posting all of it moves it",
    steps: [
      ...reserved,
      balances(1n, 10n, 0n, 0n, 0n),
      balances(2n, 0n, 0n, 10n, 0n),
      transfers("created", post(11n)),
      transfers("exists", post(11n), post(11n, { amount: 10n })),
      stored(11n, {
        amount: 10n,
        user_data_128: 128n,
        user_data_64: 64n,
        user_data_32: 32,
        code: 1,
      }),
      balances(1n, 0n, 10n, 0n, 0n),
      balances(2n, 0n, 0n, 0n, 10n),
      transfers("pending_transfer_already_posted", post(12n), voidAll(13n)),
    ],
  },
  {
    name: "posting a part moves the part and releases the rest",
    steps: [
      ...reserved,
      transfers("created", post(11n, { amount: 4n, user_data_128: 1n })),
      transfers("exists", post(11n, { amount: 4n, user_data_128: 1n })),
      transfers("exists_with_different_amount", post(11n, { user_data_128: 1n })),
      transfers("exists_with_different_user_data_128", post(11n, { amount: 4n })),
      balances(1n, 0n, 4n, 0n, 0n),
      balances(2n, 0n, 0n, 0n, 4n),
    ],
  },
  {
    name: "voiding releases everything",
    steps: [
      ...reserved,
      transfers("created", voidAll(11n)),
      transfers("exists", voidAll(11n), voidAll(11n, { amount: 10n })),
      transfers("exists_with_different_amount", voidAll(11n, { amount: 9n })),
      transfers("exists_with_different_debit_account_id", voidAll(11n, { debit_account_id: 3n })),
      transfers("exists_with_different_credit_account_id", voidAll(11n, { credit_account_id: 3n })),
      transfers("exists_with_different_user_data_64", voidAll(11n, { user_data_64: 1n })),
      transfers("exists_with_different_user_data_32", voidAll(11n, { user_data_32: 1 })),
      transfers("exists_with_different_ledger", voidAll(11n, { ledger: 2 })),
      transfers("exists_with_different_code", voidAll(11n, { code: 2 })),
      balances(1n, 0n, 0n, 0n, 0n),
      transfers("pending_transfer_already_voided", post(12n)),
    ],
  },
  {
    name: "a resolution's fields are checked one after the other",
    steps: [
      ...reserved,
      transfers(
        "flags_are_mutually_exclusive",
        post(11n, { flags: post_pending_transfer | void_pending_transfer, pending_id: 0n }),
        post(11n, { flags: post_pending_transfer | pending }),
        post(11n, { flags: post_pending_transfer | balancing_debit }),
        post(11n, { flags: post_pending_transfer | balancing_credit }),
        voidAll(11n, { flags: void_pending_transfer | closing_debit }),
        voidAll(11n, { flags: void_pending_transfer | closing_credit }),
      ),
      transfers("pending_id_must_not_be_zero", post(11n, { pending_id: 0n, timeout: 1 })),
      transfers("pending_id_must_not_be_int_max", post(11n, { pending_id: U128_MAX })),
      transfers("pending_id_must_be_different", post(11n, { pending_id: 11n })),
      transfers("timeout_reserved_for_pending_transfer", post(11n, { timeout: 1 })),
      transfers(
        "pending_transfer_has_different_debit_account_id",
        post(11n, { debit_account_id: 3n, credit_account_id: 3n }),
      ),
      transfers(
        "pending_transfer_has_different_credit_account_id",
        post(11n, { credit_account_id: 3n, ledger: 2 }),
      ),
      transfers("pending_transfer_has_different_ledger", post(11n, { ledger: 2, code: 2 })),
      transfers("pending_transfer_has_different_code", post(11n, { code: 2, amount: 11n })),
      transfers("exceeds_pending_transfer_amount", post(11n, { amount: 11n })),
      transfers("exceeds_pending_transfer_amount", voidAll(11n, { amount: 11n })),
      transfers("pending_transfer_has_different_amount", voidAll(11n, { amount: 9n })),
      transfers("created", post(11n, { amount: 0n })),
      balances(1n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "only a pending transfer that is there can be resolved; a missing one burns the resolution's id",
    steps: [
      ...reserved,
      transfers("created", move(20n)),
      transfers("pending_transfer_not_pending", post(11n, { pending_id: 20n })),
      transfers("created", post(11n)),
      transfers("pending_transfer_not_found", post(12n, { pending_id: 30n })),
      transfers("created", move(30n, { flags: pending })),
      transfers("id_already_failed", post(12n, { pending_id: 30n })),
    ],
  },
  {
    name: "a pending transfer expires after its timeout and releases what it held",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("created", move(10n, { flags: pending, timeout: 1 })),
      balances(1n, 10n, 0n, 0n, 0n),
      advance(1.5),
      balances(1n, 0n, 0n, 0n, 0n),
      balances(2n, 0n, 0n, 0n, 0n),
      transfers("pending_transfer_expired", post(11n), voidAll(12n)),
      transfers("exists", move(10n, { flags: pending, timeout: 1 })),
    ],
  },
  {
    name: "a pending transfer that was posted does not expire",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("created", move(10n, { flags: pending, timeout: 1 })),
      transfers("created", post(11n)),
      advance(1.5),
      balances(1n, 0n, 10n, 0n, 0n),
      transfers("pending_transfer_already_posted", voidAll(12n)),
    ],
  },
  {
    name: "a closed account takes no transfer, and trying burns the id",
    steps: [
      accounts("created", account(1n), account(2n), account(3n, { flags: AccountFlags.closed })),
      transfers("debit_account_already_closed", move(10n, { debit_account_id: 3n })),
      transfers("credit_account_already_closed", move(11n, { credit_account_id: 3n })),
      transfers("id_already_failed", move(10n), move(11n)),
    ],
  },
  {
    name: "a pending transfer closes accounts, lets older ones be voided but not posted, and opens them when voided",
    steps: [
      ...reserved,
      transfers("created", move(15n, { flags: pending })),
      transfers("created", move(20n, { flags: pending | closing_debit, amount: 0n })),
      transfers("debit_account_already_closed", post(11n)),
      transfers("created", voidAll(12n)),
      transfers(
        "created",
        voidAll(21n, { pending_id: 20n }),
        move(22n, { flags: pending | closing_credit, amount: 0n }),
      ),
      transfers("credit_account_already_closed", post(13n, { pending_id: 15n })),
      transfers("created", voidAll(23n, { pending_id: 22n }), post(14n, { pending_id: 15n })),
      balances(1n, 0n, 10n, 0n, 0n),
    ],
  },
  {
    name: "an account that was closed for a time opens when the time is up",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers(
        "created",
        move(10n, { flags: pending | closing_debit | closing_credit, timeout: 1, amount: 0n }),
      ),
      transfers("debit_account_already_closed", move(11n)),
      advance(1.5),
      transfers("created", move(12n)),
      accounts("exists", account(1n)),
    ],
  },
  {
    name: "a timeout does not reach beyond the end of time",
    needs: "any_time",
    steps: [
      accounts("created", account(1n), account(2n)),
      advance(SECONDS_IN_150_YEARS),
      transfers("overflows_timeout", move(10n, { flags: pending, timeout: U32_MAX })),
      transfers("created", move(10n, { flags: pending, timeout: 1 })),
    ],
  },
]
