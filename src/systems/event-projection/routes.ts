// The routes of the event projection.
// Owns: POST and GET /projections/:userId. Must not touch: how events are folded.
//   R1. A reader sees only events whose checkpoints are recorded: all that the run has told of (workflow.ts).

import { Hono, type Context as HttpContext } from "hono"
import type { RunRecord } from "../../engine/ports/runs.ts"
import type { SystemEnvironment } from "../host.ts"
import { publishedState } from "../published-state.ts"
import { checkInput, membersOf } from "../request-check.ts"
import { failureOf, inputOf, isEnded, resultOf } from "../run-answer.ts"
import { requireRun, startOrAttach } from "../system-run.ts"
import { BODY_BYTES_MAX, RUN_PREFIX, streamFields, type StreamEvent } from "./event.ts"
import { projectionOf, snapshotOf, type ProjectionSnapshot } from "./projection.ts"
import { distinct } from "./workflow.ts"

const WORKFLOW = "projectEvents"

type Http = HttpContext<SystemEnvironment>

export function eventProjectionRoutes(): Hono<SystemEnvironment> {
  const routes = new Hono<SystemEnvironment>()

  routes.post("/projections/:userId", async (c) => {
    const host = c.get("host")
    const { userId, id } = streamOf(c)
    const waitMs = host.waitMs(c.req.raw)
    const members = membersOf(await host.readBody(c.req.raw, BODY_BYTES_MAX))
    const { run } = await startOrAttach(host.runs, id, {
      workflow: WORKFLOW,
      inputFrom: (existing) => {
        const events = existing === undefined ? {} : { events: existing[1] }
        return [userId, checkInput(streamFields, { ...events, ...members, userId }).events]
      },
      faults: host.faults(c.req.raw),
      trace: host.trace(c.req.raw),
      waitMs,
    })
    if (waitMs !== undefined && isEnded(run)) return c.json(await viewOf(c, run))
    const statusUrl = `/projections/${encodeURIComponent(userId)}`
    return c.json({ status: "processing", userId, statusUrl }, 202)
  })

  routes.get("/projections/:userId", async (c) => {
    const { userId, id } = streamOf(c)
    const record = await requireRun(
      c.get("host").runs,
      id,
      WORKFLOW,
      `projection of user "${userId}"`,
    )
    return c.json(await viewOf(c, record))
  })

  return routes
}

async function viewOf(c: Http, record: RunRecord) {
  const projection =
    record.status === "completed" ? finalProjection(record) : await present(c, record)
  const { eventsProcessed } = projection
  const status = record.status === "completed" ? "done" : "processing"
  return { status, eventsProcessed, projection, ...failureOf(record) }
}

function finalProjection(record: RunRecord): ProjectionSnapshot {
  return (resultOf(record) as { finalProjection: ProjectionSnapshot }).finalProjection
}

/** The last published projection; where events were applied since, it is made anew from as many of the run's events. */
async function present(c: Http, record: RunRecord): Promise<ProjectionSnapshot> {
  const { runs } = c.get("host")
  const [userId, events] = inputOf(record) as [string, readonly StreamEvent[]]
  // Progress first: a projection that is published in between is then newer, and no event is missed.
  const count = (await publishedState<number>(runs, record.id, "progress")) ?? 0
  const published = await publishedState<ProjectionSnapshot>(runs, record.id, "projection")
  if (published !== undefined && published.eventsProcessed >= count) return published
  return snapshotOf(projectionOf(userId, distinct(events), count))
}

function streamOf(c: Http): { userId: string; id: string } {
  const userId = c.get("host").pathSegment(c.req.raw, 1)
  return { userId, id: `${RUN_PREFIX}${userId}` }
}
