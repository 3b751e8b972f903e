// Queries stay quick in a large file: each goes through an index and finds its rows in order.
import { expect, test } from "vitest"
import { completeAccountFilter, completeQueryFilter } from "../../src/ledger/filters.ts"
import { Connection } from "../../src/relay/embedded/connection.ts"
import { IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import {
  selectAccountBalances,
  selectAccountTransfers,
  selectBy,
  type Selection,
} from "../../src/relay/embedded/selection.ts"

const connection = new Connection(IN_MEMORY)
const FIELDS = ["user_data_128", "user_data_64", "user_data_32", "ledger", "code"] as const

function planOf(selection: Selection | undefined): string[] {
  if (selection === undefined) throw new Error("The filter selects nothing.")
  const rows = connection.sql(`EXPLAIN QUERY PLAN ${selection.sql}`).all(...selection.values)
  return rows.map(({ detail }) => String(detail))
}

/** Each step of the plan enters a table by a key, and nothing is sorted afterwards. */
function expectOnlySearches(plan: readonly string[]): void {
  const reads = plan.filter((step) => /^(SEARCH|SCAN|USE)/.test(step))
  expect(reads).not.toEqual([])
  for (const step of reads)
    expect(step).toMatch(/^SEARCH \w+ USING (INDEX|INTEGER PRIMARY KEY|PRIMARY KEY)/)
}

test.for(FIELDS)("a query by %s alone uses the index of that field", (field) => {
  const value = field === "user_data_128" || field === "user_data_64" ? 7n : 7
  for (const table of ["accounts", "transfers"] as const) {
    for (const flags of [0, 1]) {
      const filter = completeQueryFilter({ [field]: value, limit: 10, flags })
      const plan = planOf(selectBy(table, filter))
      expectOnlySearches(plan)
      expect(plan.join()).toContain(`${table}_by_${field} (${field}=? AND rowid>? AND rowid<?)`)
    }
  }
})

test("a query by everything uses the index of the rarest field", () => {
  const filter = completeQueryFilter({
    user_data_128: 1n,
    user_data_64: 2n,
    user_data_32: 3,
    ledger: 4,
    code: 5,
    limit: 10,
  })
  const plan = planOf(selectBy("transfers", filter))
  expectOnlySearches(plan)
  expect(plan.join()).toContain("transfers_by_user_data_128")
})

test("a query by time alone reads that time alone", () => {
  const filter = completeQueryFilter({ timestamp_min: 5n, timestamp_max: 6n, limit: 10 })
  const plan = planOf(selectBy("transfers", filter))
  expect(plan).toEqual(["SEARCH transfers USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"])
})

test.for([1, 2, 3, 5, 6, 7])(
  "the transfers and balances of an account, flags %i, are found through the account",
  (flags) => {
    const filter = completeAccountFilter({
      account_id: 1n,
      user_data_128: 1n,
      user_data_32: 3,
      code: 5,
      limit: 10,
      flags,
    })
    const transfers = planOf(selectAccountTransfers(filter))
    expectOnlySearches(transfers)
    expect(transfers.join()).toMatch(/transfers_by_(debit|credit)_account_id/)
    const balances = planOf(selectAccountBalances(filter, 1n))
    expectOnlySearches(balances)
    expect(balances[0]).toContain("account_timestamp=? AND timestamp>? AND timestamp<?")
  },
)
