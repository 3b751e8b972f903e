// The routes of account creation.
// Owns: PUT and GET /accounts/:uuid. Must not touch: how a run is stored, how an error becomes a response.
//   R1. Read first means the ledger decides: what only the reference knows does not exist.

import { Hono, type Context as HttpContext } from "hono"
import { BelayError } from "../../engine/errors.ts"
import { LedgerError } from "../../ledger/errors.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import type { Account } from "../../ledger/records.ts"
import { relayLedgerFromEnv } from "../../ledger/relay-settings.ts"
import type { SystemEnvironment } from "../host.ts"
import { failureOf, resultOf, runUrl } from "../run-answer.ts"
import { CANONICAL_UUID, RUN_ID_PREFIX, WORKFLOW } from "./input.ts"

/** How long a PUT waits for the account before it answers 202. */
const CREATE_WAIT_MS = 10_000

/** @param ledgerOf the ledger that reads ask, made from the Worker's environment. */
export function accountCreationRoutes(
  ledgerOf: (env: Cloudflare.Env) => Ledger = relayLedgerFromEnv,
): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()
  // Kept, because a client learns which relay answers.
  const ledgers = new WeakMap<Cloudflare.Env, Ledger>()

  routes.put("/accounts/:uuid", async (c) => {
    const host = c.get("host")
    const uuid = accountUuid(c)
    const id = RUN_ID_PREFIX + uuid
    const { created, run } = await host.runs.start(id, {
      workflow: WORKFLOW,
      input: [uuid],
      faults: host.faults(c.req.raw),
      trace: host.trace(c.req.raw),
      waitMs: host.waitMs(c.req.raw) ?? CREATE_WAIT_MS,
    })
    const failure = failureOf(run)
    if (failure?.status === "halted") {
      const { message } = failure.error
      throw new BelayError("halted", `${message} Look at ${runUrl(id)}, then retry it.`, {
        panic: message,
      })
    }
    if (failure !== undefined) return c.json({ uuid, ...failure })
    if (run.status !== "completed") {
      return c.json({ uuid, status: "processing", statusUrl: runUrl(id) }, 202)
    }
    return c.json(resultOf(run) as { uuid: string; guid: string }, created ? 201 : 200)
  })

  routes.get("/accounts/:uuid", async (c) => {
    const uuid = accountUuid(c)
    const row = await c.env.DB.prepare("SELECT guid FROM accounts WHERE uuid = ?1")
      .bind(uuid)
      .first<{ guid: string }>()
    if (row === null) throw new BelayError("run_unknown", `There is no account ${uuid}.`)
    const { guid } = row
    const [account] = await lookUp(() => ledgerOfEnvironment(c.env), guid)
    if (account === undefined) {
      throw new BelayError(
        "run_unknown",
        `There is no account ${uuid}: it stands in the reference, but the ledger has no account ${guid}.`,
        { orphan: true, guid },
      )
    }
    return c.json({ uuid, guid, balances: balancesOf(account) })
  })

  function ledgerOfEnvironment(env: Cloudflare.Env): Ledger {
    const known = ledgers.get(env)
    if (known !== undefined) return known
    const ledger = ledgerOf(env)
    ledgers.set(env, ledger)
    return ledger
  }

  return routes
}

/** The UUID of the path in lower case, so that one account has one spelling. */
function accountUuid(c: HttpContext<SystemEnvironment>): string {
  const text = c.get("host").pathSegment(c.req.raw, 1)
  const uuid = text.toLowerCase()
  if (CANONICAL_UUID.test(uuid)) return uuid
  throw new BelayError("invalid_request", `uuid: expected a UUID, got "${text}".`, {
    fields: ["uuid"],
  })
}

async function lookUp(ledgerOf: () => Ledger, guid: string): Promise<Account[]> {
  try {
    return await ledgerOf().lookupAccounts([BigInt(guid)])
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    if (error.code === "ledger_not_configured")
      throw new BelayError("not_configured", error.message)
    // Why names the relays, which are nobody's business out there.
    console.warn(
      JSON.stringify({ level: "warn", message: `read of account ${guid}: ${error.message}` }),
    )
    const message =
      "The ledger, which decides whether the account exists, does not answer; try again."
    throw new BelayError("ledger_unavailable", message)
  }
}

/** Decimal strings, because a ledger's amounts are wider than a JSON number. */
function balancesOf(account: Account) {
  return {
    debitsPending: account.debits_pending.toString(),
    debitsPosted: account.debits_posted.toString(),
    creditsPending: account.credits_pending.toString(),
    creditsPosted: account.credits_posted.toString(),
  }
}
