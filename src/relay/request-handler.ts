// A request's way through the relay.
// Owns: the order of its stations: limits, signature, admission, validation, one call, the answer.
//   H1. Nothing is parsed before its size is known and its signature fits.
//   H2. 200 has an outcome for every event; 429 and 503 were certainly not submitted; 504 was, outcome unknown.
import type { IncomingMessage, ServerResponse } from "node:http"
import { DEADLINE_HEADER } from "../ledger/signature.ts"
import type { RelayOperation } from "../ledger/wire.ts"
import type { Admission } from "./admission.ts"
import {
  type Answer,
  notNow,
  outcomeUnknown,
  refusal,
  sendAnswer,
  type Signature,
} from "./answer.ts"
import type { Authenticator } from "./authenticator.ts"
import type { LedgerCaller } from "./ledger-caller.ts"
import { type BodyRules, OPERATIONS } from "./operations.ts"
import type { Readiness } from "./readiness.ts"
import type { RelayLog } from "./relay-log.ts"
import { checkHead, readBody, readCall, readWaitMs } from "./request-reader.ts"

/** Bodies being received or worked on, all together. */
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024

export interface HandlerParts {
  readonly authenticator: Authenticator
  readonly admission: Admission
  readonly caller: LedgerCaller
  readonly readiness: Readiness
  readonly rules: BodyRules
  readonly log: RelayLog
}

export class RequestHandler {
  readonly #parts: HandlerParts
  #bufferedBytes = 0

  constructor(parts: HandlerParts) {
    this.#parts = parts
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ""
    try {
      if (path === "/healthz") {
        this.#send(response, { status: 200, body: JSON.stringify({ status: "ok" }) }, undefined)
      } else if (path === "/readyz") {
        this.#send(response, await this.#parts.readiness.answer(), undefined)
      } else {
        await this.#handleOperation(path, request, response)
      }
    } catch (error) {
      // A caller that hung up in the middle of its body needs no answer; anything else is our own mistake.
      if (request.destroyed && !request.complete) return
      const message = error instanceof Error ? error.message : String(error)
      this.#parts.log({ event: "request_failed", path, message })
      this.#send(response, outcomeUnknown(500, "internal", "The relay failed."), undefined)
    }
  }

  async #handleOperation(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const operation = OPERATIONS.get(path)
    if (operation === undefined) {
      const message = `No operation at ${path}; there are ${[...OPERATIONS.keys()].join(", ")}.`
      return this.#refuseUnread(response, refusal(404, "route_unknown", message))
    }
    const length = Number(request.headers["content-length"])
    const refused = checkHead(request, length) ?? this.#checkRoom(length)
    if (refused !== undefined) return this.#refuseUnread(response, refused)

    this.#bufferedBytes += length
    try {
      const body = await readBody(request)
      const { authenticator, log } = this.#parts
      const unchecked = { method: "POST", path, headers: request.headers, body }
      const authentication = authenticator.check(unchecked, Date.now())
      if (authentication.kind === "refused") {
        const { reason, message } = authentication
        log({ event: "auth_refused", reason, path })
        return this.#send(response, refusal(401, "unauthorized", message), undefined)
      }
      const answer = await this.#answer(operation, path, request, body)
      this.#send(response, answer, authentication)
    } finally {
      this.#bufferedBytes -= length
    }
  }

  async #answer(
    operation: RelayOperation,
    path: string,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<Answer> {
    const { admission, caller, rules } = this.#parts
    const nowMs = Date.now()
    const refused = admission.refusal(nowMs)
    if (refused !== undefined) return refused
    const waitMs = readWaitMs(request.headers[DEADLINE_HEADER], nowMs)
    if (typeof waitMs !== "number") return waitMs
    const call = readCall(operation, body, rules)
    return typeof call === "function" ? caller.call(call, path, waitMs) : call
  }

  #checkRoom(length: number): Answer | undefined {
    if (this.#bufferedBytes + length <= BUFFERED_BYTES_MAX) return undefined
    return notNow(429, "overloaded", `${this.#bufferedBytes} bytes of requests are in work.`)
  }

  // The body was not read, so the connection cannot carry another request.
  #refuseUnread(response: ServerResponse, answer: Answer): void {
    sendAnswer(response, answer, undefined, "close")
  }

  #send(response: ServerResponse, answer: Answer, signature: Signature | undefined): void {
    sendAnswer(response, answer, signature, this.#parts.admission.draining ? "close" : "keep")
  }
}
