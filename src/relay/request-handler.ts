// A request's way through the relay.
// Owns: the order of its stations: limits, signature, admission, rights, validation, one call, the answer.
//   H1. Nothing is parsed before its size is known and its signature fits.
//   H2. 200 has an outcome for every event; 429 and 503 were certainly not submitted; 504 was, outcome unknown.
//   H3. Between admission and the call there is no wait: what was admitted is begun, or refused for good.
import type { IncomingMessage, ServerResponse } from "node:http"
import { DEADLINE_HEADER } from "../ledger/signature.ts"
import type { RelayOperation } from "../ledger/wire.ts"
import type { Admission } from "./calls/admission.ts"
import {
  type Answer,
  notNow,
  outcomeUnknown,
  refusal,
  sendAnswer,
  type Signature,
} from "./answer.ts"
import type { Authentication, Authenticator } from "./access/authenticator.ts"
import { missingOperationRight } from "./access/key-rights.ts"
import type { CallInFlight, LedgerCaller, Origin } from "./calls/ledger-caller.ts"
import type { RelayMetrics } from "./metrics/metrics.ts"
import type { Monitor } from "./monitor.ts"
import { type BodyRules, OPERATIONS } from "./operations.ts"
import type { RelayLog } from "./relay-log.ts"
import { checkHead, quote, readBody, readCall, readWaitMs } from "./request-reader.ts"

/** Bodies being received, all together. */
const BUFFERED_BYTES_MAX = 64 * 1024 * 1024

/** An answer that took longer is worth a line in the log, in ms. */
const SLOW_MS = 1_000

export interface HandlerParts {
  readonly authenticator: Authenticator
  readonly admission: Admission
  readonly caller: LedgerCaller
  readonly monitor: Monitor
  readonly metrics: RelayMetrics
  readonly rules: BodyRules
  readonly log: RelayLog
  /** Which requests have a line in the log: those that were not answered 200 at once, or every one. */
  readonly logged: "notable" | "all"
}

/** What is known of a request so far, for log and metrics. */
interface Exchange {
  readonly operation: RelayOperation
  readonly path: string
  readonly startedAtMs: number
  keyId: string | null
  events: number | null
}

/** A request whose body was read: who is answered, and what, now or later. */
interface Received {
  readonly signature: Signature | undefined
  readonly answer: Answer | Waiting
}

interface Waiting {
  readonly call: CallInFlight
  readonly waitMs: number
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
      const operation = OPERATIONS.get(path)
      if (operation === undefined) return await this.#handleOther(path, request, response)
      const startedAtMs = performance.now()
      const exchange: Exchange = { operation, path, startedAtMs, keyId: null, events: null }
      return await this.#handleOperation(exchange, request, response)
    } catch (error) {
      // A caller that hung up in the middle of its body needs no answer; anything else is our own mistake.
      if (request.destroyed && !request.complete) return
      const message = error instanceof Error ? error.message : String(error)
      this.#parts.metrics.failures += 1
      this.#parts.log({ event: "request_failed", message })
      if (response.headersSent) response.destroy()
      else this.#send(response, outcomeUnknown(500, "internal", "The relay failed."), undefined)
    }
  }

  async #handleOther(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const shown = await this.#parts.monitor.answer(path, request)
    if (shown !== undefined) {
      if (hasBody(request)) return this.#sendUnread(response, shown)
      return this.#send(response, shown, undefined)
    }
    const message = `No operation at ${quote(path)}; there are ${[...OPERATIONS.keys()].join(", ")}.`
    this.#parts.metrics.countRequest("none", 404)
    this.#sendUnread(response, refusal(404, "route_unknown", message))
  }

  async #handleOperation(
    exchange: Exchange,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const length = Number(request.headers["content-length"])
    const refused = checkHead(request, length) ?? this.#checkRoom(length)
    if (refused !== undefined) {
      this.#note(exchange, refused.status)
      return this.#sendUnread(response, refused)
    }
    const { signature, answer } = await this.#receive(exchange, request, length)
    const told =
      "call" in answer ? await this.#parts.caller.answer(answer.call, answer.waitMs) : answer
    this.#send(response, told, signature)
    if (signature !== undefined) this.#note(exchange, told.status)
  }

  // The body is not held any longer than this takes: a caller may wait much longer for its answer.
  async #receive(exchange: Exchange, request: IncomingMessage, length: number): Promise<Received> {
    const { authenticator, metrics, log } = this.#parts
    const { operation, path } = exchange
    this.#bufferedBytes += length
    try {
      const body = await readBody(request)
      const unchecked = { method: "POST", path, headers: request.headers, body }
      const authentication = authenticator.check(unchecked, Date.now())
      if (authentication.kind === "refused") {
        const { reason, message } = authentication
        metrics.authRefusals[reason] += 1
        metrics.countRequest(operation, 401)
        log({ event: "auth_refused", reason, operation })
        return { signature: undefined, answer: refusal(401, "unauthorized", message) }
      }
      const { key, nonce } = authentication
      exchange.keyId = key.id
      const answer = this.#begin(exchange, authentication, request, body)
      return { signature: { signer: key.signer, nonce }, answer }
    } finally {
      this.#bufferedBytes -= length
    }
  }

  #begin(
    exchange: Exchange,
    { key, bodyHash, callersNowMs }: Authentication & { readonly kind: "accepted" },
    request: IncomingMessage,
    body: Buffer,
  ): Answer | Waiting {
    const { admission, caller, metrics, rules } = this.#parts
    const { operation } = exchange
    const refused = admission.refusal(performance.now())
    if (refused !== undefined) return refused
    const waitMs = readWaitMs(request.headers[DEADLINE_HEADER], callersNowMs)
    if (typeof waitMs !== "number") return waitMs
    const missing = missingOperationRight(key.rights, operation)
    if (missing !== undefined) return refusal(403, "forbidden", missing)

    const origin: Origin = { operation, keyId: key.id, bodyHash, bytes: body.length }
    const shared = caller.find(origin)
    if (shared !== undefined) {
      metrics.joined += 1
      exchange.events = shared.events
      return { call: shared, waitMs }
    }
    const overload = admission.overload()
    if (overload !== undefined) return overload
    const prepared = readCall(operation, body, rules, key.rights)
    if ("status" in prepared) return prepared
    exchange.events = prepared.events
    metrics.observeEvents(operation, prepared.events)
    return { call: caller.begin(origin, prepared), waitMs }
  }

  #checkRoom(length: number): Answer | undefined {
    if (this.#bufferedBytes + length <= BUFFERED_BYTES_MAX) return undefined
    return notNow(429, "overloaded", `${this.#bufferedBytes} bytes of requests are in work.`)
  }

  // The body was not read, so the connection cannot carry another request.
  #sendUnread(response: ServerResponse, answer: Answer): void {
    sendAnswer(response, answer, undefined, "close")
  }

  #send(response: ServerResponse, answer: Answer, signature: Signature | undefined): void {
    sendAnswer(response, answer, signature, this.#parts.admission.draining ? "close" : "keep")
  }

  #note({ operation, startedAtMs, keyId, events }: Exchange, status: number): void {
    const { metrics, log, logged } = this.#parts
    const waitedMs = performance.now() - startedAtMs
    metrics.countRequest(operation, status)
    metrics.observeRequest(operation, waitedMs / 1_000)
    if (status >= 500 && status !== 503) metrics.countUnknown(operation, status)
    if (status === 200 && waitedMs < SLOW_MS && logged === "notable") return
    const key = keyId
    log({ event: "request", operation, key, events, status, waitedMs: Math.round(waitedMs) })
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"
}
