// The embedded ledger against the contract, with a clock that the test moves.
import { expect, test } from "vitest"
import { ChainLedger } from "../../src/ledger/chain-ledger.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { describeLedger, statusesWithoutCase } from "./ledger-contract.ts"
import { ManualClock } from "./ledger-manual-clock.ts"

describeLedger({
  name: "embedded",
  open: async () => {
    const clock = new ManualClock()
    const embedded = new EmbeddedLedger({ path: IN_MEMORY, now: clock.now })
    return {
      ledger: new ChainLedger(embedded),
      advance: clock.advance,
      advanceTo: clock.advanceTo,
      close: async () => embedded.close(),
    }
  },
  meets: ["any_flags", "any_time", "exact_time"],
})

test("every status of accounts and transfers has a case in the contract", () => {
  expect(statusesWithoutCase("accounts")).toEqual([])
  expect(statusesWithoutCase("transfers")).toEqual([])
})
