// Judge: whether an answer is one that this request may get.
// Owns: the rules. Must not touch: how the request was made. Pure.
//   J1. The route that is judged by is the one the request line meets, whatever the request was made for.
//   J2. A code on the closed list with its status; no server error, as long as nothing is wrong with the server.
//   J3. Nothing that is told to a client names a file, shows a stack or holds a secret.

import { API_ERROR_CODES } from "../../src/engine/errors.ts"
import { statusOf } from "../../src/http/error-response.ts"
import { headerOf, pathOf, type HttpCase } from "./http-case.ts"
import { hasPath, routeOf, type FuzzedRoute, type Right } from "./route-table.ts"

export interface Judged {
  readonly status: number
  readonly contentType: string
  readonly text: string
  /** The answer's headers as text. */
  readonly head: string
}

export interface Court {
  readonly routes: readonly FuzzedRoute[]
  readonly canaries: readonly string[]
  /** Rights of each token; `undefined` on a development server, where nobody is asked. */
  readonly rights: ReadonlyMap<string, Right> | undefined
}

/** Between what calls itself a stack and a file of this project. A caller's own text is never made of these. */
const INSIDE =
  /\n\s+at .+:\d+|\/node_modules\/|\bsrc\/[\w/-]+\.ts|worker\.js:\d|script-\d+\.mjs|file:\/\/|\/tmp\//

/** What may be answered where no route is. */
const NO_ROUTE = new Set([401, 403, 404, 405])

/** Server errors that are documented, and for which nothing in a fuzzing world is a reason. */
const NEVER = new Set(["internal", "not_configured", "ledger_unavailable", "overloaded"])

/** What is wrong with the answer; `undefined` when nothing is. */
export function verdict(court: Court, one: HttpCase, answer: Judged): string | undefined {
  const { status, text } = answer
  const route = routeOf(court.routes, one.method, pathOf(one))
  return (
    statusFault(court, one, route, status) ??
    bodyFault(one, route, answer) ??
    leak(court, one, answer) ??
    (text.length > 32 * 1024 * 1024 ? `the answer has ${text.length} characters` : undefined)
  )
}

function statusFault(
  court: Court,
  one: HttpCase,
  route: FuzzedRoute | undefined,
  status: number,
): string | undefined {
  const allowed = route?.statuses ?? NO_ROUTE
  if (!allowed.has(status)) return `status ${status} is not documented for ${nameOf(route)}`
  if (route === undefined && hasPath(court.routes, pathOf(one)) && status === 404) {
    return "a known path with another method is 405"
  }
  if (court.rights === undefined) {
    return status === 401 || status === 403
      ? `a development server asks nobody, got ${status}`
      : undefined
  }
  return rightsFault(court.rights, one, route, status)
}

function rightsFault(
  rights: NonNullable<Court["rights"]>,
  one: HttpCase,
  route: FuzzedRoute | undefined,
  status: number,
): string | undefined {
  if (isFree(one, route)) return status === 401 || status === 403 ? "the route is free" : undefined
  const held = rights.get(/^bearer +(\S+)$/i.exec(headerOf(one, "authorization") ?? "")?.[1] ?? "")
  if (held === undefined) return status === 401 ? undefined : `no known token got ${status}`
  if (status === 401) return "a known token got 401"
  const isEnough = held === "operate" || (route !== undefined && held === route.right)
  if (route === undefined) return undefined
  if (isEnough) return status === 403 ? `role ${held} is enough for ${nameOf(route)}` : undefined
  return status === 403 ? undefined : `role ${held} got ${status} at ${nameOf(route)}`
}

function isFree(one: HttpCase, route: FuzzedRoute | undefined): boolean {
  const { method } = one
  const path = pathOf(one)
  if (path === "/healthz" || path.startsWith("/v1/promises/")) return true
  const isReading = method === "GET" || method === "HEAD"
  return isReading && (route?.right === "free" || path === "/")
}

function bodyFault(
  one: HttpCase,
  route: FuzzedRoute | undefined,
  { status, contentType, text }: Judged,
): string | undefined {
  if (one.method === "HEAD") return text === "" ? undefined : "HEAD has a body"
  if (status < 400) {
    if (status === 101 || status === 204) return undefined
    if (route === undefined) return undefined
    return route.misfit(status, contentType, contentType.includes("json") ? parsed(text) : text)
  }
  if (!contentType.startsWith("application/json")) return `an error is ${contentType || "nothing"}`
  const { error } = Object(parsed(text)) as { error?: { code?: unknown; message?: unknown } }
  const code = API_ERROR_CODES.find((known) => known === error?.code)
  if (code === undefined) return `the error's code is ${JSON.stringify(error?.code)}`
  if (statusOf(code) !== status) return `${code} goes with ${statusOf(code)}, not with ${status}`
  if (typeof error?.message !== "string" || error.message === "") return "the error says nothing"
  if (error.message.length > 2_500) return `the message has ${error.message.length} characters`
  return NEVER.has(code) ? `${code}: ${error.message}` : undefined
}

function mayOperate(rights: Court["rights"], one: HttpCase): boolean {
  const [, token = ""] = /^bearer +(\S+)$/i.exec(headerOf(one, "authorization") ?? "") ?? []
  return rights === undefined || rights.get(token) === "operate"
}

function leak({ canaries, rights }: Court, one: HttpCase, answer: Judged): string | undefined {
  const { head, text } = answer
  // The protocol a socket offered is named back to whoever offered it.
  const told = head.replaceAll(/^sec-websocket-protocol:.*$/gim, "") + text
  const canary = canaries.find((each) => told.includes(each))
  if (canary !== undefined) return `a secret is told: ${canary.slice(0, 16)}…`
  const sent = `${one.target} ${JSON.stringify(one.headers)} ${new TextDecoder().decode(one.body ?? new Uint8Array())}`
  // Whoever may operate sees the stacks of what a workflow threw, in a run's own record and in its export.
  if (answer.status < 400 && mayOperate(rights, one)) return undefined
  const inside = INSIDE.exec(told.replaceAll("\\n", "\n"))
  return inside === null || sent.includes(inside[0]) ? undefined : `it shows ${inside[0]}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Judged like any other body that is not what it should be.
    return undefined
  }
}

function nameOf(route: FuzzedRoute | undefined): string {
  return route === undefined ? "no route" : `${route.method} ${route.path}`
}
