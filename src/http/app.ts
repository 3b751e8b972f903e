// App: the HTTP face as a whole: what happens to every request, and which routes there are.
// Owns: the order (admit, then route, then headers), the answer to unknown routes and methods.
// A route of the engine's own stands in a file `…-routes.ts` that is added here, and in a table of openapi/.
// Must not touch: how a run is reached (the port does) and which systems exist (the composition root mounts them).
//   H1. No request leaves without an answer of the contract, whatever a route throws.
//   H2. Mounted routes pass the same doors as the engine's own.

import { Hono } from "hono"
import type { Context, Next } from "hono"
import { routePath } from "hono/route"
import { BelayError } from "../engine/errors.ts"
import type { RunIndex } from "../engine/ports/run-index.ts"
import type { Runs } from "../engine/ports/runs.ts"
import type { Schedules } from "../engine/ports/schedules.ts"
import type { WorkflowListing } from "../engine/workflow/registry.ts"
import type { SystemHost } from "../systems/host.ts"
import { Authenticator, isDevelopment } from "./auth.ts"
import { discardBody } from "./body.ts"
import type { App, AppEnvironment } from "./environment.ts"
import { errorResponse, methodNotAllowed, routeUnknown } from "./error-response.ts"
import { addExportRoute } from "./export-route.ts"
import { createHost } from "./host.ts"
import { addIndexRoutes } from "./index-routes.ts"
import { jsonAnswer } from "./json-answer.ts"
import { addEventRoutes, type Watch } from "./event-routes.ts"
import { addMetricsRoute, type RunFiguresOf } from "./metrics/metrics-route.ts"
import { NO_ROUTE, RequestFigures, type AnsweredRequest } from "./metrics/request-figures.ts"
import { addContractRoute } from "./openapi/document.ts"
import { addMessageRoutes } from "./message-routes.ts"
import { addOperatorRoutes } from "./operator-routes.ts"
import { routingPath } from "./path.ts"
import { addPromiseRoutes } from "./promise-routes.ts"
import { addRunRoutes } from "./run-routes.ts"
import { addScheduleRoutes } from "./schedule-routes.ts"
import { withSecurityHeaders } from "./security-headers.ts"
import { addWorkflowRoutes } from "./workflow-routes.ts"

export interface AppOptions {
  /** The runs behind an environment; asked once for each environment. */
  readonly runs: (env: Cloudflare.Env) => Runs
  /** What watching a run needs of them. */
  readonly watch: (env: Cloudflare.Env) => Watch
  /** The schedules behind an environment. @throws BelayError not_configured */
  readonly schedules: (env: Cloudflare.Env) => Schedules
  /** What can be started; asked anew each time. */
  readonly workflows: () => readonly WorkflowListing[]
  /** The index behind an environment. @throws BelayError not_configured */
  readonly index: (env: Cloudflare.Env) => RunIndex
  /** The console, at "/". */
  readonly page: (request: Request) => Response
  /** How many runs there are, for the metrics. */
  readonly figures?: RunFiguresOf
  /** Is told of every request that was answered. */
  readonly answered?: (request: AnsweredRequest, raw: Request) => void
  /** Adds the systems' routes: `(app) => app.route("/", transferRoutes())`. */
  readonly mount?: (app: App) => void
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const

/** How much of an unknown path is repeated to the caller. */
const PATH_CHARACTERS_MAX = 200

export function createApp(options: AppOptions): App {
  const app = new Hono<AppEnvironment>({ getPath: routingPath })
  const authenticator = new Authenticator()
  const hosts = new WeakMap<Cloudflare.Env, SystemHost>()
  const figures = new RequestFigures()

  function hostOf(env: Cloudflare.Env): SystemHost {
    const known = hosts.get(env)
    if (known !== undefined) return known
    const host = createHost(options.runs(env), env)
    hosts.set(env, host)
    return host
  }

  app.onError(answerThrown)
  app.notFound((c) => answerThrown(noRoute(app, c), c))
  app.use(async (c, next) => {
    const beganAtMs = performance.now()
    await finish(c, next)
    const { method } = c.req
    const durationMs = performance.now() - beganAtMs
    const request = { method, route: routeOf(c), status: c.res.status, durationMs }
    figures.note(request)
    options.answered?.(request, c.req.raw)
  })
  app.use(async (c, next) => {
    c.set("caller", await authenticator.admit(c.req.raw, c.req.path, c.env))
    c.set("host", hostOf(c.env))
    await next()
  })

  app.get("/healthz", (c) =>
    jsonAnswer({ status: "ok", ...(isDevelopment(c.env) && { development: true }) }),
  )
  app.get("/v1/roles", (c) => jsonAnswer({ roles: c.get("caller").roles }))
  app.get("/", (c) => options.page(c.req.raw))
  addContractRoute(app)
  addIndexRoutes(app, options.index)
  addRunRoutes(app)
  addExportRoute(app)
  addEventRoutes(app, options.watch)
  addMessageRoutes(app)
  addOperatorRoutes(app)
  addPromiseRoutes(app)
  addScheduleRoutes(app, options.schedules)
  addWorkflowRoutes(app, options.workflows)
  addMetricsRoute(app, figures, options.figures ?? (async () => undefined))
  options.mount?.(app)
  return app
}

/** Around everything: the last catch, the rest of the body, the headers. */
async function finish(c: Context<AppEnvironment>, next: Next): Promise<void> {
  try {
    await next()
  } catch (thrown) {
    // Hono's own handler takes errors only; what else is thrown arrives here.
    c.res = answerThrown(thrown, c)
  }
  await discardRest(c)
  // A switched protocol has no headers of ours.
  if (c.res.status === 101) return
  const response = withSecurityHeaders(c.res)
  if (response === c.res) return
  // Hono merges a replaced response into the new one, which would copy it once more.
  c.res = undefined
  c.res = response
}

async function discardRest(c: Context<AppEnvironment>): Promise<void> {
  try {
    await discardBody(c.req.raw)
  } catch (thrown) {
    // The client broke off while sending. The answer is decided; it only may have nobody to read it.
    if (!(thrown instanceof BelayError)) throw thrown
  }
}

function answerThrown(thrown: unknown, c: Context<AppEnvironment>): Response {
  // The route's pattern, not the path: a path may carry a promise's token, which no log shows.
  return errorResponse(thrown, `${c.req.method} ${routePath(c, -1)}`)
}

/** The pattern that was matched; of what stands around all routes, it is none. */
function routeOf(c: Context<AppEnvironment>): string {
  const route = routePath(c, -1)
  return route === "/*" || route === "*" ? NO_ROUTE : route
}

function noRoute(app: App, c: Context<AppEnvironment>): BelayError {
  const path = shownPath(c.req.path)
  const allow = METHODS.filter((method) => hasRoute(app, method, c.req.path))
  if (allow.length > 0) {
    return methodNotAllowed(
      c.req.method,
      path,
      allow.flatMap((m) => (m === "GET" ? [m, "HEAD"] : [m])),
    )
  }
  return routeUnknown(c.req.method, path)
}

/** A promise's token is a right, and told to nobody: not even to whoever sent it, since answers are logged and shown. */
function shownPath(path: string): string {
  return path.replace(/^\/v1\/promises\/[^/]*/, "/v1/promises/:token").slice(0, PATH_CHARACTERS_MAX)
}

/** Whether a handler stands there, beside what stands around all of them. */
function hasRoute(app: App, method: string, path: string): boolean {
  return app.router.match(method, path)[0].some(([[, route]]) => route.method !== "ALL")
}
