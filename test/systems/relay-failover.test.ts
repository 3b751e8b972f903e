// The edge client inside the Workers runtime, whose fetch tells less about failures than Node's does.

import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import type { Fetch } from "../../src/ledger/relay-call.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { relayLedgerFromEnv } from "../../src/ledger/relay-settings.ts"
import type { RelayKey } from "../../src/ledger/signature.ts"

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

describe("two ways to the relay", () => {
  const first = env.BELAY_RELAY_URL ?? ""
  const second = first.replace("127.0.0.1", "localhost")
  const key = JSON.parse(env.BELAY_RELAY_KEY ?? "") as RelayKey

  /** The relay answers, and the answer is on its way for so long. */
  const delayed =
    (waitMs: number): Fetch =>
    async (url, init) => {
      const response = await fetch(url, init)
      await scheduler.wait(waitMs, { signal: init.signal })
      return response
    }

  /** The relay waits for a body that never comes: a connection without headers, until it is given up. */
  const silent: Fetch = (url, init) => {
    const { readable } = new FixedLengthStream(init.body.byteLength)
    return fetch(url, { ...init, body: readable })
  }

  /** A client whose requests go these ways, by address. */
  function clientOf(ways: Readonly<Record<string, Fetch>>, timeoutMs: number): RelayLedger {
    const go: Fetch = (url, init) => (ways[new URL(url).origin] ?? fetch)(url, init)
    return new RelayLedger({ urls: [first, second], key, timeoutMs, fetch: go })
  }

  test("both need more than half of the time: every call is heard", async () => {
    const ledger = clientOf({ [first]: delayed(600), [second]: delayed(600) }, 1_000)
    const account = newAccount()
    expect(await ledger.createAccounts([account])).toMatchObject([{ class: "success" }])
    expect(await ledger.lookupAccounts([account.id])).toMatchObject([{ id: account.id }])
  })

  test("one is silent: a call is answered by the other one, and its connection to the silent one is given up", async () => {
    const signals: AbortSignal[] = []
    const noting: Fetch = (url, init) => {
      signals.push(init.signal)
      return silent(url, init)
    }
    const ledger = clientOf({ [first]: noting }, 600)
    for (let call = 0; call < 8; call++) {
      expect(await ledger.createAccounts([newAccount()])).toMatchObject([{ status: "created" }])
    }
    // Asked first by one of eight calls at least, and after that not by every other one.
    expect(signals.length).toBeGreaterThan(0)
    expect(signals.length).toBeLessThan(3)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test("one is silent, and more calls side by side than a run has connections: all are answered", async () => {
    const ledger = clientOf({ [first]: silent }, 600)
    const known = async (): Promise<number> => {
      const account = newAccount()
      for (let attempt = 1; ; attempt++) {
        const outcomes = await ledger.createAccounts([account]).catch(() => undefined)
        if (outcomes === undefined) continue
        expect(outcomes).toMatchObject([{ class: "success" }])
        return attempt
      }
    }
    const attempts = await Promise.all(Array.from({ length: 16 }, known))
    expect(Math.max(...attempts)).toBe(1)
  })
})
