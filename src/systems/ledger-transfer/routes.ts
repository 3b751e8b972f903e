// The routes of ledger transfers.
// Owns: POST and GET /ledger-transfers/:id. Must not touch: how a run is stored, what the ledger and the bank decide.
//   R1. Nothing is started, and so nothing is reserved, for a transfer that cannot be valid.
//   R2. A start does not depend on the ledger: while it does not answer, the source goes unchecked here, and the
//       reservation says no later.

import { Hono } from "hono"
import { accountOf } from "../../bank/account-stub.ts"
import { BelayError } from "../../engine/errors.ts"
import type { RunRecord, Runs } from "../../engine/runs.ts"
import { LedgerError } from "../../ledger/errors.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import { relayLedgerFromEnv } from "../../ledger/relay-settings.ts"
import type { SystemEnvironment } from "../host.ts"
import { publishedState } from "../published-state.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, inputOf, isEnded, resultOf } from "../run-answer.ts"
import { findRun, requireRun } from "../system-run.ts"
import { ledgerTransferSchema, RUN_ID_PREFIX, WORKFLOW } from "./input.ts"
import { LEDGER } from "./ledger-records.ts"
import { sourceIdOf } from "./source.ts"

/** How long a start waits for the ledger to tell whether it has the source. */
const SOURCE_CHECK_MS = 1_000

/** What a run that was stopped may have come to all the same. */
const ENDS: ReadonlySet<unknown> = new Set(["committed", "compensated", "rejected"])

/** @param ledgerOf the ledger that is asked for the source, made from the Worker's environment. */
export function ledgerTransferRoutes(
  ledgerOf: (env: Cloudflare.Env) => Ledger = relayLedgerFromEnv,
): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()
  // Kept, because a client learns which relay answers.
  const ledgers = new WeakMap<Cloudflare.Env, Ledger>()

  routes.post("/ledger-transfers/:id", async (c) => {
    const host = c.get("host")
    const transferId = host.pathSegment(c.req.raw, 1)
    const id = RUN_ID_PREFIX + transferId
    const waitMs = host.waitMs(c.req.raw)
    const faults = host.faults(c.req.raw)
    const body = membersOf(await host.readBody(c.req.raw))
    const existing = await findRun(host.runs, id, WORKFLOW)
    // A field left out agrees with what the run has.
    const [known] = existing === undefined ? [] : inputOf(existing)
    const transfer = checkInput(ledgerTransferSchema, { ...membersOf(known), ...body, transferId })
    if (existing === undefined) {
      await requireBankAccount(c.env.ACCOUNTS, transfer.bankAccount)
      await requireSource(() => ledgerOfEnvironment(c.env), c.env.DB, transfer.source)
    }
    const { run } = await host.runs.start(id, {
      workflow: WORKFLOW,
      input: [transfer],
      faults,
      waitMs,
    })
    const statusUrl = `/ledger-transfers/${encodeURIComponent(transferId)}`
    const answer = { ...(await transferView(host.runs, transferId, run)), statusUrl }
    return c.json(answer, waitMs !== undefined && isEnded(run) ? 200 : 202)
  })

  routes.get("/ledger-transfers/:id", async (c) => {
    const transferId = c.get("host").pathSegment(c.req.raw, 1)
    const { runs } = c.get("host")
    const what = `ledger transfer '${transferId}'`
    const run = await requireRun(runs, RUN_ID_PREFIX + transferId, WORKFLOW, what)
    return c.json(await transferView(runs, transferId, run))
  })

  function ledgerOfEnvironment(env: Cloudflare.Env): Ledger {
    const ledger = ledgers.get(env) ?? ledgerOf(env)
    ledgers.set(env, ledger)
    return ledger
  }

  return routes
}

async function requireBankAccount(
  accounts: Cloudflare.Env["ACCOUNTS"],
  bankAccount: string,
): Promise<void> {
  if (await accountOf(accounts, bankAccount).exists()) return
  throw new BelayError(
    "state_unknown",
    `There is no bank account '${bankAccount}'; the first deposit to it creates it.`,
    { bankAccount },
  )
}

/** @throws BelayError state_unknown when the ledger has answered that it does not have the source. */
async function requireSource(ledgerOf: () => Ledger, db: D1Database, source: string) {
  const id = await sourceIdOf(db, source)
  const isThere = id !== undefined && (await mayHaveAccount(ledgerOf, id))
  if (isThere) return
  throw new BelayError("state_unknown", `There is no account ${source} in ledger ${LEDGER}.`, {
    source,
  })
}

/** False only when the ledger says so (R2). */
async function mayHaveAccount(ledgerOf: () => Ledger, id: bigint): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(SOURCE_CHECK_MS)
    const [account] = await ledgerOf().lookupAccounts([id], { signal })
    return account?.ledger === LEDGER
  } catch (error) {
    if (error instanceof LedgerError) return true
    throw error
  }
}

async function transferView(
  runs: Runs,
  transferId: string,
  run: RunRecord,
): Promise<Readonly<Record<string, unknown>>> {
  if (run.status === "completed") return { transferId, ...membersOf(resultOf(run)) }
  const failure = failureOf(run)
  if (failure === undefined) return { transferId, status: "processing" }
  // A transfer that was cancelled or timed out is settled on the way out: `outcome` says where the money is.
  const state = membersOf(await publishedState(runs, run.id, "transfer"))
  const outcome = ENDS.has(state["status"]) ? { outcome: state["status"] } : {}
  return { transferId, ...failure, ...outcome }
}
