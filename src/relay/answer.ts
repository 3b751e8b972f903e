// What the relay sends back.
// Owns: the form of answers and refusals, and how they are written to the wire, signed or not.
import type { ServerResponse } from "node:http"
import { SIGNATURE_HEADER } from "../ledger/signature.ts"
import { CONTENT_TYPE, type WireFailure } from "../ledger/wire.ts"
import { hashBytes, type RelaySigner } from "./relay-signer.ts"

export interface Answer {
  readonly status: number
  readonly body: string
  /** Sent with refusals that will pass by themselves. */
  readonly retryAfterSeconds?: number
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

const RETRY_AFTER_SECONDS = 1

/** Nothing was submitted, and sending the same again will not help. */
export function refusal(status: number, code: RefusalCode, message: string): Answer {
  return failure(status, { error: { code, message }, submitted: false })
}

/** Nothing was submitted; it may be sent again later. */
export function notNow(status: 429 | 503, code: RefusalCode, message: string): Answer {
  return { ...refusal(status, code, message), retryAfterSeconds: RETRY_AFTER_SECONDS }
}

/** It was submitted, and nobody here knows what became of it. */
export function outcomeUnknown(status: 500 | 504, code: string, message: string): Answer {
  return failure(status, { error: { code, message }, submitted: true, outcome: "unknown" })
}

export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  signature: Signature | undefined,
  connection: "keep" | "close",
): void {
  const body = Buffer.from(answer.body)
  response.statusCode = answer.status
  response.setHeader("content-type", CONTENT_TYPE)
  response.setHeader("content-length", body.length)
  response.setHeader("cache-control", "no-store")
  if (connection === "close") response.setHeader("connection", "close")
  if (answer.retryAfterSeconds !== undefined) {
    response.setHeader("retry-after", answer.retryAfterSeconds)
  }
  if (signature !== undefined) {
    const { signer, nonce } = signature
    const signed = { nonce, status: answer.status, bodyHash: hashBytes(body) }
    response.setHeader(SIGNATURE_HEADER, signer.sign(signed))
  }
  response.end(body)
}

function failure(status: number, body: WireFailure): Answer {
  return { status, body: JSON.stringify(body) }
}
