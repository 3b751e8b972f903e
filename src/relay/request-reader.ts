// The parts of a request and the rules they are held to.
// Owns: method, content type, length, body, deadline. Knows no key and no ledger.
import type { IncomingMessage } from "node:http"
import { BODY_BYTES_MAX } from "../ledger/limits.ts"
import { DEADLINE_HEADER, TIME_FORM } from "../ledger/signature.ts"
import { CONTENT_TYPE, type RelayOperation } from "../ledger/wire.ts"
import { WireError } from "../ledger/wire-field.ts"
import { type Answer, notNow, refusal } from "./answer.ts"
import { type BodyRules, type PreparedCall, prepareCall } from "./operations.ts"

/** The longest wait for the ledger, in ms, also without a deadline from the caller. */
const ANSWER_WAIT_MS_MAX = 10_000

/** What is wrong with the head of a request for an operation, if anything. */
export function checkHead(request: IncomingMessage, length: number): Answer | undefined {
  if (request.method !== "POST") {
    return refusal(405, "method_not_allowed", `Expected POST, got ${request.method ?? "nothing"}.`)
  }
  const contentType = request.headers["content-type"] ?? ""
  if (contentType.split(";")[0]?.trim() !== CONTENT_TYPE) {
    const message = `content-type: expected ${CONTENT_TYPE}, got "${contentType}".`
    return refusal(415, "unsupported_media_type", message)
  }
  if (Number.isNaN(length)) return refusal(411, "length_required", "content-length is needed.")
  if (length > BODY_BYTES_MAX) {
    const message = `The body has ${length} bytes; at most ${BODY_BYTES_MAX} are taken.`
    return refusal(413, "body_too_large", message)
  }
  return undefined
}

/** The bytes of the body; the server holds the caller to the length announced. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The call a body asks for, or the answer that says what is wrong with it. */
export function readCall(
  operation: RelayOperation,
  body: Buffer,
  rules: BodyRules,
): PreparedCall | Answer {
  let json: unknown
  try {
    json = JSON.parse(body.toString("utf8"))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return refusal(400, "invalid_request", `body: expected JSON: ${reason}`)
  }
  try {
    return prepareCall(operation, json, rules)
  } catch (error) {
    if (error instanceof WireError) return refusal(400, "invalid_request", error.message)
    throw error
  }
}

/** How long the caller still waits, in ms; an answer instead when it does not. */
export function readWaitMs(header: string | string[] | undefined, nowMs: number): number | Answer {
  if (header === undefined) return ANSWER_WAIT_MS_MAX
  if (typeof header !== "string" || !TIME_FORM.test(header)) {
    const message = `${DEADLINE_HEADER}: expected ms since 1970, got "${String(header)}".`
    return refusal(400, "invalid_request", message)
  }
  const remainingMs = Number(header) - nowMs
  if (remainingMs <= 0) {
    // Work that nobody waits for any more; its caller has long sent it again.
    const message = `By this clock the caller's deadline passed ${-remainingMs} ms ago.`
    return notNow(503, "deadline_passed", message)
  }
  return Math.min(remainingMs, ANSWER_WAIT_MS_MAX)
}
