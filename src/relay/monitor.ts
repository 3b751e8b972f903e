// What the relay shows to those who watch over it: `/healthz`, `/readyz`, `/metrics`.
// Owns: these paths and who may see how much.
//   M1. Everybody may know that the process lives and whether it takes work. What the ledger is, how it does and what
//       is counted is for those at home: connected from loopback, to a loopback name, and not through a proxy or
//       tunnel that leaves its mark in the headers. One that leaves none can be told by nobody: with such a one in
//       front, only a token keeps strangers out.
//   M2. An operator's token opens the same from anywhere; where one is set, `/metrics` is never shown without.
//   M3. Who may not see `/metrics` hears what any path that does not exist answers.
import type { IncomingMessage } from "node:http"
import type { Registry } from "prom-client"
import { type Answer, refusal } from "./answer.ts"
import type { Readiness } from "./health/readiness.ts"
import { isSameSecret } from "./access/relay-signer.ts"
import { methodRefusal } from "./request-reader.ts"

/** Left by proxies, tunnels and content networks. */
const FORWARDED_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-real-ip",
  "via",
  "cf-connecting-ip",
  "cf-ray",
  "cdn-loop",
  "x-forwarded-host",
  "x-forwarded-proto",
] as const

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

const BEARER = /^Bearer (?<token>\S+)$/i

export interface MonitorParts {
  readonly readiness: Readiness
  readonly registry: Registry
  /** `undefined`: whoever is at home sees everything, nobody else. */
  readonly token: string | undefined
}

export class Monitor {
  readonly #parts: MonitorParts

  constructor(parts: MonitorParts) {
    this.#parts = parts
  }

  /** The answer of one of the three paths; `undefined` when the path is none of them, or not for this caller. */
  async answer(path: string, request: IncomingMessage): Promise<Answer | undefined> {
    switch (path) {
      case "/healthz":
        return refuseMethod(request) ?? { status: 200, body: '{"status":"ok"}' }
      case "/readyz":
        return refuseMethod(request) ?? this.#readiness(request)
      case "/metrics":
        return this.#metrics(request)
      default:
        return undefined
    }
  }

  #readiness(request: IncomingMessage): Promise<Answer> {
    const { readiness } = this.#parts
    return readiness.answer(isAtHome(request) || this.#hasToken(request) ? "long" : "short")
  }

  async #metrics(request: IncomingMessage): Promise<Answer | undefined> {
    const { registry, token } = this.#parts
    if (token === undefined ? !isAtHome(request) : !this.#hasToken(request)) {
      if (!isAtHome(request)) return undefined
      const message = "This relay shows its metrics to whoever sends its token as a bearer token."
      return refusal(401, "unauthorized", message, ["www-authenticate", "Bearer"])
    }
    const refused = refuseMethod(request)
    if (refused !== undefined) return refused
    return { status: 200, body: await registry.metrics(), contentType: registry.contentType }
  }

  #hasToken(request: IncomingMessage): boolean {
    const { token } = this.#parts
    const given = BEARER.exec(request.headers.authorization ?? "")?.groups?.["token"]
    return token !== undefined && given !== undefined && isSameSecret(given, token)
  }
}

function refuseMethod(request: IncomingMessage): Answer | undefined {
  const isRead = request.method === "GET" || request.method === "HEAD"
  return isRead ? undefined : methodRefusal(request, "GET, HEAD")
}

function isAtHome(request: IncomingMessage): boolean {
  if (!LOOPBACK.test(request.socket.remoteAddress ?? "")) return false
  if (!LOOPBACK_HOST.test(request.headers.host ?? "")) return false
  return FORWARDED_HEADERS.every((name) => request.headers[name] === undefined)
}
