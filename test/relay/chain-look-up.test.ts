// Chains that are sent again, on a ledger that takes fewer ids in one look-up than they need.
import { expect, test } from "vitest"
import { ChainLedger } from "../../src/ledger/chain-ledger.ts"
import { TransferFlags } from "../../src/ledger/flags.ts"
import type { NewTransfer } from "../../src/ledger/records.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { KEY, startRelay } from "./relay-kit.ts"

const LOOK_UP_MAX = 4

/** A ledger that refuses longer look-ups, as a cluster with small messages does. */
class NarrowLedger extends EmbeddedLedger {
  readonly asked: number[] = []

  override lookupTransfers(ids: readonly bigint[]) {
    this.asked.push(ids.length)
    if (ids.length > LOOK_UP_MAX) return Promise.reject(new Error("more than it takes"))
    return super.lookupTransfers(ids)
  }
}

const PENDING: readonly NewTransfer[] = [11n, 12n, 13n].map((id) => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 5n,
  ledger: 1,
  code: 1,
  flags: TransferFlags.pending,
}))

const POSTS: readonly NewTransfer[] = PENDING.map(({ id }, index) => ({
  id: id + 10n,
  pending_id: id,
  amount: 5n,
  flags:
    TransferFlags.post_pending_transfer | (index < PENDING.length - 1 ? TransferFlags.linked : 0),
}))

test("a chain of posts sent again is a success although its look-up does not fit into one", async () => {
  const narrow = new NarrowLedger({ path: IN_MEMORY })
  const ledger = new ChainLedger(narrow, LOOK_UP_MAX)
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })))
  await ledger.createTransfers(PENDING)
  const first = await ledger.createTransfers(POSTS)
  const again = await ledger.createTransfers(POSTS)
  expect(again.map(({ status }) => status)).toEqual(["exists", "exists", "exists"])
  expect(again.map(({ timestamp }) => timestamp)).toEqual(first.map(({ timestamp }) => timestamp))
  expect(narrow.asked).toEqual([4, 2])
  narrow.close()
})

test("a relay looks chains up in pieces of what it takes in one request", async () => {
  const narrow = new NarrowLedger({ path: IN_MEMORY })
  const { relay } = await startRelay({ ledger: narrow, rules: { eventsMax: LOOK_UP_MAX } })
  const ledger = new RelayLedger({ urls: [relay.url], key: KEY })
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })))
  await ledger.createTransfers(PENDING)
  await ledger.createTransfers(POSTS)
  expect((await ledger.createTransfers(POSTS)).map(({ status }) => status)).toEqual([
    "exists",
    "exists",
    "exists",
  ])
})
