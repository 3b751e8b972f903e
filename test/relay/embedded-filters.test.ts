// The embedded ledger by itself, without the check before it: like TigerBeetle, it answers a filter that can select
// nothing with nothing.
import { expect, test } from "vitest"
import { AccountFilterFlags, type NewQueryFilter } from "../../src/ledger/filters.ts"
import { AccountFlags } from "../../src/ledger/flags.ts"
import { U63_MAX, U64_MAX, U128_MAX } from "../../src/ledger/integers.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"

async function openWithOneTransfer(): Promise<EmbeddedLedger> {
  const ledger = new EmbeddedLedger({ path: IN_MEMORY })
  const flags = AccountFlags.history
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1, flags })))
  await ledger.createTransfers([
    { id: 10n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 },
  ])
  return ledger
}

const IMPOSSIBLE_FOR_ALL: readonly (readonly [string, NewQueryFilter])[] = [
  ["a limit of 0", { limit: 0 }],
  ["times in the wrong order", { limit: 9, timestamp_min: 2n, timestamp_max: 1n }],
  ["a first time beyond all times", { limit: 9, timestamp_min: U63_MAX + 1n }],
  ["a last time beyond all times", { limit: 9, timestamp_max: U64_MAX }],
  ["an unknown flag", { limit: 9, flags: 8 }],
]

test.for(IMPOSSIBLE_FOR_ALL)("a filter with %s finds nothing", async ([, filter]) => {
  const ledger = await openWithOneTransfer()
  expect(await ledger.queryAccounts(filter)).toEqual([])
  expect(await ledger.queryTransfers(filter)).toEqual([])
  const flags = (filter.flags ?? 0) | AccountFilterFlags.debits
  const ofAccount = { ...filter, account_id: 1n, flags }
  expect(await ledger.getAccountTransfers(ofAccount)).toEqual([])
  expect(await ledger.getAccountBalances(ofAccount)).toEqual([])
})

test.for([
  ["no account", { account_id: 0n, limit: 9 }],
  ["the account that cannot be", { account_id: U128_MAX, limit: 9 }],
  ["neither debits nor credits", { account_id: 1n, limit: 9, flags: AccountFilterFlags.reversed }],
] as const)("a filter of %s finds nothing", async ([, filter]) => {
  const ledger = await openWithOneTransfer()
  expect(await ledger.getAccountTransfers(filter)).toEqual([])
  expect(await ledger.getAccountBalances(filter)).toEqual([])
})

test("the same queries without the mistake find the one transfer", async () => {
  const ledger = await openWithOneTransfer()
  const limit = 9
  expect(await ledger.queryTransfers({ limit, timestamp_max: U63_MAX })).toHaveLength(1)
  expect(await ledger.getAccountTransfers({ account_id: 1n, limit })).toHaveLength(1)
  expect(await ledger.getAccountBalances({ account_id: 1n, limit })).toHaveLength(1)
})
