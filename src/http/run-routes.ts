// Run routes: start a run, look at it, wait for it, read its journal.
// Must not touch: what a run does. Places for later: list, stats, events, export and schedules come beside these.

import { BelayError } from "../engine/errors.ts"
import { isFinal, type RunRecord } from "../engine/ports/runs.ts"
import { readJsonBody } from "./body.ts"
import { viewFor, type App } from "./environment.ts"
import { jsonAnswer } from "./json-answer.ts"
import { readFaults } from "./faults.ts"
import { viewJournal } from "./journal-view.ts"
import { linkTo, pathSegment } from "./path.ts"
import { readIdempotencyKey, readPage, readWaitMs } from "./query.ts"
import { viewRun } from "./run-view.ts"
import { readTrace, traceHeaders } from "./trace-headers.ts"
import { rejectedAnswer, viewUpdate } from "./update-view.ts"
import { parseStart } from "./validate.ts"

/** Where the run's id stands in a path: /v1/runs/:id */
export const RUN_ID_SEGMENT = 2

export function addRunRoutes(app: App): void {
  app.post("/v1/runs/:id", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const waitMs = readWaitMs(c.req.raw)
    const view = viewFor(c)
    const faults = readFaults(c.req.raw, c.env)
    const idempotencyKey = readIdempotencyKey(c.req.raw)
    const given = readTrace(c.req.raw)
    const request = parseStart(await readJsonBody(c.req.raw))
    const { created, run, update, trace } = await runs.start(id, {
      ...request,
      faults,
      waitMs,
      ...(given !== undefined && { trace: given }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    })
    // The run stands; what it had against the update is what the caller has to know.
    if (update?.state === "rejected") return rejectedAnswer(update.errorText, view)
    const link = linkTo("v1", "runs", id)
    const body = {
      ...viewRun(run, view),
      ...(update !== undefined && {
        update: viewUpdate(update, `${link}${linkTo("updates", request.update?.name ?? "")}`, view),
      }),
    }
    const headers = traceHeaders(trace)
    return created
      ? jsonAnswer(body, 201, { location: link, ...headers })
      : jsonAnswer(body, 200, headers)
  })

  app.get("/v1/runs/:id", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const view = viewFor(c)
    return jsonAnswer(viewRun(known(id, await runs.get(id)), view))
  })

  app.get("/v1/runs/:id/result", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const waitMs = readWaitMs(c.req.raw) ?? 0
    const view = viewFor(c)
    const run = known(id, await runs.result(id, waitMs))
    if (run.status === "halted") {
      throw new BelayError(
        "halted",
        `Run "${id}" stands still until a person looks: ${run.halt?.message ?? "no reason is recorded"}. Retry it, skip the step or kill it.`,
        { run: viewRun(run, view) },
      )
    }
    return jsonAnswer(viewRun(run, view), isFinal(run.status) ? 200 : 202)
  })

  app.get("/v1/runs/:id/journal", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const { after, limit } = readPage(c.req.raw)
    const view = viewFor(c)
    return jsonAnswer(viewJournal(await runs.journal(id, after, limit), view))
  })
}

function known(id: string, run: RunRecord | undefined): RunRecord {
  if (run !== undefined) return run
  throw new BelayError(
    "run_unknown",
    `There is no run "${id}"; start it with POST ${linkTo("v1", "runs", id)}.`,
  )
}
