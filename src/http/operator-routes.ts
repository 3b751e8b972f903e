// Operator routes: a person intervenes in a run.
// Owns: which verb asks for which body. Must not touch: when a verb is allowed (the run object answers wrong_status).

import type { Context } from "hono"
import type { OperatorAction, RunRecord, Runs } from "../engine/ports/runs.ts"
import { isDevelopment } from "./auth.ts"
import { readJsonBody } from "./body.ts"
import { viewFor, type App, type AppEnvironment } from "./environment.ts"
import { routeUnknown } from "./error-response.ts"
import { jsonAnswer } from "./json-answer.ts"
import { linkTo, pathSegment } from "./path.ts"
import { RUN_ID_SEGMENT } from "./run-routes.ts"
import { viewRun } from "./run-view.ts"
import { parseAction, parseFork, parseResume, parseRetry, parseSkip } from "./validate.ts"

type Verb = (runs: Runs, id: string, body: unknown, by: OperatorAction) => Promise<RunRecord>

const VERBS: Readonly<Record<string, Verb>> = {
  cancel: (runs, id, body, by) => runs.cancel(id, { ...parseAction(body), ...by }),
  kill: (runs, id, body, by) => runs.kill(id, { ...parseAction(body), ...by }),
  pause: (runs, id, body, by) => runs.pause(id, { ...parseAction(body), ...by }),
  resume: (runs, id, body, by) => runs.resume(id, { ...parseResume(body), ...by }),
  retry: (runs, id, body, by) => runs.retry(id, { ...parseRetry(body), ...by }),
  skip: (runs, id, body, by) => {
    const { path, value, reason } = parseSkip(body)
    return runs.skip(id, { path, value, reason, ...by })
  },
}

/** On a development server only: elsewhere there is no such route. */
const CRASH: Verb = (runs, id, body, by) => runs.crash(id, { ...parseAction(body), ...by })

export function addOperatorRoutes(app: App): void {
  for (const [name, verb] of Object.entries(VERBS)) {
    app.post(`/v1/runs/:id/${name}`, (c) => intervene(c, verb))
  }
  app.post("/v1/runs/:id/crash", (c) => {
    if (isDevelopment(c.env)) return intervene(c, CRASH)
    throw routeUnknown(c.req.method, c.req.path)
  })
  app.post("/v1/runs/:id/fork", (c) => fork(c))
  app.delete("/v1/runs/:id", (c) => remove(c))
}

async function fork(c: Context<AppEnvironment>): Promise<Response> {
  const { runs } = c.get("host")
  const source = pathSegment(c.req.raw, RUN_ID_SEGMENT)
  const view = viewFor(c)
  const { id: to, ...order } = parseFork(await readJsonBody(c.req.raw))
  const { created, run } = await runs.fork(source, { to, ...order, by: c.get("caller").name })
  const body = viewRun(run, view)
  return created ? jsonAnswer(body, 201, { location: linkTo("v1", "runs", to) }) : jsonAnswer(body)
}

async function remove(c: Context<AppEnvironment>): Promise<Response> {
  await c.get("host").runs.delete(pathSegment(c.req.raw, RUN_ID_SEGMENT))
  return new Response(null, { status: 204 })
}

async function intervene(c: Context<AppEnvironment>, verb: Verb): Promise<Response> {
  const { runs } = c.get("host")
  const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
  const view = viewFor(c)
  const body = await readJsonBody(c.req.raw)
  const run = await verb(runs, id, body, { by: c.get("caller").name })
  return jsonAnswer(viewRun(run, view), 202)
}
