// The parts of a request and the rules they are held to.
// Owns: method, content type, length, deadline, and the call that a body asks for. Knows no key and no ledger.
import type { IncomingMessage } from "node:http"
import { BODY_BYTES_MAX } from "../ledger/limits.ts"
import { DEADLINE_HEADER, TIME_FORM } from "../ledger/signature.ts"
import { CONTENT_TYPE, type RelayOperation } from "../ledger/wire.ts"
import { WireError } from "../ledger/wire-field.ts"
import { type Answer, notNow, refusal } from "./answer.ts"
import type { KeyRights } from "./access/key-rights.ts"
import { type BodyRules, type PreparedCall, prepareCall } from "./operations.ts"

/** The longest wait for the ledger, in ms, also without a deadline from the caller. */
const ANSWER_WAIT_MS_MAX = 10_000

/** What a caller wrote is cut to this length where it is quoted. */
const SHOWN_CHARACTERS_MAX = 60

// Bytes that are no UTF-8 are refused: replaced by a sign for "unknown" they would be another text than was signed.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** What is wrong with the head of a request for an operation, if anything. */
export function checkHead(request: IncomingMessage, length: number): Answer | undefined {
  if (request.method !== "POST") return methodRefusal(request, "POST")
  if (hasSeveralHosts(request.rawHeaders)) {
    return refusal(400, "invalid_request", "host: expected one header, got several.")
  }
  const contentType = request.headers["content-type"] ?? ""
  if (contentType !== CONTENT_TYPE && contentType.split(";")[0]?.trim() !== CONTENT_TYPE) {
    const message = `content-type: expected ${CONTENT_TYPE}, got ${quote(contentType)}.`
    return refusal(415, "unsupported_media_type", message)
  }
  if (Number.isNaN(length)) return refusal(411, "length_required", "content-length is needed.")
  if (length > BODY_BYTES_MAX) {
    const message = `The body has ${length} bytes; at most ${BODY_BYTES_MAX} are taken.`
    return refusal(413, "body_too_large", message)
  }
  return undefined
}

/** The answer to a method that a path does not have. */
export function methodRefusal(request: IncomingMessage, allowed: string): Answer {
  const message = `Expected ${allowed}, got ${request.method ?? "nothing"}.`
  return refusal(405, "method_not_allowed", message, ["allow", allowed])
}

/** A text of the caller's, fit to stand in a message. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text,
  )
}

/** The call a body asks for, or the answer that says what is wrong with it. */
export function readCall(
  operation: RelayOperation,
  body: Buffer,
  rules: BodyRules,
  rights: KeyRights,
): PreparedCall | Answer {
  const json = parse(body)
  if (json.kind === "broken") return refusal(400, "invalid_request", json.message)
  try {
    return prepareCall(operation, json.value, rules, rights)
  } catch (error) {
    if (error instanceof WireError) return refusal(400, "invalid_request", error.message)
    throw error
  }
}

/**
 * How long the caller still waits, in ms; an answer instead when it does not. The deadline is a time of the caller's
 * clock, and so is the time of the signature: between the two no clock is compared with ours, which may be a minute off.
 * @param signedAtMs by the caller's clock
 * @param sinceHeadMs how long ago the request's head came
 */
export function readWaitMs(
  header: string | string[] | undefined,
  signedAtMs: number,
  sinceHeadMs: number,
): number | Answer {
  if (header === undefined) return ANSWER_WAIT_MS_MAX
  if (typeof header !== "string" || !TIME_FORM.test(header)) {
    const message = `${DEADLINE_HEADER}: expected ms since 1970, got ${quote(String(header))}.`
    return refusal(400, "invalid_request", message)
  }
  const remainingMs = Number(header) - signedAtMs - sinceHeadMs
  if (remainingMs <= 0) {
    // Work that nobody waits for any more; its caller has long sent it again.
    const message = `The caller's deadline passed ${Math.round(-remainingMs)} ms ago.`
    return notNow(503, "deadline_passed", message)
  }
  return Math.min(remainingMs, ANSWER_WAIT_MS_MAX)
}

type Parsed =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "broken"; readonly message: string }

function parse(body: Buffer): Parsed {
  let text: string
  try {
    text = decoder.decode(body)
  } catch {
    return { kind: "broken", message: "body: expected UTF-8, got other bytes" }
  }
  try {
    return { kind: "json", value: JSON.parse(text) as unknown }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: "broken", message: `body: expected JSON: ${reason}` }
  }
}

// Two parties that choose different ones of them would route one request in two ways.
function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1
  }
  return hosts > 1
}
