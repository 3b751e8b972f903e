// OTLP: spans as the JSON that a collector takes by HTTP.
// Owns: the encoding: identifiers in lower-case hexadecimal, times in nanoseconds and whole numbers as decimal text, enums
// as numbers. Must not touch: what a span says.

import type { Span, SpanAttributes, SpanBatch, SpanEvent, SpanValue } from "./span.ts"

const KINDS = { internal: 1, server: 2, client: 3 } as const

const STATUS_ERROR = 2

/** The W3C flag "sampled": what is exported is recorded. */
const FLAGS = 1

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, SpanValue>>
}

/** The body of a POST to /v1/traces. */
export function otlpBody(batch: SpanBatch, serviceName: string): string {
  const resource = { attributes: keyValues({ "service.name": serviceName }) }
  const spans = batch.spans.map((span) => otlpSpan(span, batch))
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "belay" }, spans }] }],
  })
}

function otlpSpan(span: Span, { traceId, tracestate, common }: SpanBatch) {
  const { id, parentId, name, kind, startMs, endMs, attributes, error, events = [], before } = span
  return {
    traceId,
    spanId: id,
    ...(tracestate === undefined ? {} : { traceState: tracestate }),
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    flags: FLAGS,
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: keyValues({ ...common, ...attributes }),
    ...(events.length === 0 ? {} : { events: events.map(otlpEvent) }),
    ...(before === undefined ? {} : { links: [{ traceId, spanId: before, attributes: [] }] }),
    status: error === undefined ? {} : { code: STATUS_ERROR, message: error },
  }
}

function otlpEvent({ name, atMs, attributes }: SpanEvent) {
  return { timeUnixNano: nanoseconds(atMs), name, attributes: keyValues(attributes) }
}

/** A fraction of a ms, from a clock that has some, is not told. */
function nanoseconds(ms: number): string {
  return `${Math.trunc(ms)}000000`
}

function keyValues(attributes: SpanAttributes): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: SpanValue): KeyValue["value"] {
  if (typeof value === "string") return { stringValue: value }
  if (typeof value === "boolean") return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
