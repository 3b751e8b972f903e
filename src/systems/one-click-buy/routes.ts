// The routes of one-click buy.
// Owns: POST /buy/:key, POST /cancel/:key, GET /status/:key and the page GET /buy, with the words they answer in.
// Must not touch: who wins, cancel or deadline; the run decides.
//   R1. A cancel is answered 200 only when the purchase is cancelled for good, and 409 only when it no longer can be;
//       202 while neither is known.

import { Hono, type Context as HttpContext } from "hono"
import { BelayError } from "../../engine/errors.ts"
import type { RunRecord } from "../../engine/ports/runs.ts"
import type { SystemEnvironment } from "../host.ts"
import { idempotencyKeyOf } from "../idempotency-key.ts"
import { awaitPublishedState, publishedState, STATE_WAIT_MS } from "../published-state.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, isEnded, resultOf, type Failure } from "../run-answer.ts"
import { findRun, startOrAttach } from "../system-run.ts"
import { buyPage } from "./page.ts"
import {
  ITEM_ID_DEFAULT,
  purchaseFields,
  RUN_PREFIX,
  WINDOW_MS_DEFAULT,
  type Purchase,
  type PurchaseResult,
} from "./purchase.ts"

const WORKFLOW = "oneClickBuy"

/** How long one wait for the run's answer lasts before the phase is looked at again. */
const ANSWER_WAIT_MS = 1_000

type Http = HttpContext<SystemEnvironment>

type Status =
  | { readonly status: "pending"; readonly deadline: string | null }
  | { readonly status: "done"; readonly result: PurchaseResult }
  | Failure

/** A purchase as a person asks for it. `state` is the one word for where it stands. */
interface View {
  readonly state: PurchaseResult["state"] | Purchase["phase"] | Failure["status"]
  readonly status: Status
}

export function oneClickBuyRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.get("/buy", () => buyPage())

  routes.post("/buy/:key", async (c) => {
    const host = c.get("host")
    const { key, id } = purchaseOf(c)
    const members = membersOf(await host.readBody(c.req.raw))
    const { run } = await startOrAttach(host.runs, id, {
      workflow: WORKFLOW,
      inputFrom: (existing) => [
        checkInput(purchaseFields, {
          itemId: ITEM_ID_DEFAULT,
          windowMs: WINDOW_MS_DEFAULT,
          ...membersOf(existing?.[0]),
          ...members,
          key,
        }),
      ],
      faults: host.faults(c.req.raw),
      trace: host.trace(c.req.raw),
    })
    await awaitPublishedState<Purchase>(host.runs, id, "purchase", () => true)
    const { status } = await viewOf(c, run)
    return c.json(status.status === "pending" ? { ...status, key } : status)
  })

  routes.get("/status/:key", async (c) => {
    const record = await findRun(c.get("host").runs, purchaseOf(c).id, WORKFLOW)
    return record === undefined ? notFound(c) : c.json((await viewOf(c, record)).status)
  })

  routes.post("/cancel/:key", async (c) => {
    const { runs } = c.get("host")
    const { id } = purchaseOf(c)
    // One key for all looks of this request, so that it stays one message to the run.
    const messageKey = idempotencyKeyOf(c.req.raw) ?? crypto.randomUUID()
    const untilMs = Date.now() + STATE_WAIT_MS
    for (;;) {
      const record = await findRun(runs, id, WORKFLOW)
      if (record === undefined) return notFound(c)
      const view = await viewOf(c, record)
      if (view.state === "PURCHASE_CANCELLED") return c.json({ status: "cancelled" })
      if (view.state === "confirming" || view.state === "confirmed" || isEnded(record)) {
        return tooLate(c, view)
      }
      if (await isCancelled(c, id, messageKey)) return c.json({ status: "cancelled" })
      // The run has the message and does not answer: its object is overloaded, or its store is down.
      if (Date.now() >= untilMs) return c.json(view.status, 202)
    }
  })

  return routes
}

/** Whether the run said that the purchase is cancelled; false when it has not answered yet, or has ended. */
async function isCancelled(c: Http, id: string, idempotencyKey: string): Promise<boolean> {
  try {
    const { runs } = c.get("host")
    const waits = { idempotencyKey, waitMs: ANSWER_WAIT_MS }
    const answer = await runs.update(id, "cancel", undefined, waits)
    return answer.state === "replied"
  } catch (error) {
    if (error instanceof BelayError && error.code === "run_ended") return false
    throw error
  }
}

/** `record` was read before: a purchase that has ended meanwhile is found ended at the next look. */
async function viewOf(c: Http, record: RunRecord): Promise<View> {
  const failure = failureOf(record)
  if (failure !== undefined) return { state: failure.status, status: failure }
  if (record.status === "completed") {
    const result = resultOf(record) as PurchaseResult
    return { state: result.state, status: { status: "done", result } }
  }
  const purchase = await publishedState<Purchase>(c.get("host").runs, record.id, "purchase")
  return {
    state: purchase?.phase ?? "open",
    status: { status: "pending", deadline: purchase?.deadline ?? null },
  }
}

function notFound(c: Http) {
  const message = `There is no purchase "${purchaseOf(c).key}".`
  return c.json({ status: "not_found", error: { code: "run_unknown", message } }, 404)
}

function tooLate(c: Http, { state, status }: View) {
  const message = `Purchase "${purchaseOf(c).key}" can no longer be cancelled: it is ${state}.`
  const details = { ...status, status: status.status, state }
  return c.json({ ...status, state, error: { code: "wrong_status", message, details } }, 409)
}

function purchaseOf(c: Http): { key: string; id: string } {
  const key = c.get("host").pathSegment(c.req.raw, 1)
  return { key, id: `${RUN_PREFIX}${key}` }
}
