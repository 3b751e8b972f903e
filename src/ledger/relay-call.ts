// One signed request to one relay.
// Owns: the fetch, its time, and the check of the answer's signature. What an answer proves is `relay-reply.ts`'s.
// It must not retry and must not choose a relay.
//   R2. Beside a verified answer, one thing proves that nothing was submitted: a connection that was never made.
//       Only some runtimes tell; where they do not, the outcome is unknown.
import { readBounded } from "./bounded-body.ts"
import type { CallTrace } from "./ledger.ts"
import { ANSWER_BYTES_MAX } from "./limits.ts"
import { readReply, type RelayReply } from "./relay-reply.ts"
import {
  AUDIENCE_HEADER,
  DEADLINE_HEADER,
  type EdgeSigner,
  hashBody,
  KEY_HEADER,
  makeNonce,
  NONCE_HEADER,
  SIGNATURE_HEADER,
  TIME_HEADER,
} from "./signature.ts"
import { CONTENT_TYPE } from "./wire.ts"

/** The part of `fetch` that is used; a service binding's `fetch` fits as well. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

interface FetchInit {
  readonly method: "POST"
  readonly headers: Record<string, string>
  readonly body: Uint8Array
  readonly redirect: "manual"
  readonly signal: AbortSignal
}

export interface RelayCall {
  readonly url: string
  readonly path: string
  readonly body: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** Not signed: it says nothing that the relay acts on. */
  readonly trace?: CallTrace | undefined
}

/** The relay's share of the time: it should say "unknown" itself, and its answer must still arrive. */
const RELAY_SHARE = 0.9

/** Asks one relay once; never rejects for what the relay or the network does. */
export async function callRelay(
  fetch: Fetch,
  signer: EdgeSigner,
  call: RelayCall,
): Promise<RelayReply> {
  const nonce = makeNonce()
  const timeMs = Date.now()
  const audience = originOf(call.url)
  const bodyHash = await hashBody(call.body)
  const signature = await signer.sign({
    method: "POST",
    path: call.path,
    audience,
    timeMs,
    nonce,
    bodyHash,
  })
  const timeout = new AbortController()
  // Cleared below: a pending timer would keep the caller's object in memory long after its answer.
  const timer = setTimeout(() => timeout.abort(), call.timeoutMs)
  try {
    const response = await fetch(`${call.url}${call.path}`, {
      method: "POST",
      headers: {
        ...traceHeaders(call.trace),
        "content-type": CONTENT_TYPE,
        [KEY_HEADER]: signer.keyId,
        [AUDIENCE_HEADER]: audience,
        [TIME_HEADER]: String(timeMs),
        [NONCE_HEADER]: nonce,
        [SIGNATURE_HEADER]: signature,
        [DEADLINE_HEADER]: String(timeMs + Math.ceil(call.timeoutMs * RELAY_SHARE)),
      },
      body: call.body,
      redirect: "manual",
      signal:
        call.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, call.signal]),
    })
    const bytes = await readBounded(response, ANSWER_BYTES_MAX)
    if (bytes === undefined) {
      return { kind: "unknown", reason: `answered with more than ${ANSWER_BYTES_MAX} bytes` }
    }
    const { status, headers } = response
    const answer = { nonce, status, bodyHash: await hashBody(bytes) }
    const verified = await signer.verify(answer, headers.get(SIGNATURE_HEADER) ?? "")
    const text = new TextDecoder().decode(bytes)
    return readReply({ status, text, date: headers.get("date"), verified }, Date.now())
  } catch (error) {
    if (timeout.signal.aborted) {
      return { kind: "unknown", reason: `gave no answer within ${call.timeoutMs} ms` }
    }
    if (call.signal?.aborted === true) {
      return { kind: "given_up", reason: "was not waited for any longer: the caller gave up" }
    }
    const reason = `could not be reached: ${messageOf(error)}`
    return { kind: wasNeverConnected(error) ? "not_submitted" : "unknown", reason }
  } finally {
    clearTimeout(timer)
  }
}

function traceHeaders(trace: CallTrace | undefined): Record<string, string> {
  if (trace === undefined) return {}
  const { traceparent, tracestate } = trace
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}

// What is no URL is not reached either: the fetch says so.
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ""
}

const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]

const BEFORE_THE_FIRST_BYTE = ["connect", "getaddrinfo"]

// Node tells the system's error code in the cause, and what it was doing: a connection that had been made can end with
// some of the same codes. Other runtimes do not tell; then we do not know.
function wasNeverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown }
  return (
    NEVER_CONNECTED.some((known) => known === code) &&
    BEFORE_THE_FIRST_BYTE.some((known) => known === syscall)
  )
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
