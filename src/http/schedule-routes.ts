// Schedule routes: make a schedule, look at it, list them, delete it, and a person's verbs.
// Owns: which route asks for which body and how it answers. Must not touch: what a schedule does.

import type { Context } from "hono"
import { BelayError } from "../engine/errors.ts"
import { SCHEDULE_NAME_BYTES_MAX } from "../engine/limits.ts"
import type { ScheduleRecord, Schedules } from "../engine/ports/schedules.ts"
import { readJsonBody } from "./body.ts"
import { viewFor, type App, type AppEnvironment } from "./environment.ts"
import { jsonAnswer } from "./json-answer.ts"
import { linkTo, pathSegment } from "./path.ts"
import { readCursorPage } from "./query.ts"
import { parseBackfill, parseNothing, parseSchedule } from "./schedule-body.ts"
import { viewSchedule } from "./schedule-view.ts"
import { parseAction } from "./validate.ts"

/** Where the name stands in a path: /v1/schedules/:name */
const NAME_SEGMENT = 2

export function addScheduleRoutes(app: App, schedulesOf: (env: Cloudflare.Env) => Schedules): void {
  app.get("/v1/schedules", async (c) => {
    const { cursor, limit } = readCursorPage(c.req.raw)
    const view = viewFor(c)
    const page = await schedulesOf(c.env).list(cursor, limit)
    return jsonAnswer({
      schedules: page.schedules.map((schedule) => viewSchedule(schedule, view)),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    })
  })

  app.put("/v1/schedules/:name", async (c) => {
    const name = nameOf(c)
    const view = viewFor(c)
    const request = parseSchedule(await readJsonBody(c.req.raw))
    const put = await schedulesOf(c.env).put(name, request, { by: c.get("caller").name })
    return put.created
      ? jsonAnswer(viewSchedule(put.schedule, view), 201, {
          location: linkTo("v1", "schedules", name),
        })
      : jsonAnswer(viewSchedule(put.schedule, view))
  })

  app.get("/v1/schedules/:name", async (c) => {
    const name = nameOf(c)
    const view = viewFor(c)
    return jsonAnswer(viewSchedule(known(name, await schedulesOf(c.env).get(name)), view))
  })

  app.delete("/v1/schedules/:name", async (c) => {
    await schedulesOf(c.env).delete(nameOf(c))
    return new Response(null, { status: 204 })
  })

  app.post("/v1/schedules/:name/pause", async (c) => {
    const name = nameOf(c)
    const view = viewFor(c)
    const action = { ...parseAction(await readJsonBody(c.req.raw)), by: c.get("caller").name }
    return jsonAnswer(viewSchedule(await schedulesOf(c.env).pause(name, action), view))
  })

  app.post("/v1/schedules/:name/resume", async (c) => {
    const name = nameOf(c)
    const view = viewFor(c)
    parseAction(await readJsonBody(c.req.raw))
    return jsonAnswer(viewSchedule(await schedulesOf(c.env).resume(name), view))
  })

  app.post("/v1/schedules/:name/trigger", async (c) => {
    const name = nameOf(c)
    parseNothing(await readJsonBody(c.req.raw))
    const { runId } = await schedulesOf(c.env).trigger(name)
    return jsonAnswer({ id: runId }, 202, { location: linkTo("v1", "runs", runId) })
  })

  app.post("/v1/schedules/:name/backfill", async (c) => {
    const name = nameOf(c)
    const backfill = parseBackfill(await readJsonBody(c.req.raw))
    return jsonAnswer(await schedulesOf(c.env).backfill(name, backfill), 202)
  })
}

function nameOf(c: Context<AppEnvironment>): string {
  return pathSegment(c.req.raw, NAME_SEGMENT, SCHEDULE_NAME_BYTES_MAX)
}

function known(name: string, schedule: ScheduleRecord | undefined): ScheduleRecord {
  if (schedule !== undefined) return schedule
  throw new BelayError(
    "schedule_unknown",
    `There is no schedule "${name}"; make it with PUT ${linkTo("v1", "schedules", name)}.`,
  )
}
