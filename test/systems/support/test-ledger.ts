// Test ledger: the ledger that the Worker under test writes to, for a test to look into and to write to itself.

import { env } from "cloudflare:workers"
import type { Ledger } from "../../../src/ledger/ledger.ts"
import { relayLedgerFromEnv } from "../../../src/ledger/relay-settings.ts"

export function testLedger(): Ledger {
  return relayLedgerFromEnv(env)
}
