// Trace headers: the W3C trace context of a request, and of the run it started.
// Owns: the names of the headers. What they may hold is engine/ports/trace-context.ts's.

import { readTraceContext, type TraceContext } from "../engine/ports/trace-context.ts"

/** What is malformed is as good as none. */
export function readTrace({ headers }: Request): TraceContext | undefined {
  return readTraceContext(headers.get("traceparent"), headers.get("tracestate"))
}

/** The headers by which whoever started a run finds its spans. */
export function traceHeaders(trace: TraceContext | undefined): Record<string, string> {
  return trace === undefined ? {} : { traceresponse: trace.traceparent }
}
