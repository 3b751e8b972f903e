// The audit itself: it is silent about books that are right, and each kind of wrong is found by name.

import { expect, test } from "vitest"
import { businessId } from "../../src/ledger/deterministic-id.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import { type Account, completeAccount, completeTransfer } from "../../src/ledger/records.ts"
import { audit, type BankAccount, type Books } from "../../scripts/support/transfer-audit.ts"

const SOURCE = 11n
const CLEARING = 12n
const AMOUNT = 30

/** One transfer that was committed and one that was compensated after its payout. */
async function rightBooks(): Promise<Books> {
  const common = { debit_account_id: SOURCE, credit_account_id: CLEARING, amount: BigInt(AMOUNT) }
  const paid = {
    ...common,
    user_data_128: await businessId("ledger-transfer", "ledger-transfer-a"),
  }
  const back = {
    ...common,
    user_data_128: await businessId("ledger-transfer", "ledger-transfer-b"),
  }
  const { pending, post_pending_transfer, void_pending_transfer } = TransferFlags
  return {
    wanted: ["a", "b"].map((id) => ({ id, source: "11", bankAccount: "bank", amount: AMOUNT })),
    statuses: new Map([
      ["a", "committed"],
      ["b", "compensated"],
    ]),
    bankAccounts: new Map([
      [
        "bank",
        {
          balance: 1 + AMOUNT,
          entries: [
            { opId: "opening", amount: 1 },
            { opId: "a-payout", amount: AMOUNT },
            { opId: "b-payout", amount: AMOUNT },
            { opId: "b-payback", amount: -AMOUNT },
          ],
        },
      ],
    ]),
    accounts: [account(SOURCE, { debits_posted: 30n }), account(CLEARING, { credits_posted: 30n })],
    transfers: [
      completeTransfer({ ...paid, id: 1n, flags: pending }),
      completeTransfer({ ...paid, id: 2n, flags: post_pending_transfer, pending_id: 1n }),
      completeTransfer({ ...back, id: 3n, flags: pending }),
      completeTransfer({ ...back, id: 4n, flags: void_pending_transfer, pending_id: 3n }),
      completeTransfer({ ...common, id: 5n }),
    ],
    accountOf: BigInt,
    fundings: new Set([5n]),
  }
}

function account(id: bigint, balances: Partial<Account>): Account {
  return { ...completeAccount({ id, ledger: 1, code: 1 }), ...balances }
}

test("right books have no findings", async () => {
  expect(await audit(await rightBooks())).toEqual([])
})

type Spoil = (books: Books) => Partial<Books>

const bank = (account: BankAccount) => ({ bankAccounts: new Map([["bank", account]]) })

test.each<[string, Spoil, string]>([
  [
    "a transfer that has not ended",
    ({ statuses }) => ({ statuses: new Map([...statuses, ["b", "processing"]]) }),
    "b: has not ended",
  ],
  [
    "a transfer that nobody answers for",
    () => ({ statuses: new Map([["a", "committed"]]) }),
    "b: has not ended, it is undefined",
  ],
  [
    "a payout that is missing",
    () => bank({ balance: 0, entries: [] }),
    "a: is committed, the bank has []",
  ],
  [
    "a payout that was not taken back",
    ({ bankAccounts }) => {
      const entries = bankAccounts.get("bank")?.entries.slice(0, 3) ?? []
      return bank({ balance: 61, entries })
    },
    "b: is compensated, the bank has [bank b-payout 30]",
  ],
  [
    "a balance that is not the sum of its entries",
    ({ bankAccounts }) => bank({ balance: 0, entries: bankAccounts.get("bank")?.entries ?? [] }),
    "bank account bank: 0, its entries 31",
  ],
  [
    "an entry of nobody's",
    ({ bankAccounts }) => {
      const entries = bankAccounts.get("bank")?.entries ?? []
      return bank({ balance: 31, entries: [...entries, { opId: "x-payout", amount: 0 }] })
    },
    "x-payout belongs to nobody",
  ],
  [
    "an amount that never left the source",
    ({ transfers }) => ({ transfers: transfers.filter(({ id }) => id !== 2n) }),
    "a: is committed of 30, the ledger moved []",
  ],
  [
    "an amount that left the source twice",
    ({ transfers }) => ({
      transfers: [
        ...transfers,
        ...transfers.filter(({ id }) => id === 2n).map((post) => ({ ...post, id: 6n, flags: 0 })),
      ],
    }),
    "a: is committed of 30, the ledger moved [2: 30,6: 30]",
  ],
  [
    "a part of the amount",
    ({ transfers }) => ({
      transfers: transfers.map((found) => (found.id === 2n ? { ...found, amount: 29n } : found)),
    }),
    "a: is committed of 30, the ledger moved [2: 29]",
  ],
  [
    "a compensated transfer that was posted",
    ({ transfers }) => ({
      transfers: transfers.map((found) =>
        found.id === 4n ? { ...found, flags: TransferFlags.post_pending_transfer } : found,
      ),
    }),
    "b: is compensated of 30, the ledger moved [4: 30]",
  ],
  ["a record of nobody's", () => ({ fundings: new Set() }), "ledger transfer 5: belongs to nobody"],
  [
    "something pending",
    ({ accounts }) => ({
      accounts: accounts.map((found) => ({ ...found, debits_pending: 1n })),
    }),
    "ledger account 11: pending 1 and 0",
  ],
  [
    "a source below zero that must not be",
    ({ accounts }) => {
      const flags = AccountFlags.debits_must_not_exceed_credits
      return { accounts: accounts.map((found) => ({ ...found, flags })) }
    },
    "ledger account 11: 0 in, 30 out",
  ],
  [
    "an amount that left another source",
    () => ({ accountOf: () => 99n }),
    "a: is committed of 30, the ledger moved [2: 30]",
  ],
  [
    "books that do not balance, and a bank that got something else than its clearing account",
    () => ({
      accounts: [
        account(SOURCE, { debits_posted: 30n }),
        account(CLEARING, { credits_posted: 29n }),
      ],
    }),
    "ledger: debits and credits differ by 1\nclearing account 12 of bank: 29, the bank 30",
  ],
])("found: %s", async (_, spoil, finding) => {
  const books = await rightBooks()
  expect((await audit({ ...books, ...spoil(books) })).join("\n")).toContain(finding)
})
