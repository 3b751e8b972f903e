// Metrics route: GET /v1/metrics, for whoever scrapes.
// Owns: what stands on the page, in which order. Must not touch: what is counted.

import type { RunStats } from "../../engine/ports/run-index.ts"
import type { App } from "../environment.ts"
import { METRICS_CONTENT_TYPE, MetricText } from "./metric-text.ts"
import type { RequestFigures } from "./request-figures.ts"
import { writeRunFigures } from "./run-figures.ts"

/** The runs of the whole server; `undefined` where nobody can say. */
export type RunFiguresOf = (env: Cloudflare.Env) => Promise<RunStats | undefined>

export function addMetricsRoute(app: App, requests: RequestFigures, runsOf: RunFiguresOf): void {
  app.get("/v1/metrics", async (c) => {
    const text = new MetricText()
    writeRunFigures(text, await runsOf(c.env))
    requests.write(text)
    return new Response(text.toString(), { headers: { "content-type": METRICS_CONTENT_TYPE } })
  })
}
