// What holds for the embedded ledger under any sequence of requests. A failing run prints its seed.
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AccountFlags, hasFlag, TransferFlags } from "../../src/ledger/flags.ts"
import type { AccountBalance } from "../../src/ledger/filters.ts"
import type { Account, NewTransfer } from "../../src/ledger/records.ts"
import {
  ACCOUNT_IDS,
  accountFilter,
  eventsOf,
  FUND,
  partsOf,
  queryFilter,
  requests,
  withTimes,
} from "./ledger-arbitrary.ts"
import { findAccountTransfers, findRecords } from "./ledger-model.ts"
import { FORMS, PropertyLedger } from "./ledger-properties-kit.ts"

const { history, debits_must_not_exceed_credits, credits_must_not_exceed_debits } = AccountFlags
const { pending, void_pending_transfer } = TransferFlags

function sum(accounts: readonly Account[], field: keyof Account): bigint {
  return accounts.reduce((total, account) => total + BigInt(account[field]), 0n)
}

function expectBalanced(accounts: readonly Account[]): void {
  expect(sum(accounts, "debits_posted")).toBe(sum(accounts, "credits_posted"))
  expect(sum(accounts, "debits_pending")).toBe(sum(accounts, "credits_pending"))
  for (const { flags, ...balance } of accounts) {
    expect(balance.debits_pending).toBeGreaterThanOrEqual(0n)
    expect(balance.credits_pending).toBeGreaterThanOrEqual(0n)
    if (hasFlag(flags, debits_must_not_exceed_credits)) {
      const debits = balance.debits_pending + balance.debits_posted
      expect(debits).toBeLessThanOrEqual(balance.credits_posted)
    }
    if (hasFlag(flags, credits_must_not_exceed_debits)) {
      const credits = balance.credits_pending + balance.credits_posted
      expect(credits).toBeLessThanOrEqual(balance.debits_posted)
    }
  }
}

describe.for(FORMS)("a ledger %s", ([form, numRuns]) => {
  test("debits equal credits, pending and posted, and limits hold, after every event and every chain", async () => {
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), (sequence, whole) =>
        PropertyLedger.with(form, async (subject) => {
          for (const request of sequence) {
            for (const part of whole ? [request.events] : partsOf(request)) {
              await subject.send(part)
              expectBalanced(await subject.accounts())
            }
            await subject.advance(request.secondsAfter)
            expectBalanced(await subject.accounts())
          }
        }),
      ),
      { numRuns },
    )
  })

  test("what is not a success leaves nothing to be seen, a broken chain neither", async () => {
    await fc.assert(
      fc.asyncProperty(requests, (sequence) =>
        PropertyLedger.with(form, async (subject) => {
          let before = await subject.view()
          for (const request of sequence) {
            for (const part of partsOf(request)) {
              const outcomes = await subject.send(part)
              const after = await subject.view()
              if (!outcomes.some(({ status }) => status === "created")) {
                expect(after).toEqual(before)
              }
              before = after
            }
            await subject.advance(request.secondsAfter)
            before = await subject.view()
          }
        }),
      ),
      { numRuns },
    )
  })

  test("what was rejected stays rejected, also when every reason for it is gone", async () => {
    await fc.assert(
      fc.asyncProperty(requests, (sequence) =>
        PropertyLedger.with(form, async (subject) => {
          const rejected: NewTransfer[][] = []
          for (const request of sequence) {
            for (const part of partsOf(request)) {
              const outcomes = await subject.send(part)
              if (outcomes.some((outcome) => outcome.class === "rejected")) rejected.push(part)
            }
            await subject.advance(request.secondsAfter)
          }
          await makeEverythingPossible(subject)
          for (const part of rejected) {
            const again = await subject.send(part)
            expect(again.map((outcome) => outcome.class)).not.toContain("success")
          }
        }),
      ),
      { numRuns },
    )
  })

  test("sending any part of the past again changes no balance, no history and no query, and says the same", async () => {
    await fc.assert(
      fc.asyncProperty(requests, fc.nat(), (sequence, cut) =>
        PropertyLedger.with(form, async (subject) => {
          const past: (readonly { readonly class: string; readonly timestamp: bigint }[])[] = []
          for (const { events, secondsAfter } of sequence) {
            past.push(await subject.send(events))
            await subject.advance(secondsAfter)
          }
          const before = await subject.view()
          for (const [index, { events }] of sequence
            .slice(0, 1 + (cut % sequence.length))
            .entries()) {
            const again = await subject.send(events)
            expect(again.map(({ status }) => status)).not.toContain("created")
            for (const [position, first] of (past[index] ?? []).entries()) {
              const success = first.class === "success"
              expect(again[position]?.class === "success").toBe(success)
              if (success) expect(again[position]?.timestamp).toBe(first.timestamp)
            }
          }
          expect(await subject.view()).toEqual(before)
        }),
      ),
      { numRuns },
    )
  })

  test("queries find what a search through everything finds", async () => {
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.array(accountFilter, { minLength: 5, maxLength: 5 }),
        fc.array(queryFilter, { minLength: 5, maxLength: 5 }),
        (sequence, accountFilters, queryFilters) =>
          PropertyLedger.with(form, async (subject) => {
            for (const { events, secondsAfter } of sequence) {
              await subject.send(events)
              await subject.advance(secondsAfter)
            }
            const { ledger } = subject
            const accounts = await subject.accounts()
            const transfers = await subject.transfers()
            for (const drawn of accountFilters) {
              const filter = withTimes(drawn, transfers)
              const expected = findAccountTransfers(transfers, filter)
              expect(await ledger.getAccountTransfers(filter)).toEqual(expected)
              const balances = await ledger.getAccountBalances(filter)
              const account = accounts.find(({ id }) => id === filter.account_id)
              const kept = hasFlag(account?.flags ?? 0, history)
              expect(balances.map(({ timestamp }) => timestamp)).toEqual(
                kept ? expected.map(({ timestamp }) => timestamp) : [],
              )
            }
            for (const drawn of queryFilters) {
              const filter = withTimes(drawn, transfers)
              expect(await ledger.queryTransfers(filter)).toEqual(findRecords(transfers, filter))
              const ofAccounts = withTimes(drawn, accounts)
              expect(await ledger.queryAccounts(ofAccounts)).toEqual(
                findRecords(accounts, ofAccounts),
              )
            }
          }),
      ),
      { numRuns },
    )
  })

  test("a history has the balances that could be read right after each transfer", async () => {
    await fc.assert(
      fc.asyncProperty(requests, (sequence) =>
        PropertyLedger.with(form, async (subject) => {
          const seen = new Map<bigint, AccountBalance[]>()
          for (const account_id of ACCOUNT_IDS) {
            const balances = await subject.ledger.getAccountBalances({ account_id, limit: 1 })
            expect(balances.length).toBe(account_id === FUND.credit_account_id ? 1 : 0)
            seen.set(account_id, balances)
          }
          for (const request of sequence) {
            for (const event of eventsOf(request)) {
              const [outcome] = await subject.send([event])
              if (outcome?.status !== "created") continue
              const [transfer] = await subject.ledger.lookupTransfers([event.id])
              for (const account of await subject.accounts()) {
                const touched = [transfer?.debit_account_id, transfer?.credit_account_id]
                if (!hasFlag(account.flags, history) || !touched.includes(account.id)) continue
                seen.get(account.id)?.push(balanceOf(account, outcome.timestamp))
              }
            }
            await subject.advance(request.secondsAfter)
          }
          for (const [account_id, balances] of seen) {
            const filter = { account_id, limit: 1_000 }
            expect(await subject.ledger.getAccountBalances(filter)).toEqual(balances)
          }
        }),
      ),
      { numRuns },
    )
  })
})

function balanceOf(account: Account, timestamp: bigint): AccountBalance {
  const { debits_pending, debits_posted, credits_pending, credits_posted } = account
  return { debits_pending, debits_posted, credits_pending, credits_posted, timestamp }
}

// Everything that waited is over, which opens every account, and the limits leave room for more than anybody asks.
async function makeEverythingPossible(subject: PropertyLedger): Promise<void> {
  await subject.advance(10)
  const waiting = (await subject.transfers()).filter(({ flags }) => hasFlag(flags, pending))
  const voids = waiting.map(({ id }) => ({
    id: id + 1_000n,
    pending_id: id,
    flags: void_pending_transfer,
  }))
  await subject.send(voids)
  const fund = { debit_account_id: 4n, credit_account_id: 3n, amount: 1_000n, ledger: 1, code: 1 }
  expect(await subject.send([{ id: 3_000n, ...fund }])).toMatchObject([{ status: "created" }])
  await subject.ledger.createAccounts([{ id: 9n, ledger: 1, code: 1 }])
}
