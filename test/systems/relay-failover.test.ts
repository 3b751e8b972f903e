// The edge client inside the Workers runtime, whose fetch tells less about failures than Node's does.

import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import { relayLedgerFromEnv } from "../../src/ledger/relay-settings.ts"

/** Nobody listens there. */
const DEAD = "http://127.0.0.1:9"

const newAccount = () => ({
  id: BigInt(Math.floor(Math.random() * 2 ** 50)) + 1n,
  ledger: 1,
  code: 1,
})

test("a dead relay beside a good one: every write is answered, whichever is asked first", async () => {
  const urls = `${DEAD},${env.BELAY_RELAY_URL}`
  for (let call = 0; call < 6; call++) {
    // A client for each run, as in production.
    const ledger = relayLedgerFromEnv({ ...env, BELAY_RELAY_URL: urls })
    const account = newAccount()
    expect(await ledger.createAccounts([account])).toMatchObject([{ status: "created" }])
    expect(await ledger.lookupAccounts([account.id])).toMatchObject([{ id: account.id }])
  }
})

test("only a dead relay: a write is unknown, since the runtime does not say why it failed, a read is unavailable", async () => {
  const ledger = relayLedgerFromEnv({ ...env, BELAY_RELAY_URL: DEAD })
  await expect(ledger.createAccounts([newAccount()])).rejects.toMatchObject({
    code: "ledger_unknown",
  })
  await expect(ledger.lookupAccounts([1n])).rejects.toMatchObject({ code: "ledger_unavailable" })
})

test("a caller that gives up is answered at once", async () => {
  const ledger = relayLedgerFromEnv(env)
  const signal = AbortSignal.abort()
  await expect(ledger.createAccounts([newAccount()], { signal })).rejects.toMatchObject({
    code: "ledger_unavailable",
  })
})
