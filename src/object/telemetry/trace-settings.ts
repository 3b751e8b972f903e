// Trace settings: whether spans are exported, where to, and which runs are traced: read from the Worker's variables.
// Owns: the names of the variables, and what a setting that is no good means. Must not touch: how spans are sent.
//   T1. A setting that is no good exports nothing, or the whole: it is told in the log once and stops no run.
//   T2. Names of the OpenTelemetry standard are taken where ours are not set.

import { logLine } from "../run-log.ts"
import { isWebAddress } from "../web-address.ts"

/** What is read of the Worker's variables and secrets. */
export interface TraceVariables {
  readonly BELAY_OTLP_URL?: string | undefined
  readonly BELAY_OTLP_HEADERS?: string | undefined
  readonly BELAY_TRACE_RATIO?: string | undefined
  readonly BELAY_TRACE_MESSAGES?: string | undefined
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string | undefined
  readonly OTEL_SERVICE_NAME?: string | undefined
}

export interface TraceSettings {
  /** Where a POST with spans goes. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** Of the runs that no caller's trace leads to, which part is traced: 0 to 1. */
  readonly ratio: number
  /** Whether an error's message leaves, beside its name and code. */
  readonly tellsMessages: boolean
}

const TRACES_PATH = "/v1/traces"

const SERVICE_NAME_DEFAULT = "belay"

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** `undefined` where nothing is exported. */
export function readTraceSettings(variables: TraceVariables): TraceSettings | undefined {
  const base = firstSet(variables.BELAY_OTLP_URL, variables.OTEL_EXPORTER_OTLP_ENDPOINT)
  if (base === undefined) return undefined
  if (!isWebAddress(base)) {
    complain("BELAY_OTLP_URL is no http or https address; no spans are exported.")
    return undefined
  }
  const headers = readHeaders(
    firstSet(variables.BELAY_OTLP_HEADERS, variables.OTEL_EXPORTER_OTLP_HEADERS),
  )
  return {
    url: tracesUrl(base),
    headers,
    serviceName: firstSet(variables.OTEL_SERVICE_NAME) ?? SERVICE_NAME_DEFAULT,
    ratio: readRatio(firstSet(variables.BELAY_TRACE_RATIO)),
    tellsMessages: variables.BELAY_TRACE_MESSAGES !== "0",
  }
}

function firstSet(...texts: (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "")
}

/** A collector's address stands for its place for traces. */
function tracesUrl(base: string): string {
  const url = new URL(base)
  const path = url.pathname.replace(/\/+$/, "")
  url.pathname = path.endsWith(TRACES_PATH) ? path : path + TRACES_PATH
  url.hash = ""
  return url.href
}

/** `name=value,other=value`, values percent-encoded. */
function readHeaders(text: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of text?.split(",") ?? []) {
    const equals = pair.indexOf("=")
    const name = pair.slice(0, Math.max(equals, 0)).trim()
    const value = decoded(pair.slice(equals + 1).trim())
    // Which pair it was would tell a part of a secret.
    if (!HEADER_NAME.test(name) || value === undefined) {
      complain("A part of BELAY_OTLP_HEADERS is left out: it does not read name=value.")
    } else headers[name.toLowerCase()] = value
  }
  return headers
}

/** `undefined` for what can be no header's value. */
function decoded(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text)
    return /^[\x20-\x7e]*$/.test(value) ? value : undefined
  } catch {
    // A percent sign that begins no byte.
    return undefined
  }
}

function readRatio(text: string | undefined): number {
  if (text === undefined) return 1
  const ratio = Number(text)
  if (ratio >= 0 && ratio <= 1) return ratio
  complain(
    `BELAY_TRACE_RATIO is "${text.slice(0, 60)}", no number from 0 to 1; every run is traced.`,
  )
  return 1
}

const complained = new Set<string>()

/** Once for each isolate: every object reads the same variables. */
function complain(message: string): void {
  if (complained.has(message)) return
  complained.add(message)
  logLine("error", message, {})
}
