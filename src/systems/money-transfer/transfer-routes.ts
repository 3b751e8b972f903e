// The routes of money transfers.
// Owns: POST and GET /transfers/:id. Must not touch: the accounts' entries, how a run is stored.
//   R1. Nothing is started, and so nothing is debited, for a transfer that cannot be valid.

import { Hono } from "hono"
import type { SystemEnvironment } from "../host.ts"
import { accountOf } from "../../bank/account-stub.ts"
import type { RunRecord } from "../../engine/ports/runs.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, inputOf, isEnded, resultOf } from "../run-answer.ts"
import { findRun, requireRun } from "../system-run.ts"
import { accountUnknown } from "./account-routes.ts"
import { RUN_ID_PREFIX, transferSchema, WORKFLOW, type Transfer } from "./input.ts"

export function transferRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/transfers/:id", async (c) => {
    const host = c.get("host")
    const transferId = host.pathSegment(c.req.raw, 1)
    const id = RUN_ID_PREFIX + transferId
    const waitMs = host.waitMs(c.req.raw)
    const faults = host.faults(c.req.raw)
    const body = membersOf(await host.readBody(c.req.raw))
    const existing = await findRun(host.runs, id, WORKFLOW)
    // A field left out agrees with what the run has.
    const [known] = existing === undefined ? [] : inputOf(existing)
    const transfer = checkInput(transferSchema, { ...membersOf(known), ...body, transferId })
    if (existing === undefined) await requireAccounts(c.env.ACCOUNTS, transfer)
    const { run } = await host.runs.start(id, {
      workflow: WORKFLOW,
      input: [transfer],
      faults,
      trace: host.trace(c.req.raw),
      waitMs,
    })
    const statusUrl = `/transfers/${encodeURIComponent(transferId)}`
    const answer = { ...transferView(transferId, run), statusUrl }
    return c.json(answer, waitMs !== undefined && isEnded(run) ? 200 : 202)
  })

  routes.get("/transfers/:id", async (c) => {
    const transferId = c.get("host").pathSegment(c.req.raw, 1)
    const { runs } = c.get("host")
    const what = `transfer '${transferId}'`
    const run = await requireRun(runs, RUN_ID_PREFIX + transferId, WORKFLOW, what)
    return c.json(transferView(transferId, run))
  })

  return routes
}

async function requireAccounts(
  accounts: Cloudflare.Env["ACCOUNTS"],
  { source, target }: Transfer,
): Promise<void> {
  const names = [source, target]
  const exist = await Promise.all(names.map((name) => accountOf(accounts, name).exists()))
  const missing = names.find((_, index) => exist[index] !== true)
  if (missing !== undefined) throw accountUnknown(missing)
}

function transferView(transferId: string, run: RunRecord): Readonly<Record<string, unknown>> {
  if (run.status === "completed") return { transferId, ...membersOf(resultOf(run)) }
  return { transferId, ...(failureOf(run) ?? { status: "processing" }) }
}
