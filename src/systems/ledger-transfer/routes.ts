// The routes of ledger transfers.
// Owns: POST and GET /ledger-transfers/:id. Must not touch: how a run is stored, what the ledger and the bank decide.
//   R1. Nothing is started, and so nothing is reserved, for a transfer that cannot be valid.
//   R2. A start does not depend on the ledger: while it does not answer, the source goes unchecked here, and the run's
//       first step says no later.
//   R3. One transfer id is one transfer, however it is spelled and by whichever door its run was started.

import { Hono } from "hono"
import * as v from "valibot"
import { accountOf } from "../../bank/account-stub.ts"
import { BelayError } from "../../engine/errors.ts"
import type { RunRecord, Runs } from "../../engine/ports/runs.ts"
import { LedgerError } from "../../ledger/errors.ts"
import type { Ledger } from "../../ledger/ledger.ts"
import type { Account } from "../../ledger/records.ts"
import { relayLedgerFromEnv } from "../../ledger/relay-settings.ts"
import type { SystemEnvironment } from "../host.ts"
import { publishedState } from "../published-state.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, isEnded, resultOf } from "../run-answer.ts"
import { findRun, requireRun, startOrAttach } from "../system-run.ts"
import {
  isSameTransfer,
  ledgerTransferSchema,
  RUN_ID_PREFIX,
  WORKFLOW,
  type LedgerTransfer,
} from "./input.ts"
import { clearingAccount, isClearingAccount, LEDGER } from "./ledger-records.ts"
import { clearingAsSource } from "./refusal.ts"
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
    const body = { ...membersOf(await host.readBody(c.req.raw)), transferId }
    if ((await findRun(host.runs, id, WORKFLOW)) === undefined) {
      const transfer = checkInput(ledgerTransferSchema, body)
      await requireBankAccount(c.env.ACCOUNTS, transfer.bankAccount)
      await requireSource(() => ledgerOfEnvironment(c.env), c.env.DB, transfer)
    }
    const { run } = await startOrAttach(host.runs, id, {
      workflow: WORKFLOW,
      inputFrom: (existing) => [inputFor(body, existing)],
      faults,
      trace: host.trace(c.req.raw),
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

/**
 * What to start with. A field left out agrees with what the run has. The engine compares inputs as they were given, so
 * the same transfer in another spelling is asked for in the run's own one (R3).
 */
function inputFor(body: object, existing: readonly unknown[] | undefined): unknown {
  const known = membersOf(existing?.[0])
  const transfer = checkInput(ledgerTransferSchema, { ...known, ...body })
  const read = v.safeParse(ledgerTransferSchema, known)
  return read.success && isSameTransfer(read.output, transfer) ? known : transfer
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

/**
 * @throws BelayError state_unknown when the ledger has answered that it does not have the source, invalid_request when
 * the source is a clearing account.
 */
async function requireSource(
  ledgerOf: () => Ledger,
  db: D1Database,
  { source, bankAccount }: LedgerTransfer,
): Promise<void> {
  const id = await sourceIdOf(db, source)
  const { id: clearingId } = await clearingAccount(bankAccount)
  const account = id === undefined ? "none" : await accountOrSilence(ledgerOf, id)
  const isClearing = typeof account === "object" && (await isClearingAccount(account))
  if (id === clearingId || isClearing) {
    throw new BelayError("invalid_request", `source: ${clearingAsSource(source)}.`, {
      fields: ["source"],
    })
  }
  const isThere = typeof account === "object" ? account.ledger === LEDGER : account === "silence"
  if (isThere) return
  throw new BelayError("state_unknown", `There is no account ${source} in ledger ${LEDGER}.`, {
    source,
  })
}

/** `none` only when the ledger says so (R2). */
async function accountOrSilence(
  ledgerOf: () => Ledger,
  id: bigint,
): Promise<Account | "none" | "silence"> {
  try {
    const signal = AbortSignal.timeout(SOURCE_CHECK_MS)
    const [account] = await ledgerOf().lookupAccounts([id], { signal })
    return account ?? "none"
  } catch (error) {
    if (error instanceof LedgerError) return "silence"
    throw error
  }
}

async function transferView(
  runs: Runs,
  transferId: string,
  run: RunRecord,
): Promise<Readonly<Record<string, unknown>>> {
  if (run.status === "completed") return { ...membersOf(resultOf(run)), transferId }
  const failure = failureOf(run)
  if (failure === undefined) return { transferId, status: "processing" }
  // A transfer that was cancelled or timed out is settled on the way out: `outcome` says where the money is.
  const state = membersOf(await publishedState(runs, run.id, "transfer"))
  const outcome = ENDS.has(state["status"]) ? { outcome: state["status"] } : {}
  return { transferId, ...failure, ...outcome }
}
