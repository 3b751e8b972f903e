// Which refusals every ledger remembers. That no other refusal burns an id is checked at the end of every case (K4).
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import { account, accounts, fence, move, transfers } from "./ledger-case-forms.ts"

const { pending, post_pending_transfer } = TransferFlags

export const BURN_CASES: readonly LedgerCase[] = [
  {
    name: "seven refusals burn the id: no transfer is ever created under it, however right it is",
    steps: [
      accounts(
        "created",
        account(1n),
        account(2n),
        account(3n, { flags: AccountFlags.closed }),
        account(4n, { flags: AccountFlags.debits_must_not_exceed_credits }),
        account(5n, { flags: AccountFlags.credits_must_not_exceed_debits }),
      ),
      transfers("debit_account_not_found", move(10n, { debit_account_id: 8n })),
      transfers("credit_account_not_found", move(11n, { credit_account_id: 8n })),
      transfers("pending_transfer_not_found", {
        id: 12n,
        pending_id: 30n,
        amount: AMOUNT_MAX,
        flags: post_pending_transfer,
      }),
      transfers("exceeds_credits", move(13n, { debit_account_id: 4n })),
      transfers("exceeds_debits", move(14n, { credit_account_id: 5n })),
      transfers("debit_account_already_closed", move(15n, { debit_account_id: 3n })),
      transfers("credit_account_already_closed", move(16n, { credit_account_id: 3n })),
      transfers("id_already_failed", ...[10n, 11n, 12n, 13n, 14n, 15n, 16n].map((id) => move(id))),
      ...[10n, 11n, 12n, 13n, 14n, 15n, 16n].map((id) => fence(id, "already_failed")),
    ],
  },
  {
    name: "a burned id is not a pending transfer, and naming it burns the next id",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("debit_account_not_found", move(10n, { debit_account_id: 8n, flags: pending })),
      transfers("pending_transfer_not_found", {
        id: 11n,
        pending_id: 10n,
        amount: AMOUNT_MAX,
        flags: post_pending_transfer,
      }),
      transfers("id_already_failed", move(10n), move(11n)),
    ],
  },
  {
    name: "a burned id answers before any other field is looked at, but not before the flags",
    steps: [
      transfers("debit_account_not_found", move(10n)),
      transfers("id_already_failed", move(10n, { debit_account_id: 0n, code: 0, ledger: 0 })),
      transfers("timestamp_must_be_zero", move(10n, { timestamp: 1n })),
    ],
  },
  {
    name: "a transfer's id may be an account's",
    steps: [
      accounts("created", account(1n), account(2n)),
      transfers("created", move(1n)),
      transfers("debit_account_not_found", move(2n, { debit_account_id: 8n })),
      accounts("exists", account(1n), account(2n)),
    ],
  },
]
