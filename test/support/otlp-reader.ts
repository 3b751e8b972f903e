// OTLP reader: what a collector is sent, read as strictly as the encoding is written down: every field known, every
// identifier in lower-case hexadecimal, every time and whole number decimal text. Throws at anything else.

import * as v from "valibot"

const NANOSECONDS = /^[1-9]\d{18}$/

const value = v.union([
  v.strictObject({ stringValue: v.string() }),
  v.strictObject({ boolValue: v.boolean() }),
  v.strictObject({ intValue: v.pipe(v.string(), v.regex(/^-?\d+$/)) }),
  v.strictObject({ doubleValue: v.number() }),
])
const attributes = v.array(
  v.strictObject({ key: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_.]+$/)), value }),
)
const nanoseconds = v.pipe(v.string(), v.regex(NANOSECONDS))
const traceId = v.pipe(v.string(), v.regex(/^(?!0+$)[0-9a-f]{32}$/))
const spanId = v.pipe(v.string(), v.regex(/^(?!0+$)[0-9a-f]{16}$/))

const span = v.strictObject({
  traceId,
  spanId,
  traceState: v.optional(v.string()),
  parentSpanId: v.optional(spanId),
  flags: v.literal(1),
  name: v.pipe(v.string(), v.minLength(1)),
  kind: v.picklist([1, 2, 3]),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes,
  events: v.optional(
    v.array(v.strictObject({ timeUnixNano: nanoseconds, name: v.string(), attributes })),
  ),
  links: v.optional(v.array(v.strictObject({ traceId, spanId, attributes }))),
  status: v.union([
    v.strictObject({}),
    v.strictObject({ code: v.literal(2), message: v.string() }),
  ]),
})

const request = v.strictObject({
  resourceSpans: v.tuple([
    v.strictObject({
      resource: v.strictObject({ attributes }),
      scopeSpans: v.tuple([
        v.strictObject({
          scope: v.strictObject({ name: v.literal("belay") }),
          spans: v.pipe(v.array(span), v.minLength(1)),
        }),
      ]),
    }),
  ]),
})

interface ReadEvent {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface ReadSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly name: string
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly ReadEvent[]
  readonly linked: readonly string[]
  readonly isError: boolean
  readonly message: string | undefined
  readonly service: unknown
  /** The whole of it, to see whether it is the same again. */
  readonly text: string
}

/** @throws Error at whatever no collector must be sent */
export function readOtlp(body: string): ReadSpan[] {
  const [{ resource, scopeSpans }] = v.parse(request, JSON.parse(body)).resourceSpans
  const service = recordOf(resource.attributes)["service.name"]
  return scopeSpans[0].spans.map((each) => {
    const startMs = msOf(each.startTimeUnixNano)
    const endMs = msOf(each.endTimeUnixNano)
    if (endMs < startMs) throw new Error(`Span ${each.name} ends before it begins.`)
    return {
      traceId: each.traceId,
      spanId: each.spanId,
      parentSpanId: each.parentSpanId,
      traceState: each.traceState,
      name: each.name,
      kind: each.kind,
      startMs,
      endMs,
      attributes: recordOf(each.attributes),
      events: (each.events ?? []).map(({ name, attributes: given }) => ({
        name,
        attributes: recordOf(given),
      })),
      linked: (each.links ?? []).map((link) => link.spanId),
      isError: "code" in each.status,
      message: "code" in each.status ? each.status.message : undefined,
      service,
      text: JSON.stringify(each),
    }
  })
}

function msOf(text: string): number {
  return Number(text.slice(0, -6))
}

function recordOf(list: v.InferOutput<typeof attributes>): Record<string, unknown> {
  const entries = list.map(({ key, value: given }) => {
    if ("intValue" in given) return [key, Number(given.intValue)] as const
    return [key, Object.values(given)[0]] as const
  })
  if (new Set(entries.map(([key]) => key)).size < entries.length) {
    throw new Error(`An attribute stands twice: ${JSON.stringify(list)}`)
  }
  return Object.fromEntries(entries)
}
