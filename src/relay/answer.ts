// What the relay sends back.
// Owns: the form of answers and refusals, and how they are written to the wire, signed or not.
import type { ServerResponse } from "node:http"
import { SIGNATURE_HEADER } from "../ledger/signature.ts"
import { CONTENT_TYPE, type WireFailure } from "../ledger/wire.ts"
import { hashBytes, type RelaySigner } from "./access/relay-signer.ts"

export interface Answer {
  readonly status: number
  readonly body: string
  /** What the body says about it, if anything: `false` is a promise that nothing was submitted. */
  readonly submitted?: boolean
  /** Default JSON. */
  readonly contentType?: string
  /** Further headers: name, value, name, value. */
  readonly headers?: readonly string[]
}

/** Whose answer it is; a request that was not accepted gets an unsigned one. */
export interface Signature {
  readonly signer: RelaySigner
  readonly nonce: string
}

export type RefusalCode =
  | "route_unknown"
  | "method_not_allowed"
  | "length_required"
  | "body_too_large"
  | "unsupported_media_type"
  | "unauthorized"
  | "forbidden"
  | "invalid_request"
  | "deadline_passed"
  | "overloaded"
  | "draining"
  | "stalled"
  | "ledger_unavailable"

const RETRY_AFTER = ["retry-after", "1"]

/** Nothing was submitted, and sending the same again will not help. */
export function refusal(
  status: number,
  code: RefusalCode,
  message: string,
  headers?: readonly string[],
): Answer {
  const answer = failure(status, { error: { code, message }, submitted: false })
  return headers === undefined ? answer : { ...answer, headers }
}

/** Nothing was submitted; it may be sent again later. */
export function notNow(status: 429 | 503, code: RefusalCode, message: string): Answer {
  return refusal(status, code, message, RETRY_AFTER)
}

/** It was submitted, and nobody here knows what became of it. */
export function outcomeUnknown(status: 500 | 502 | 504, code: string, message: string): Answer {
  return failure(status, { error: { code, message }, submitted: true, outcome: "unknown" })
}

export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  signature: Signature | undefined,
  connection: "keep" | "close",
): void {
  const { status, body } = answer
  const length = Buffer.byteLength(body)
  const headers = ["content-type", answer.contentType ?? CONTENT_TYPE]
  headers.push("content-length", String(length), "cache-control", "no-store")
  if (connection === "close") headers.push("connection", "close")
  if (answer.headers !== undefined) headers.push(...answer.headers)
  if (signature !== undefined) {
    const { signer, nonce } = signature
    headers.push(SIGNATURE_HEADER, signer.sign({ nonce, status, bodyHash: hashBytes(body) }))
  }
  response.writeHead(status, headers)
  // As text it leaves together with the head, in one write; as many bytes as characters means ASCII.
  response.end(body, length === body.length ? "latin1" : "utf8")
}

function failure(status: number, body: WireFailure): Answer {
  return { status, body: JSON.stringify(body), submitted: body.submitted }
}
