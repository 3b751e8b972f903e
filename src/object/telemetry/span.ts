// Span: a piece of a run as a collector is told of it, before it is written out as OTLP.
// Owns: the shape, which may wait in the outbox as JSON. It has names, numbers and times; never a value of the run.

export type SpanValue = string | number | boolean

export type SpanAttributes = Readonly<Record<string, SpanValue>>

export interface SpanEvent {
  readonly name: string
  readonly atMs: number
  readonly attributes: SpanAttributes
}

export interface Span {
  readonly id: string
  readonly parentId?: string | undefined
  readonly name: string
  /** A run is asked for from outside, a child is asked for by its parent; all else happens inside. */
  readonly kind: "internal" | "server" | "client"
  readonly startMs: number
  readonly endMs: number
  readonly attributes: SpanAttributes
  /** It did not go well: what is said of it, which may be nothing. */
  readonly error?: string | undefined
  readonly events?: readonly SpanEvent[] | undefined
  /** The span of the same run that this one goes on from. */
  readonly before?: string | undefined
}

/** Spans of one run on their way to a collector. */
export interface SpanBatch {
  readonly traceId: string
  readonly tracestate?: string | undefined
  /** What every span of the run says. */
  readonly common: SpanAttributes
  readonly spans: readonly Span[]
}
