// The routes of user sessions.
// Owns: POST and GET /sessions/:id, POST /sessions/:id/activities, POST /sessions/:id/logout.
// Must not touch: when a session ends; the run decides.
//   R1. 202 for an activity means that it is or will be recorded, 409 that it never will be (workflow.ts, W2).

import { Hono, type Context as HttpContext } from "hono"
import { BelayError } from "../../engine/errors.ts"
import type { RunRecord } from "../../engine/ports/runs.ts"
import type { SystemEnvironment } from "../host.ts"
import { idempotencyKeyOf } from "../idempotency-key.ts"
import { awaitPublishedState, publishedState } from "../published-state.ts"
import { checkInput, membersOf, readPage } from "../request-check.ts"
import { failureOf } from "../run-answer.ts"
import { requireRun, startOrAttach } from "../system-run.ts"
import { isRecorded, readActivities } from "./activity-rows.ts"
import { signalActivity } from "./activity-signal.ts"
import { activityFields, RUN_PREFIX, sessionFields, type Session } from "./session.ts"

const WORKFLOW = "userSession"

type Http = HttpContext<SystemEnvironment>

export function userSessionRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/sessions/:id", async (c) => {
    const host = c.get("host")
    const { sessionId, id } = sessionOf(c)
    const members = membersOf(await host.readBody(c.req.raw))
    const { created } = await startOrAttach(host.runs, id, {
      workflow: WORKFLOW,
      inputFrom: (existing) => [
        checkInput(sessionFields, { ...membersOf(existing?.[0]), ...members, sessionId }),
      ],
      faults: host.faults(c.req.raw),
      trace: host.trace(c.req.raw),
    })
    await awaitPublishedState<Session>(host.runs, id, "session", () => true)
    const view = await viewOf(c, await recordOf(c))
    // Not even the login is recorded yet: the start is durable, so the run gets there.
    if (view.loginAt === null) return c.json({ ...view, statusUrl: statusUrl(sessionId) }, 202)
    return c.json(view, created ? 201 : 200)
  })

  routes.get("/sessions/:id", async (c) => {
    const page = readPage(c.req.raw)
    const record = await recordOf(c)
    const session = await publishedState<Session>(c.get("host").runs, record.id, "session")
    const activities = session === undefined ? [] : await readActivities(c.env.DB, session, page)
    const last = activities.at(-1)?.seq ?? 0
    const next = last < (session?.activityCount ?? 0) && activities.length === page.limit
    return c.json({ ...shown(c, record, session), activities, ...(next && { next: String(last) }) })
  })

  routes.post("/sessions/:id/activities", async (c) => {
    const host = c.get("host")
    const { sessionId, id } = sessionOf(c)
    const activity = checkInput(activityFields, membersOf(await host.readBody(c.req.raw)))
    const key = idempotencyKeyOf(c.req.raw)
    const messageId = key ?? crypto.randomUUID()
    const isAccepted = await signalActivity(host.runs, id, { ...activity, id: messageId }, key)
    const session = await publishedState<Session>(host.runs, id, "session")
    // A session that still calls itself active after it has the message will record it.
    if (isAccepted && session?.status === "active")
      return c.json({ status: "accepted", sessionId }, 202)
    const record = await recordOf(c)
    if (isAccepted && session === undefined) return c.json({ status: "accepted", sessionId }, 202)
    // One that does not may have recorded it before it ended, just now or when the same key came first.
    if (session !== undefined && (await isRecorded(c.env.DB, session, messageId))) {
      return c.json({ status: "accepted", sessionId }, 202)
    }
    const view = shown(c, record, session)
    const message = `Session "${sessionId}" is ${view.status}; it takes no activity.`
    const error = { code: "wrong_status", message, details: { status: view.status } }
    return c.json({ ...view, error }, 409)
  })

  routes.post("/sessions/:id/logout", async (c) => {
    const { runs } = c.get("host")
    const { id } = sessionOf(c)
    const { status } = await recordOf(c)
    if (status !== "completed") await logOut(c, id)
    await awaitPublishedState<Session>(
      runs,
      id,
      "session",
      (session) => session.status !== "active",
    )
    return c.json(await viewOf(c, await recordOf(c)))
  })

  return routes
}

/** A session that has ended already is as logged out as can be. */
async function logOut(c: Http, id: string): Promise<void> {
  try {
    await c.get("host").runs.signal(id, "logout", undefined, idempotencyKeyOf(c.req.raw))
  } catch (error) {
    if (!(error instanceof BelayError && error.code === "run_ended")) throw error
  }
}

async function viewOf(c: Http, record: RunRecord) {
  const session = await publishedState<Session>(c.get("host").runs, record.id, "session")
  return shown(c, record, session)
}

/** The session as people see it; a run that did not come to its end says so. */
function shown(c: Http, record: RunRecord, session: Session | undefined) {
  const { sessionId } = sessionOf(c)
  const { sessionKey: _, ...told } = session ?? {
    sessionKey: "",
    sessionId,
    status: "active",
    loginAt: null,
    activityCount: 0,
  }
  return { ...told, ...failureOf(record) }
}

/** @throws BelayError run_unknown */
function recordOf(c: Http): Promise<RunRecord> {
  const { sessionId, id } = sessionOf(c)
  return requireRun(c.get("host").runs, id, WORKFLOW, `session "${sessionId}"`)
}

function sessionOf(c: Http): { sessionId: string; id: string } {
  const sessionId = c.get("host").pathSegment(c.req.raw, 1)
  return { sessionId, id: `${RUN_PREFIX}${sessionId}` }
}

function statusUrl(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`
}
