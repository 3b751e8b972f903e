// One signed request to one relay, and what its answer proves.
// Owns: the fetch, the check of the answer's signature, and the reading of a verified answer.
// It must not retry and must not choose a relay.
//   R1. Only a verified answer proves anything. Whatever else comes back, the events may be in the ledger.
//   R2. The one exception is a connection that was never made.
import { LedgerError } from "./errors.ts"
import {
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
}

/** The relay's share of the time: it should say "unknown" itself, and its answer must still arrive. */
const RELAY_SHARE = 0.9

/** `answered`: the relay's JSON. The other two say why not, in words that follow "relay <url>". */
export type RelayReply =
  | { readonly kind: "answered"; readonly body: unknown }
  | { readonly kind: "not_submitted"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string }

/**
 * Asks one relay once.
 * @throws LedgerError `ledger_invalid` when the relay says that the request can never be accepted.
 */
export async function callRelay(
  fetch: Fetch,
  signer: EdgeSigner,
  call: RelayCall,
): Promise<RelayReply> {
  const nonce = makeNonce()
  const timeMs = Date.now()
  const bodyHash = await hashBody(call.body)
  const signature = await signer.sign({
    method: "POST",
    path: call.path,
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
        "content-type": CONTENT_TYPE,
        [KEY_HEADER]: signer.keyId,
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
    const bytes = new Uint8Array(await response.arrayBuffer())
    const answer = { nonce, status: response.status, bodyHash: await hashBody(bytes) }
    const verified = await signer.verify(answer, response.headers.get(SIGNATURE_HEADER) ?? "")
    const text = new TextDecoder().decode(bytes)
    return verified ? readVerified(response.status, text) : readUnverified(response.status, text)
  } catch (error) {
    if (error instanceof LedgerError) throw error
    if (timeout.signal.aborted) {
      return { kind: "unknown", reason: `gave no answer within ${call.timeoutMs} ms` }
    }
    if (call.signal?.aborted === true) {
      return { kind: "unknown", reason: "was not waited for any longer: the caller gave up" }
    }
    const reason = `could not be reached: ${messageOf(error)}`
    return { kind: wasNeverConnected(error) ? "not_submitted" : "unknown", reason }
  } finally {
    clearTimeout(timer)
  }
}

function readVerified(status: number, text: string): RelayReply {
  if (status === 200) return { kind: "answered", body: JSON.parse(text) as unknown }
  const message = failureMessage(text)
  if (status >= 400 && status < 500 && status !== 429) {
    throw new LedgerError("ledger_invalid", `The relay refused the request: ${message}`)
  }
  const reason = `answered ${status}: ${message}`
  const certain = status === 429 || status === 503
  return { kind: certain ? "not_submitted" : "unknown", reason }
}

function readUnverified(status: number, text: string): RelayReply {
  const hint =
    status === 401
      ? "check the key, its secret and both clocks"
      : "something between here and the relay answered in its place"
  return {
    kind: "unknown",
    reason: `answered ${status} without a valid signature (${hint}): ${failureMessage(text)}`,
  }
}

/** The message of an error body, or the beginning of whatever came instead. */
function failureMessage(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    const message = (body as { error?: { message?: unknown } } | null)?.error?.message
    if (typeof message === "string") return message
  } catch {
    // Not JSON: a proxy's page, most likely. Its beginning says more than a parser's complaint.
  }
  return text.slice(0, 200) || "no message"
}

const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]

// Node tells the system's error code in the cause. Other runtimes do not tell; then we do not know.
function wasNeverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = (cause as { code?: unknown } | null | undefined)?.code
  return typeof code === "string" && NEVER_CONNECTED.includes(code)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
