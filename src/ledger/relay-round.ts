// One question to the relays, one after the other, until one of them knows.
// Owns: each relay's share of the time, and what is known when none has answered.
// Sending the same events to several relays is harmless: their ids decide.
//   E1. A question ends within its time, whatever the relays do.
//   E2. For a write, anything but `ledger_unknown` means that no relay can have submitted the events.
//   E3. A definite answer counts, whatever relays asked before it left open.
import { LedgerError } from "./errors.ts"
import { callRelay, type Fetch } from "./relay-call.ts"
import type { ChosenRelay, RelayMarks } from "./relay-choice.ts"
import { invalidRequest, type RelayReply } from "./relay-reply.ts"
import type { EdgeSigner } from "./signature.ts"
import { WireError } from "./wire-field.ts"

export interface RelayParts {
  readonly urls: readonly string[]
  readonly marks: RelayMarks
  readonly signer: EdgeSigner
  readonly fetch: Fetch
}

export interface Question<Result> {
  readonly operation: string
  readonly path: string
  /** Whether a question without an answer may have changed something. */
  readonly effect: "writes" | "reads"
  /** What leads to the relay that is asked first. */
  readonly key: string
  readonly body: Uint8Array
  /** @throws WireError when the answer does not read well: an old relay or a broken one. */
  readonly read: (body: unknown) => Result
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A relay that failed lately gets this part of the time of one that did not: it is most likely still down. */
const FAILED_WEIGHT = 0.25

/**
 * Asks.
 * @throws LedgerError `ledger_unknown` (writes only), `ledger_unavailable`, `ledger_invalid`, or
 * `ledger_not_configured` when no relay lets this key do it.
 */
export async function askRelays<Result>(
  parts: RelayParts,
  question: Question<Result>,
): Promise<Result> {
  const { urls, marks, signer, fetch } = parts
  const { path, body, read, signal, effect } = question
  const deadlineMs = Date.now() + question.timeoutMs
  const relays = marks.order(urls, question.key)
  const open: Unanswered[] = []
  for (const [asked, { url }] of relays.entries()) {
    const timeoutMs = shareOf(relays.slice(asked), deadlineMs - Date.now())
    if (timeoutMs <= 0 || signal?.aborted === true) break
    const call = { url, path, body, timeoutMs, signal }
    const reply = readAnswer(await callRelay(fetch, signer, call), read)
    if (reply.kind === "answered") {
      marks.noteAnswer(url)
      return reply.result
    }
    const reason = `relay ${url} ${reply.reason}`
    // Of two relays one may be older and refuse what the other has taken: then this refusal proves nothing.
    if (reply.kind === "invalid" && (effect === "reads" || !open.some(maybeSubmitted))) {
      throw invalidRequest(reason)
    }
    open.push({ kind: reply.kind, reason })
    // A caller that gives up, for reasons of its own, says nothing about the relay.
    if (reply.kind === "given_up") break
    marks.noteFailure(url)
  }
  throw noAnswer(question, open)
}

interface Unanswered {
  readonly kind: Exclude<RelayReply["kind"], "answered">
  readonly reason: string
}

type ReadReply<Result> = { readonly kind: "answered"; readonly result: Result } | Unanswered

/** What the first of these relays may take of the time that is left, in ms: the others must have theirs. */
function shareOf([first, ...others]: readonly ChosenRelay[], leftMs: number): number {
  const weightOf = (relay: ChosenRelay | undefined) => (relay?.failed === true ? FAILED_WEIGHT : 1)
  const all = others.reduce((sum, relay) => sum + weightOf(relay), weightOf(first))
  return Math.floor((leftMs * weightOf(first)) / all)
}

// A verified answer that does not read well comes from an old or a broken relay: what it did is unknown.
function readAnswer<Result>(reply: RelayReply, read: (body: unknown) => Result): ReadReply<Result> {
  if (reply.kind !== "answered") return reply
  try {
    return { kind: "answered", result: read(reply.body) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const reason = `answered something this version cannot read: ${error.message}`
    return { kind: "unknown", reason }
  }
}

function maybeSubmitted({ kind }: Unanswered): boolean {
  return kind === "unknown" || kind === "given_up"
}

function noAnswer(
  { operation, effect }: Question<unknown>,
  open: readonly Unanswered[],
): LedgerError {
  const why =
    open.length === 0
      ? "the caller had given up before"
      : open.map(({ reason }) => reason.replace(/\.$/, "")).join("; ")
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
