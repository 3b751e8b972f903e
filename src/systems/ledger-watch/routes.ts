// The route of those who watch over the ledger.
// Owns: GET /ledger/health. Must not touch: accounts and transfers, which have routes of their own.
//   W1. A relay that is silent or refuses is an answer, not an error: that is what was asked.
//   W2. Where the relays are is nobody's business out there: they have numbers, in the order of BELAY_RELAY_URL.

import { Hono } from "hono"
import * as v from "valibot"
import { BelayError } from "../../engine/errors.ts"
import { LedgerError } from "../../ledger/errors.ts"
import { relayUrlsFromEnv } from "../../ledger/relay-settings.ts"
import type { SystemEnvironment } from "../host.ts"

/** Longer than the relay itself waits for its ledger. */
const ANSWER_TIMEOUT_MS = 3_000

/** What a relay says of itself; to those at home it says more. */
const READINESS = v.looseObject({
  ready: v.boolean(),
  ledger: v.optional(v.looseObject({ kind: v.string() })),
  draining: v.optional(v.boolean()),
  stalled: v.optional(v.boolean()),
  inFlight: v.optional(v.number()),
})

interface RelayHealth {
  readonly relay: number
  readonly ready: boolean
  readonly answeredInMs: number
  /** Which ledger it keeps, where it says so. */
  readonly ledger?: string
  readonly inFlight?: number
  /** Why it is not ready. */
  readonly problem?: string
}

/** @param ask asks a relay; the runtime's own fetch unless given */
export function ledgerWatchRoutes(
  ask: (url: string, init: RequestInit) => Promise<Response> = (url, init) => fetch(url, init),
): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.get("/ledger/health", async (c) => {
    const urls = urlsOf(c.env)
    const relays = await Promise.all(urls.map((url, index) => healthOf(ask, url, index + 1)))
    return c.json({ ready: relays.some(({ ready }) => ready), relays })
  })

  return routes
}

function urlsOf(env: Cloudflare.Env): readonly string[] {
  try {
    return relayUrlsFromEnv(env)
  } catch (error) {
    if (error instanceof LedgerError) throw new BelayError("not_configured", error.message)
    throw error
  }
}

async function healthOf(
  ask: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  relay: number,
): Promise<RelayHealth> {
  const askedAtMs = Date.now()
  const took = () => Date.now() - askedAtMs
  try {
    const response = await ask(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    const read = v.safeParse(READINESS, await response.json())
    if (!read.success) return unready(relay, took(), "What answers there is no relay of Belay's.")
    const { ready, ledger, inFlight } = read.output
    return {
      relay,
      ready,
      answeredInMs: took(),
      ...(ledger !== undefined && { ledger: ledger.kind }),
      ...(inFlight !== undefined && { inFlight }),
      ...(!ready && { problem: whyOf(read.output) }),
    }
  } catch (error) {
    // The runtime's words may name the address.
    console.warn(JSON.stringify({ level: "warn", message: `relay ${relay}: ${String(error)}` }))
    return unready(relay, took(), "It does not answer. Look whether it runs and can be reached.")
  }
}

function unready(relay: number, answeredInMs: number, problem: string): RelayHealth {
  return { relay, ready: false, answeredInMs, problem }
}

function whyOf({ draining, stalled }: v.InferOutput<typeof READINESS>): string {
  if (draining === true) return "It is being stopped and takes no new work."
  if (stalled === true) return "Its ledger has not answered for a while."
  return "Its ledger has not answered yet."
}
