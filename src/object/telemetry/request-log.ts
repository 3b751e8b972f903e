// Request log: one line for each request that was answered, where the level "info" is asked for.
// Owns: what stands in it: the route's pattern, never the path, which may hold a promise's token; no header but the
// caller's trace, no body.

import { parseTraceParent } from "../../engine/ports/trace-context.ts"
import { logLine } from "../run-log.ts"

interface AnsweredRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export function logRequest(request: AnsweredRequest, { headers }: Request): void {
  const { method, route, status, durationMs } = request
  const trace = parseTraceParent(headers.get("traceparent") ?? "")?.traceId
  logLine("info", "A request was answered.", {
    // Anybody may make one up.
    method: method.slice(0, 20),
    route,
    status,
    durationMs: Math.round(durationMs),
    ...(trace === undefined ? {} : { trace }),
  })
}
