// Promise routes: settle a promise from outside, with the token as the only right.
//   P1. The token is repeated in no answer and no log.

import type { Context } from "hono"
import type { SettledPromise, Settlement } from "../engine/ports/runs.ts"
import { readJsonBody } from "./body.ts"
import { viewFor, type App, type AppEnvironment } from "./environment.ts"
import { viewError } from "./error-view.ts"
import { jsonAnswer } from "./json-answer.ts"
import { pathSegment } from "./path.ts"
import { parseReject } from "./validate.ts"
import { viewValue, type View } from "./value-view.ts"

/** Where the token stands: /v1/promises/:token/resolve */
const TOKEN_SEGMENT = 2

/** A token in bytes. It may carry the id of its run, encoded, beside the secret part. */
const TOKEN_BYTES_MAX = 1024

export function addPromiseRoutes(app: App): void {
  app.post("/v1/promises/:token/resolve", (c) =>
    settle(c, (body) => ({ type: "resolve", value: body })),
  )
  app.post("/v1/promises/:token/reject", (c) =>
    settle(c, (body) => {
      const { message, code, details } = parseReject(body)
      return {
        type: "reject",
        message,
        ...(code !== undefined && { code }),
        ...(details !== undefined && { details }),
      }
    }),
  )
}

async function settle(
  c: Context<AppEnvironment>,
  settlementOf: (body: unknown) => Settlement,
): Promise<Response> {
  const { runs } = c.get("host")
  const token = pathSegment(c.req.raw, TOKEN_SEGMENT, TOKEN_BYTES_MAX, "The token")
  const view = viewFor(c)
  const settlement = settlementOf(await readJsonBody(c.req.raw))
  return jsonAnswer(viewSettled(await runs.settlePromise(token, settlement), view))
}

function viewSettled(settled: SettledPromise, view: View): Record<string, unknown> {
  return {
    status: settled.status,
    ...(settled.valueText !== undefined && { value: viewValue(settled.valueText, view) }),
    ...(settled.errorText !== undefined && { error: viewError(settled.errorText, view) }),
  }
}
