// Index routes: list runs, count them, repair the index.
// Must not touch: one run (run-routes.ts), how the index is kept.

import * as v from "valibot"
import type { RunIndex } from "../engine/ports/run-index.ts"
import { readJsonBody } from "./body.ts"
import { viewCard, viewStats } from "./card-view.ts"
import type { App } from "./environment.ts"
import { jsonAnswer } from "./json-answer.ts"
import { cursorAt, readRunFilter, readRunQuery } from "./list-query.ts"
import { segmentProblem } from "./path.ts"
import { parse } from "./validate.ts"

const REBUILD_BODY = v.strictObject({
  ids: v.optional(
    v.array(
      v.custom<string>(
        (value) => typeof value === "string" && segmentProblem(value) === undefined,
        "must be a run's id",
      ),
      "must be a list of run ids",
    ),
    [],
  ),
})

export function addIndexRoutes(app: App, indexOf: (env: Cloudflare.Env) => RunIndex): void {
  app.get("/v1/runs", async (c) => {
    const query = readRunQuery(c.req.raw)
    const { runs, hasMore } = await indexOf(c.env).list(query)
    const last = runs.at(-1)
    return jsonAnswer({
      runs: runs.map(viewCard),
      ...(hasMore && last !== undefined && { cursor: cursorAt(last) }),
    })
  })

  app.get("/v1/stats", async (c) => {
    const filter = readRunFilter(c.req.raw)
    return jsonAnswer(viewStats(await indexOf(c.env).stats(filter)))
  })

  app.post("/v1/index/rebuild", async (c) => {
    const body = (await readJsonBody(c.req.raw)) ?? {}
    const { ids } = parse(REBUILD_BODY, body)
    return jsonAnswer(await indexOf(c.env).rebuild(ids), 202)
  })
}
