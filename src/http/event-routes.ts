// Event routes: watch a run: server-sent events, or a socket with the same events.
// Owns: which of the two a request asks for, and what it may not. Must not touch: what an event says.

import type { Context } from "hono"
import { BelayError } from "../engine/errors.ts"
import type { RunEvents, SocketOrder } from "../engine/ports/run-events.ts"
import { isFinal } from "../engine/ports/runs.ts"
import { viewFor, type App, type AppEnvironment } from "./environment.ts"
import { eventStream } from "./event-stream.ts"
import { pathSegment } from "./path.ts"
import { readLastEventId } from "./query.ts"
import { RUN_ID_SEGMENT } from "./run-routes.ts"
import { chosenProtocol } from "./socket-protocols.ts"

/** What watching needs of the runs behind an environment. */
export interface Watch extends RunEvents {
  /** The watcher's end of a socket. @throws BelayError run_unknown, invalid_request, limit_reached */
  socket(order: SocketOrder): Promise<Response>
}

export function addEventRoutes(app: App, watchOf: (env: Cloudflare.Env) => Watch): void {
  app.get("/v1/runs/:id/events", async (c) => {
    const watch = watchOf(c.env)
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const after = readLastEventId(c.req.raw)
    return asksForSocket(c.req.raw) ? socket(c, watch, id, after) : stream(c, watch, id, after)
  })
}

async function stream(
  c: Context<AppEnvironment>,
  watch: Watch,
  id: string,
  after: string | undefined,
): Promise<Response> {
  const { runs } = c.get("host")
  const view = viewFor(c)
  const first = await watch.events(id, after, 0)
  // An EventSource connects again for ever, unless it is told that there is nothing more.
  if (first.events.length === 0 && isFinal(first.status)) return new Response(null, { status: 204 })
  const source = {
    next: (seen: string | undefined, waitMs: number) => watch.events(id, seen, waitMs),
    run: () => runs.get(id),
  }
  return new Response(eventStream(source, first, after, view), {
    headers: { "content-type": "text/event-stream" },
  })
}

function socket(
  c: Context<AppEnvironment>,
  watch: Watch,
  id: string,
  after: string | undefined,
): Promise<Response> {
  return watch.socket({ id, after, view: viewFor(c), protocol: chosenProtocol(c.req.raw) })
}

/** @throws BelayError invalid_request for an upgrade to anything else */
function asksForSocket(request: Request): boolean {
  const upgrade = request.headers.get("upgrade")
  if (upgrade === null) return false
  if (upgrade.toLowerCase() === "websocket") return true
  throw new BelayError(
    "invalid_request",
    `Upgrade is "${upgrade.slice(0, 60)}"; events are sent over a websocket, or without this header as server-sent events.`,
  )
}
