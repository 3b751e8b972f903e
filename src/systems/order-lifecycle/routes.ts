// The routes of the order lifecycle.
// Owns: POST and GET /order-lifecycles/:id, POST /order-lifecycles/:id/transitions, and the body of a refusal.
// Must not touch: which transition is legal; the run decides, and after its end its result does.

import { Hono, type Context as HttpContext } from "hono"
import { decode } from "../../engine/values/codec.ts"
import { BelayError, type ApiErrorCode } from "../../engine/errors.ts"
import type { UpdateAnswer } from "../../engine/ports/runs.ts"
import type { SystemEnvironment } from "../host.ts"
import { idempotencyKeyOf } from "../idempotency-key.ts"
import { awaitPublishedState, publishedState, STATE_WAIT_MS } from "../published-state.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, isEnded } from "../run-answer.ts"
import { requireRun, startOrAttach } from "../system-run.ts"
import {
  orderLifecycleFields,
  RUN_PREFIX,
  transitionRequest,
  type Lifecycle,
  type State,
} from "./graph.ts"

const WORKFLOW = "orderLifecycle"

interface Refusal {
  readonly from: State | null
  readonly to: State
  readonly allowed: readonly State[]
  /** How the run ended, when it did not complete. */
  readonly status?: string
}

type Http = HttpContext<SystemEnvironment>

export function orderLifecycleRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/order-lifecycles/:id", async (c) => {
    const host = c.get("host")
    const { orderId, id } = orderOf(c)
    const members = membersOf(await host.readBody(c.req.raw))
    const { created } = await startOrAttach(host.runs, id, {
      workflow: WORKFLOW,
      inputFrom: (existing) => [
        checkInput(orderLifecycleFields, { ...membersOf(existing?.[0]), ...members, orderId }),
      ],
      faults: host.faults(c.req.raw),
      trace: host.trace(c.req.raw),
    })
    await awaitPublishedState<Lifecycle>(host.runs, id, "lifecycle", () => true)
    const view = await viewOf(c)
    // Not even "created" is recorded yet: the start is durable, so the run gets there.
    if (view.state === null) return c.json({ ...view, statusUrl: statusUrl(orderId) }, 202)
    return c.json(view, created ? 201 : 200)
  })

  routes.get("/order-lifecycles/:id", async (c) => c.json(await viewOf(c)))

  routes.post("/order-lifecycles/:id/transitions", async (c) => {
    const host = c.get("host")
    const { orderId, id } = orderOf(c)
    const { to } = checkInput(transitionRequest, membersOf(await host.readBody(c.req.raw)))
    const record = await requireRun(host.runs, id, WORKFLOW, `order "${orderId}"`)
    const answer = isEnded(record) ? undefined : await askFor(c, id, to)
    if (answer?.state === "replied") {
      const { state, history } = decode(answer.replyText) as Lifecycle
      return c.json({ state, history })
    }
    if (answer?.state === "rejected") {
      const { message, details } = decode(answer.errorText) as Error & { details: Refusal }
      return refuse(c, "wrong_status", message, details)
    }
    return answerFromRecord(c, to)
  })

  return routes
}

/** The run's own answer; `undefined` when it has ended and gives none. */
async function askFor(c: Http, id: string, to: State): Promise<UpdateAnswer | undefined> {
  try {
    return await c
      .get("host")
      .runs.update(
        id,
        "transition",
        { to },
        { idempotencyKey: idempotencyKeyOf(c.req.raw), waitMs: STATE_WAIT_MS },
      )
  } catch (error) {
    if (error instanceof BelayError && error.code === "run_ended") return undefined
    throw error
  }
}

/** What a request comes to that the run did not answer: an ended run's last state stands for ever. */
async function answerFromRecord(c: Http, to: State) {
  const { orderId, id } = orderOf(c)
  const record = await requireRun(c.get("host").runs, id, WORKFLOW, `order "${orderId}"`)
  const { state, history } = await viewOf(c)
  if (!isEnded(record)) return c.json({ state, history, statusUrl: statusUrl(orderId) }, 202)
  const failure = failureOf(record)
  if (failure === undefined && state === to) return c.json({ state, history })
  const refusal: Refusal = { from: state, to, allowed: [] }
  return failure === undefined
    ? refuse(
        c,
        "wrong_status",
        `An order that is ${state} stays so; it cannot become ${to}.`,
        refusal,
      )
    : refuse(
        c,
        failure.status === "halted" ? "halted" : "run_ended",
        `The order is ${failure.status} (${failure.error.message}); it takes no transition.`,
        { ...refusal, status: failure.status },
      )
}

function refuse(c: Http, code: ApiErrorCode, message: string, refusal: Refusal) {
  const details = { ...refusal, status: refusal.status ?? refusal.from }
  return c.json({ ...refusal, error: { code, message, details } }, 409)
}

/** The order as people see it; a run that did not come to its end says so. @throws BelayError run_unknown */
async function viewOf(c: Http) {
  const { runs } = c.get("host")
  const { orderId, id } = orderOf(c)
  const record = await requireRun(runs, id, WORKFLOW, `order "${orderId}"`)
  const lifecycle = await publishedState<Lifecycle>(runs, id, "lifecycle")
  return { orderId, state: null, history: [], ...lifecycle, ...failureOf(record) }
}

function orderOf(c: Http): { orderId: string; id: string } {
  const orderId = c.get("host").pathSegment(c.req.raw, 1)
  return { orderId, id: `${RUN_PREFIX}${orderId}` }
}

function statusUrl(orderId: string): string {
  return `/order-lifecycles/${encodeURIComponent(orderId)}`
}
