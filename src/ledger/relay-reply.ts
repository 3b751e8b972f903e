// What a relay's reply proves about the events sent, and what several that are no answer prove together.
// Owns: the reading of status and body, and the hints that lead a person to a wrong key or a wrong clock.
//   R1. Only a reply with a valid signature proves anything. Whatever else comes back, the events may be in the ledger.
import { LedgerError } from "./errors.ts"
import { WireError } from "./wire-field.ts"

/**
 * - `answered`: the relay's JSON.
 * - `invalid`: not submitted, and it never will be.
 * - `forbidden`: not submitted, until an operator changes what this key may do.
 * - `not_submitted`: not submitted; the same may be sent again.
 * - `unknown`: it may have been submitted.
 * - `given_up`: it may have been submitted, and nobody waits for an answer any more.
 * `reason` says why, in words that follow "relay <url>".
 */
export type RelayReply =
  | { readonly kind: "answered"; readonly body: unknown }
  | {
      readonly kind: "invalid" | "forbidden" | "not_submitted" | "unknown" | "given_up"
      readonly reason: string
    }

/** What came back over the wire; `date` is its header of that name. */
export interface RawReply {
  readonly status: number
  readonly text: string
  readonly date: string | null
  readonly verified: boolean
}

/** From here on a difference between the clocks is worth a word, in ms. The header counts whole seconds. */
const SKEW_HINT_MS = 2_000

export function readReply(raw: RawReply, nowMs: number): RelayReply {
  return raw.verified ? readVerified(raw) : readUnverified(raw, nowMs)
}

/** A reply that is no answer; `reason` says why, the relay named. */
export interface Unanswered {
  readonly kind: Exclude<RelayReply["kind"], "answered">
  readonly url: string
  readonly reason: string
}

/** The reply with its body read. One that does not read well is an old or a broken relay's: what it did is unknown. */
export function readAnswer<Result>(
  url: string,
  reply: RelayReply,
  read: (body: unknown) => Result,
): { readonly kind: "answered"; readonly result: Result } | Unanswered {
  if (reply.kind !== "answered") {
    return { kind: reply.kind, url, reason: `relay ${url} ${reply.reason}` }
  }
  try {
    return { kind: "answered", result: read(reply.body) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const reason = `relay ${url} answered something this version cannot read: ${error.message}`
    return { kind: "unknown", url, reason }
  }
}

export function maybeSubmitted({ kind }: Unanswered): boolean {
  return kind === "unknown" || kind === "given_up"
}

/** What was asked, and whether its caller had given up before. */
interface AskedInVain {
  readonly operation: string
  readonly effect: "writes" | "reads"
  readonly signal: AbortSignal | undefined
}

/** The error for a question that no relay has answered; `open` holds the replies of all that were asked. */
export function noAnswer(
  { operation, effect, signal }: AskedInVain,
  open: readonly Unanswered[],
): LedgerError {
  const unasked = signal?.aborted === true ? "the caller had given up before" : "no time was left"
  const why =
    open.length === 0 ? unasked : open.map(({ reason }) => reason.replace(/\.$/, "")).join("; ")
  if (effect === "writes" && open.some(maybeSubmitted)) {
    return new LedgerError(
      "ledger_unknown",
      `Whether ${operation} took effect is unknown: ${why}. Send the same events again.`,
    )
  }
  if (open.length > 0 && open.every(({ kind }) => kind === "forbidden")) {
    return new LedgerError(
      "ledger_not_configured",
      `No relay lets this key do ${operation}: ${why}. Nothing was changed by this call; give the key the right, or use another one.`,
    )
  }
  return new LedgerError(
    "ledger_unavailable",
    `The ledger did not answer ${operation}: ${why}. Nothing was changed by this call.`,
  )
}

/** The error for a request that no relay will ever take. */
export function invalidRequest(reason: string): LedgerError {
  return new LedgerError("ledger_invalid", `The request can never be accepted: ${reason}`)
}

function readVerified({ status, text }: RawReply): RelayReply {
  const body = parseJson(text)
  if (status === 200) {
    return body === undefined
      ? { kind: "unknown", reason: `answered 200 with something that is not JSON: ${start(text)}` }
      : { kind: "answered", body }
  }
  const reason = `answered ${status}: ${messageOf(body, text)}`
  if (status === 429 || status === 503) return { kind: "not_submitted", reason }
  if (status === 403) return { kind: "forbidden", reason }
  return { kind: status >= 400 && status < 500 ? "invalid" : "unknown", reason }
}

function readUnverified({ status, text, date }: RawReply, nowMs: number): RelayReply {
  const message = messageOf(parseJson(text), text)
  const hint =
    status === 401
      ? `check the key, its secret and both clocks${clockHint(date, nowMs)}`
      : "something between here and the relay answered in its place, or the relay could not take it"
  return {
    kind: "unknown",
    reason: `answered ${status} without a valid signature (${hint}): ${message}`,
  }
}

/** `undefined` for what is not JSON: a proxy's page, most likely. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The message of an error body; of anything else its beginning, which says more than a parser's complaint. */
function messageOf(body: unknown, text: string): string {
  const message = (body as { error?: { message?: unknown } } | null | undefined)?.error?.message
  return typeof message === "string" ? message : start(text)
}

function start(text: string): string {
  return text.slice(0, 200) || "no message"
}

function clockHint(date: string | null, nowMs: number): string {
  const aheadMs = Date.parse(date ?? "") - nowMs
  if (Number.isNaN(aheadMs) || Math.abs(aheadMs) < SKEW_HINT_MS) return ""
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  return `; its clock is about ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this one`
}
