// Trace context: which trace a request belongs to, as the W3C headers `traceparent` and `tracestate` say it.
// Owns: the reading of both headers, and what a run and its steps pass on. Pure.
//   T1. A header that is malformed is as good as none: it fails no request. A bad `tracestate` goes alone, a bad
//       `traceparent` takes it along.
//   T2. What is passed on has version 00 and no flag but the one that says whether the trace is recorded.

/** A caller's context, in the form in which it is passed on. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string | undefined
}

/** What a `traceparent` is made of. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
}

/** What a run tells its steps of its trace. */
export interface StepTrace {
  readonly traceId: string
  readonly isSampled: boolean
  readonly tracestate: string | undefined
  /** The caller's own, where attempts have no spans: whoever is called joins the caller's span then. */
  readonly passedOn: string | undefined
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NOTHING = /^0+$/
const SAMPLED = 1

const MEMBERS_MAX = 32

/** What everybody has to pass on at least; here it is what is passed on at most, since it is kept with the run. */
const TRACESTATE_CHARACTERS_MAX = 512

/** Longer members go first where not all of them fit. */
const MEMBER_CHARACTERS_SPARED = 128

const KEY = /^(?:[a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})$/
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** The context a request came with; `undefined` when it came with none that can be read. */
export function readTraceContext(
  traceparent: string | null,
  tracestate: string | null,
): TraceContext | undefined {
  const parent = traceparent === null ? undefined : parseTraceParent(traceparent.trim())
  if (parent === undefined) return undefined
  const state = tracestate === null ? undefined : readTraceState(tracestate)
  return {
    traceparent: formatTraceParent(parent),
    ...(state === undefined ? {} : { tracestate: state }),
  }
}

/** `undefined` for what is none. A later version is read as far as it is the same (it may have more fields). */
export function parseTraceParent(text: string): TraceParent | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}

export function formatTraceParent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`
}

/** The list as it is passed on; `undefined` when there is none or it cannot be read. */
function readTraceState(text: string): string | undefined {
  const members = text
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "")
  if (members.length === 0 || members.length > MEMBERS_MAX) return undefined
  const keys = new Set<string>()
  for (const member of members) {
    const equals = member.indexOf("=")
    const key = member.slice(0, Math.max(equals, 0))
    if (!KEY.test(key) || !VALUE.test(member.slice(equals + 1)) || keys.has(key)) return undefined
    keys.add(key)
  }
  return shortened(members)
}

function shortened(members: readonly string[]): string | undefined {
  const kept = [...members]
  while (kept.join(",").length > TRACESTATE_CHARACTERS_MAX) {
    const long = kept.findLastIndex((member) => member.length > MEMBER_CHARACTERS_SPARED)
    kept.splice(long === -1 ? kept.length - 1 : long, 1)
  }
  return kept.length === 0 ? undefined : kept.join(",")
}
