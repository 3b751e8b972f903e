// What every ledger makes of a fence: afterwards the transfer is there or never will be.
import { TransferFlags } from "../../src/ledger/flags.ts"
import { AMOUNT_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import type { LedgerCase } from "./ledger-case.ts"
import {
  account,
  accounts,
  balances,
  chain,
  fence,
  move,
  stored,
  transfers,
} from "./ledger-case-forms.ts"

const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags

const twoAccounts = accounts("created", account(1n), account(2n))

export const FENCE_CASES: readonly LedgerCase[] = [
  {
    name: "a fenced id is burned: the original that comes late fails",
    steps: [
      twoAccounts,
      fence(10n, "fenced"),
      transfers("id_already_failed", move(10n)),
      balances(1n, 0n, 0n, 0n, 0n),
      transfers("created", move(11n)),
    ],
  },
  {
    name: "a fence that is sent again finds the id burned",
    steps: [fence(10n, "fenced"), fence(10n, "already_failed"), fence(10n, "already_failed")],
  },
  {
    name: "a committed transfer is told and left as it is, of whatever kind",
    steps: [
      twoAccounts,
      transfers(
        "created",
        move(10n),
        move(11n, { flags: pending }),
        { id: 12n, pending_id: 11n, amount: AMOUNT_MAX, flags: post_pending_transfer },
        move(13n, { flags: pending }),
        { id: 14n, pending_id: 13n, flags: void_pending_transfer },
        move(15n, { flags: linked }),
        move(16n, { amount: 0n }),
      ),
      ...[10n, 11n, 12n, 13n, 14n, 15n, 16n].map((id) => fence(id, "committed")),
      fence(10n, "committed"),
      stored(10n, { amount: 10n, ledger: 1, code: 1, flags: 0 }),
      balances(1n, 0n, 30n, 0n, 0n),
      transfers("exists", move(10n)),
    ],
  },
  {
    name: "a transfer that waits for its expiry is committed too, and can still be voided",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending, timeout: 1_000 })),
      fence(10n, "committed"),
      transfers("created", { id: 11n, pending_id: 10n, flags: void_pending_transfer }),
      fence(10n, "committed"),
    ],
  },
  {
    name: "a fenced post leaves its pending transfer to another one",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: pending })),
      fence(11n, "fenced"),
      transfers(
        ["id_already_failed", "created"],
        { id: 11n, pending_id: 10n, amount: AMOUNT_MAX, flags: post_pending_transfer },
        { id: 12n, pending_id: 10n, flags: void_pending_transfer },
      ),
      balances(1n, 0n, 0n, 0n, 0n),
    ],
  },
  {
    name: "a rejected transfer whose id was burned is told",
    steps: [
      twoAccounts,
      transfers("credit_account_not_found", move(10n, { credit_account_id: 8n })),
      fence(10n, "already_failed"),
      transfers("id_already_failed", move(10n)),
    ],
  },
  {
    name: "a transfer that was refused without a trace is fenced like one that never arrived",
    steps: [
      twoAccounts,
      transfers("code_must_not_be_zero", move(10n, { code: 0 })),
      fence(10n, "fenced"),
      transfers("id_already_failed", move(10n)),
    ],
  },
  {
    name: "one fenced id fences its whole chain, and only that id is burned",
    steps: [
      twoAccounts,
      fence(11n, "fenced"),
      chain(
        "rejected",
        ["linked_event_failed", "id_already_failed", "linked_event_failed"],
        move(10n, { flags: linked }),
        move(11n, { flags: linked }),
        move(12n),
      ),
      balances(1n, 0n, 0n, 0n, 0n),
      transfers("created", move(10n), move(12n)),
    ],
  },
  {
    name: "a fence of a chain that was committed says so, whichever id it asks about",
    steps: [
      twoAccounts,
      transfers("created", move(10n, { flags: linked }), move(11n, { flags: linked }), move(12n)),
      ...[10n, 11n, 12n].map((id) => fence(id, "committed")),
      balances(1n, 0n, 30n, 0n, 0n),
    ],
  },
  {
    name: "an id that no transfer can have cannot be fenced",
    steps: [fence(0n, "ledger_invalid"), fence(U128_MAX, "ledger_invalid")],
  },
]
