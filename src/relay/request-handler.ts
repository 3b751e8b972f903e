// A request's way through the relay.
// Owns: the order of its stations: limits, claim, body, signature, admission, rights, validation, one call, the answer.
//   H1. Nothing is read of a body before its sender names a live key, and nothing parsed before its signature fits.
//   H2. 200 has an outcome for every event; 429 and 503 were certainly not submitted; 504 was, outcome unknown.
//   H3. A promise that nothing was submitted is signed only where this process can know it.
//   H4. Between admission and the call there is no wait: what was admitted is begun, or refused for good.
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
import type { Accepted, Authenticator, Refused } from "./access/authenticator.ts"
import { BodyRooms } from "./body-room.ts"
import { missingOperationRight } from "./access/key-rights.ts"
import type { CallInFlight, LedgerCaller, Origin } from "./calls/ledger-caller.ts"
import type { RelayMetrics } from "./metrics/metrics.ts"
import type { Monitor } from "./monitor.ts"
import { type BodyRules, OPERATIONS } from "./operations.ts"
import type { RelayLog } from "./relay-log.ts"
import { checkHead, quote, readCall, readWaitMs } from "./request-reader.ts"

const IN_FLIGHT_MESSAGE =
  "The same events are with the ledger, which has not answered. Send them again, with the same ids."

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

/** A request that was received as far as it is needed: who is answered, and what, now or later. */
interface Received {
  /** `undefined`: nobody knows who asks. */
  readonly asker: Accepted | undefined
  readonly answer: Answer | Waiting
  /** `unread`: the connection cannot carry another request. */
  readonly body: "read" | "unread"
}

interface Waiting {
  readonly call: CallInFlight
  readonly waitMs: number
}

export class RequestHandler {
  readonly #parts: HandlerParts
  readonly #bodies = new BodyRooms()

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
    const refused = checkHead(request, length)
    if (refused !== undefined) {
      this.#note(exchange, refused.status)
      return this.#sendUnread(response, refused)
    }
    const { asker, answer, body } = await this.#receive(exchange, request, length)
    const told =
      "call" in answer ? await this.#parts.caller.answer(answer.call, answer.waitMs) : answer
    if (body === "unread") this.#sendUnread(response, told)
    else this.#send(response, told, signatureFor(asker, told))
    // Who was refused as nobody has an entry of its own.
    if (told.status !== 401) this.#note(exchange, told.status)
  }

  // The body is not held any longer than this takes: a caller may wait much longer for its answer.
  async #receive(exchange: Exchange, request: IncomingMessage, length: number): Promise<Received> {
    const { authenticator } = this.#parts
    const claim = authenticator.readClaim(request.headers, Date.now())
    if (claim.kind === "refused") return this.#refuse(exchange, claim, "unread")
    const body = await this.#bodies.read(request, length)
    if (body === undefined) {
      const message = "Too many bytes of requests are on their way, and this one took longest."
      return { asker: undefined, answer: notNow(429, "overloaded", message), body: "unread" }
    }
    const asker = authenticator.check(claim, exchange.path, body, Date.now())
    if (asker.kind === "refused") return this.#refuse(exchange, asker, "read")
    exchange.keyId = asker.key.id
    return { asker, answer: this.#begin(exchange, asker, request, body), body: "read" }
  }

  #refuse({ operation }: Exchange, refused: Refused, body: Received["body"]): Received {
    const { metrics, log } = this.#parts
    const { reason, message } = refused
    metrics.authRefusals[reason] += 1
    metrics.countRequest(operation, 401)
    log({ event: "auth_refused", reason, operation })
    return { asker: undefined, answer: refusal(401, "unauthorized", message), body }
  }

  #begin(
    exchange: Exchange,
    { key, bodyHash, timeMs }: Accepted,
    request: IncomingMessage,
    body: Buffer,
  ): Answer | Waiting {
    const { admission, caller, metrics, rules } = this.#parts
    const { operation, startedAtMs } = exchange
    const missing = missingOperationRight(key.rights, operation)
    if (missing !== undefined) return refusal(403, "forbidden", missing)

    const nowMs = performance.now()
    const wait = readWaitMs(request.headers[DEADLINE_HEADER], timeMs, nowMs - startedAtMs)
    const refused = admission.refusal(nowMs)
    const origin: Origin = { operation, keyId: key.id, bodyHash, bytes: body.length }
    const shared = caller.find(origin)
    if (shared !== undefined) {
      metrics.joined += 1
      exchange.events = shared.events
      // The same body is with the ledger: whatever keeps this one from waiting, it was submitted.
      return refused === undefined && typeof wait === "number"
        ? { call: shared, waitMs: wait }
        : outcomeUnknown(504, "ledger_unknown", IN_FLIGHT_MESSAGE)
    }
    if (refused !== undefined) return refused
    if (typeof wait !== "number") return wait
    const overload = admission.overload()
    if (overload !== undefined) return overload
    const prepared = readCall(operation, body, rules, key.rights)
    if ("status" in prepared) return prepared
    exchange.events = prepared.events
    metrics.observeEvents(operation, prepared.events)
    return { call: caller.begin(origin, prepared), waitMs: wait }
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

function signatureFor(asker: Accepted | undefined, answer: Answer): Signature | undefined {
  if (asker === undefined || (answer.submitted === false && !asker.vouched)) return undefined
  return { signer: asker.key.signer, nonce: asker.nonce }
}
