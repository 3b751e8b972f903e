// What every ledger moves when the amount is not simply the one that was asked for: all there is, a part of what is
// reserved, or nothing.
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase, TransferRow } from "./ledger-case.ts"
import { account, accounts, balances, move, stored, transfers } from "./ledger-case-forms.ts"

const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags
const { balancing_debit, balancing_credit, closing_debit, closing_credit, linked } = TransferFlags

const threeAccounts = accounts("created", account(1n), account(2n), account(3n))

/** From account 3 to account 1, so that account 1 has something to give. */
function fund(id: bigint, amount: bigint): TransferRow {
  return move(id, { debit_account_id: 3n, credit_account_id: 1n, amount })
}

function post(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer, ...fields }
}

function voidAll(id: bigint, fields: Partial<TransferRow> = {}): TransferRow {
  return { id, pending_id: 10n, amount: 0n, flags: void_pending_transfer, ...fields }
}

export const AMOUNT_CASES: readonly LedgerCase[] = [
  {
    name: "a pending balancing transfer reserves what there is, and posting all of it posts that",
    steps: [
      threeAccounts,
      transfers("created", fund(9n, 7n)),
      transfers("created", move(10n, { flags: pending | balancing_debit, amount: AMOUNT_MAX })),
      stored(10n, { amount: 7n }),
      balances(1n, 7n, 0n, 0n, 7n),
      // What is reserved is gone for the next one.
      transfers("created", move(11n, { flags: balancing_debit, amount: AMOUNT_MAX })),
      stored(11n, { amount: 0n }),
      transfers("exists", move(10n, { flags: pending | balancing_debit, amount: 7n })),
      transfers(
        "exists_with_different_amount",
        move(10n, { flags: pending | balancing_debit, amount: 6n }),
      ),
      transfers("exceeds_pending_transfer_amount", post(12n, { amount: 8n })),
      transfers("created", post(12n)),
      stored(12n, { amount: 7n }),
      balances(1n, 0n, 7n, 0n, 7n),
    ],
  },
  {
    name: "a transfer that balances both accounts moves the smaller of the two rooms",
    steps: [
      threeAccounts,
      transfers("created", fund(8n, 7n)),
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 3n, amount: 5n })),
      transfers(
        "created",
        move(10n, { flags: balancing_debit | balancing_credit, amount: AMOUNT_MAX }),
      ),
      stored(10n, { amount: 5n }),
      balances(1n, 0n, 5n, 0n, 7n),
      balances(2n, 0n, 5n, 0n, 5n),
    ],
  },
  {
    name: "a balancing transfer of an account that owes more than it has moves nothing",
    steps: [
      threeAccounts,
      transfers("created", move(9n)),
      transfers(
        "created",
        move(10n, { flags: balancing_debit, amount: AMOUNT_MAX }),
        move(11n, { flags: balancing_credit, amount: AMOUNT_MAX }),
      ),
      stored(10n, { amount: 0n }),
      stored(11n, { amount: 0n }),
    ],
  },
  {
    name: "a balancing transfer stays within the limit of its account, and breaks that of the other",
    steps: [
      accounts(
        "created",
        account(1n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(2n, { flags: AccountFlags.credits_must_not_exceed_debits }),
        account(3n),
      ),
      transfers("created", fund(9n, 7n)),
      transfers("exceeds_debits", move(10n, { flags: balancing_debit, amount: AMOUNT_MAX })),
      transfers(
        "created",
        move(11n, { flags: balancing_debit, amount: AMOUNT_MAX, credit_account_id: 3n }),
      ),
      balances(1n, 0n, 7n, 0n, 7n),
    ],
  },
  {
    name: "what a balancing transfer would overflow is what it would move, not what it asks for",
    steps: [
      threeAccounts,
      transfers("created", move(9n, { debit_account_id: 2n, credit_account_id: 3n })),
      transfers("created", fund(8n, AMOUNT_MAX)),
      transfers("created", move(10n, { amount: AMOUNT_MAX - 1n })),
      transfers("overflows_debits_posted", move(11n, { amount: 2n, credit_account_id: 3n })),
      transfers("created", move(12n, { flags: balancing_debit, amount: AMOUNT_MAX })),
      stored(12n, { amount: 1n }),
    ],
  },
  {
    name: "nothing can be reserved, posted and voided",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { flags: pending, amount: 0n })),
      transfers(
        "exceeds_pending_transfer_amount",
        post(11n, { amount: 1n }),
        voidAll(11n, { amount: 1n }),
      ),
      transfers("created", post(11n)),
      transfers("exists", post(11n), post(11n, { amount: 0n })),
      transfers("created", move(20n, { flags: pending, amount: 0n })),
      transfers("created", voidAll(21n, { pending_id: 20n })),
      balances(1n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "posting nothing of a pending transfer resolves it all the same",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { flags: pending })),
      transfers("created", post(11n, { amount: 0n })),
      transfers("exists_with_different_amount", post(11n)),
      transfers("pending_transfer_already_posted", post(12n), voidAll(12n)),
      balances(1n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "all of the largest amount can be reserved and posted",
    steps: [
      threeAccounts,
      transfers("created", move(10n, { flags: pending, amount: AMOUNT_MAX })),
      transfers("created", post(11n)),
      balances(1n, 0n, AMOUNT_MAX, 0n, 0n),
      balances(2n, 0n, 0n, 0n, AMOUNT_MAX),
    ],
  },
  {
    name: "an account is closed by moving out what it has and a pending transfer that closes it",
    steps: [
      threeAccounts,
      transfers("created", fund(9n, 7n)),
      transfers(
        "created",
        move(11n, { flags: balancing_debit | linked, amount: AMOUNT_MAX }),
        move(10n, { flags: pending | closing_debit | closing_credit, amount: 0n }),
      ),
      balances(1n, 0n, 7n, 0n, 7n),
      // A closed account cannot be closed again, and what closed it cannot be posted.
      transfers(
        "debit_account_already_closed",
        move(12n, { flags: pending | closing_debit, amount: 0n }),
        post(13n),
      ),
      transfers("credit_account_already_closed", move(14n, { debit_account_id: 3n })),
      transfers("created", voidAll(15n)),
      transfers("created", move(16n), fund(17n, 1n)),
    ],
  },
]
