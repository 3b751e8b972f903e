// The contract of every ledger, as one suite that each implementation runs.
// Owns: the suite. The cases are data beside it, `ledger-case-run.ts` plays them.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ACCOUNT_STATUSES } from "../../src/ledger/account-status.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import { ACCOUNT_CASES } from "./ledger-account-cases.ts"
import { ACCOUNT_QUERY_CASES } from "./ledger-account-query-cases.ts"
import { AMOUNT_CASES } from "./ledger-amount-cases.ts"
import { BURN_CASES } from "./ledger-burn-cases.ts"
import type { LedgerCase, Need, Step } from "./ledger-case.ts"
import { randomBase } from "./ledger-case-own.ts"
import { type LedgerUnderTest, playCase } from "./ledger-case-run.ts"
import { CHAIN_CASES } from "./ledger-chain-cases.ts"
import { EXPIRY_CASES } from "./ledger-expiry-cases.ts"
import { FENCE_CASES } from "./ledger-fence-cases.ts"
import { FILTER_CASES } from "./ledger-filter-cases.ts"
import { HISTORY_CASES } from "./ledger-history-cases.ts"
import { IMPORT_CASES } from "./ledger-import-cases.ts"
import { QUERY_CASES } from "./ledger-query-cases.ts"
import { TOGETHER_CASES } from "./ledger-together-cases.ts"
import { TRANSFER_CASES } from "./ledger-transfer-cases.ts"
import { TWO_PHASE_CASES } from "./ledger-two-phase-cases.ts"

const LEDGER_CASES: readonly LedgerCase[] = [
  ...ACCOUNT_CASES,
  ...TRANSFER_CASES,
  ...IMPORT_CASES,
  ...TWO_PHASE_CASES,
  ...AMOUNT_CASES,
  ...EXPIRY_CASES,
  ...BURN_CASES,
  ...CHAIN_CASES,
  ...TOGETHER_CASES,
  ...FENCE_CASES,
  ...ACCOUNT_QUERY_CASES,
  ...QUERY_CASES,
  ...HISTORY_CASES,
  ...FILTER_CASES,
]

export interface Subject {
  readonly name: string
  readonly open: () => Promise<LedgerUnderTest>
  /** What this ledger offers beyond the port; cases that need more are shown as skipped. */
  readonly meets: readonly Need[]
  /** There is no such ledger here; the suite is shown as skipped. */
  readonly missing?: boolean
}

export function describeLedger({ name, open, meets, missing = false }: Subject): void {
  describe.skipIf(missing)(`the ledger's contract: ${name}`, () => {
    let subject: LedgerUnderTest
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())

    test.for(LEDGER_CASES)("$name", async ({ steps, needs }, { skip }) => {
      skip(needs !== undefined && !meets.includes(needs), `this ledger does not offer ${needs}`)
      // Cases share a ledger that may be years old, so each has ids and a moment of its own.
      await subject.advance(0.01)
      const { actual, faults } = await playCase(subject, steps)
      expect(actual).toEqual(steps.map((step) => ("expected" in step ? step.expected : "passed")))
      expect(faults).toEqual([])
    })

    test("nothing asked is nothing answered", async () => {
      expect(await subject.ledger.createAccounts([])).toEqual([])
      expect(await subject.ledger.createTransfers([])).toEqual([])
      expect(await subject.ledger.lookupAccounts([])).toEqual([])
      expect(await subject.ledger.lookupTransfers([])).toEqual([])
    })

    test("a lookup leaves out what is not there, keeps the order of the request and answers twice what is asked twice", async () => {
      const base = randomBase()
      const accounts = [1n, 2n].map((offset) => ({ id: base + offset, ledger: 1, code: 1 }))
      await subject.ledger.createAccounts(accounts)
      const ids = [base + 2n, base + 3n, base + 1n, base + 2n]
      const found = await subject.ledger.lookupAccounts(ids)
      expect(found.map(({ id }) => id - base)).toEqual([2n, 1n, 2n])
      expect(await subject.ledger.lookupTransfers(ids)).toEqual([])
    })

    test("a fence that is sent beside the original agrees with it, whichever comes first", async () => {
      const base = randomBase()
      const [id, debit, credit] = [base, base + 1n, base + 2n]
      const accounts = [debit, credit].map((account) => ({ id: account, ledger: 1, code: 1 }))
      await subject.ledger.createAccounts(accounts)
      const original = { id, debit_account_id: debit, credit_account_id: credit, amount: 1n }
      const [outcomes, fence] = await Promise.all([
        subject.ledger.createTransfers([{ ...original, ledger: 1, code: 1 }]),
        subject.ledger.fenceTransfer(id),
      ])
      expect([
        ["created", "committed"],
        ["id_already_failed", "fenced"],
      ]).toContainEqual([outcomes[0]?.status, fence.result])
    })
  })
}

/** The statuses no case expects. */
export function statusesWithoutCase(kind: "accounts" | "transfers"): string[] {
  const expected = new Set<string>()
  const steps: readonly Step[] = LEDGER_CASES.flatMap((ledgerCase) => ledgerCase.steps)
  for (const step of steps.flatMap((one) => (one.kind === "together" ? [...one.calls] : [one]))) {
    if (step.kind !== kind) continue
    for (const status of step.expected) expected.add(status)
  }
  const table = kind === "accounts" ? ACCOUNT_STATUSES : TRANSFER_STATUSES
  return Object.keys(table).filter((status) => !expected.has(status))
}
