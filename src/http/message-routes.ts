// Message routes: what reaches a run from outside and what it shows: signals, updates, published state.
// Must not touch: delivery and its order (the run object's).

import { BelayError } from "../engine/errors.ts"
import { UPDATE_WAIT_MS_DEFAULT } from "../engine/limits.ts"
import type { UpdateAnswer } from "../engine/ports/runs.ts"
import { readJsonBody } from "./body.ts"
import { viewFor, type App } from "./environment.ts"
import { jsonAnswer } from "./json-answer.ts"
import { linkTo, pathSegment } from "./path.ts"
import { readIdempotencyKey, readWaitMs } from "./query.ts"
import { RUN_ID_SEGMENT } from "./run-routes.ts"
import { rejectedAnswer, viewUpdate } from "./update-view.ts"
import { viewValue, type View } from "./value-view.ts"

/** Where the name stands: /v1/runs/:id/signals/:name */
const NAME_SEGMENT = 4

export function addMessageRoutes(app: App): void {
  app.post("/v1/runs/:id/signals/:name", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const name = pathSegment(c.req.raw, NAME_SEGMENT)
    const key = readIdempotencyKey(c.req.raw)
    await runs.signal(id, name, await readJsonBody(c.req.raw), key)
    return jsonAnswer({}, 202)
  })

  app.post("/v1/runs/:id/updates/:name", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const name = pathSegment(c.req.raw, NAME_SEGMENT)
    const idempotencyKey = readIdempotencyKey(c.req.raw)
    const waitMs = readWaitMs(c.req.raw) ?? UPDATE_WAIT_MS_DEFAULT
    const view = viewFor(c)
    const value = await readJsonBody(c.req.raw)
    const answer = await runs.update(id, name, value, { idempotencyKey, waitMs })
    return updateAnswer(answer, linkTo("v1", "runs", id, "updates", name), view)
  })

  // What a `statusUrl` leads to: asking changes nothing, so that role `read` is enough.
  app.get("/v1/runs/:id/updates/:name", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const name = pathSegment(c.req.raw, NAME_SEGMENT)
    const key = readIdempotencyKey(c.req.raw)
    const waitMs = readWaitMs(c.req.raw) ?? 0
    const view = viewFor(c)
    if (key === undefined) {
      throw new BelayError(
        "invalid_request",
        "Which update is meant? Give the key it was sent with: ?key= or the header Idempotency-Key.",
      )
    }
    const answer = await runs.updateAnswer(id, name, key, waitMs)
    if (answer === undefined) {
      throw new BelayError(
        "state_unknown",
        `Run "${id}" knows no update "${name}" with the key "${key}"; send it with POST.`,
      )
    }
    return updateAnswer(answer, linkTo("v1", "runs", id, "updates", name), view)
  })

  app.get("/v1/runs/:id/state/:name", async (c) => {
    const { runs } = c.get("host")
    const id = pathSegment(c.req.raw, RUN_ID_SEGMENT)
    const name = pathSegment(c.req.raw, NAME_SEGMENT)
    const view = viewFor(c)
    const text = await runs.state(id, name)
    if (text === undefined) {
      throw new BelayError(
        "state_unknown",
        `Run "${id}" has published nothing under "${name}"; its workflow does so with ctx.publish("${name}", value).`,
      )
    }
    return jsonAnswer(viewValue(text, view))
  })
}

function updateAnswer(answer: UpdateAnswer, link: string, view: View): Response {
  if (answer.state === "rejected") return rejectedAnswer(answer.errorText, view)
  return jsonAnswer(viewUpdate(answer, link, view), answer.state === "pending" ? 202 : 200)
}
