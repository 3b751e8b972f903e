// Request arbitrary: requests at every route, near what it takes and far from it.
// Owns: how path, query and headers are bent. Pure.

import * as fc from "fast-check"
import { bodyArbitrary } from "./body-arbitrary.ts"
import { hostileSegment } from "./hostile-text.ts"
import type { HttpCase } from "./http-case.ts"
import type { FuzzedRoute } from "./route-table.ts"

export interface RequestWorld {
  readonly routes: readonly FuzzedRoute[]
  /** Ids that stand for something, percent-encoded. */
  readonly ids: readonly string[]
  /** Tokens that are known, with their rights, and none at all. */
  readonly tokens: readonly string[]
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const

/** Small waits alone: a long one is answered late by design. */
const QUERY_VALUES = [
  "0",
  "1",
  "20",
  "-1",
  "1.5",
  "1e3",
  "abc",
  "",
  "%00",
  "%ff",
  "%",
  "encoded",
  "0.1.2",
  "9999999999999999999999",
  "a".repeat(300),
  "__proto__",
  "%D9%A3",
]

export function requestArbitrary(world: RequestWorld): fc.Arbitrary<HttpCase> {
  return fc
    .constantFrom(...world.routes)
    .chain((route) => fc.oneof({ weight: 8, arbitrary: atRoute(route, world) }, anywhere(world)))
}

/** At this route, its path bent, with its own method mostly. */
function atRoute(route: FuzzedRoute, world: RequestWorld): fc.Arbitrary<HttpCase> {
  const segments = route.path.split("/").slice(1)
  const path = fc
    .tuple(...segments.map((part) => (part.startsWith("{") ? segment(world) : fc.constant(part))))
    .map((parts) => `/${parts.join("/")}`)
  return fc
    .record({
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant<string>(route.method) },
        { weight: 1, arbitrary: fc.constantFrom<string>(...METHODS) },
      ),
      path,
      query: query(route),
      headers: headers(world),
      body: bodyArbitrary(route.body),
    })
    .map(({ method, path: at, query: asked, headers: given, body }) =>
      request(method, at + asked, given, body),
    )
}

/** Somewhere among, beside and above the routes. */
function anywhere(world: RequestWorld): fc.Arbitrary<HttpCase> {
  const part = fc.oneof(
    fc.constantFrom("v1", "runs", "schedules", "promises", "healthz", "signals", "orders", "buy"),
    hostileSegment,
  )
  return fc
    .record({
      method: fc.constantFrom<string>(...METHODS),
      parts: fc.array(part, { maxLength: 7 }),
      headers: headers(world),
      body: bodyArbitrary(undefined),
    })
    .map(({ method, parts, headers: given, body }) =>
      request(method, `/${parts.join("/")}`, given, body),
    )
}

/** A server makes a GET of whatever asks for a socket: only a GET asks for one here, once, with all that belongs to it. */
function request(
  method: string,
  target: string,
  headers: HttpCase["headers"],
  body: Uint8Array | undefined,
): HttpCase {
  const isBodiless = method === "GET" || method === "HEAD"
  const upgrades = headers.filter(([name]) => name === "upgrade")
  const others = headers.filter(([name]) => name !== "upgrade")
  const upgrade = method === "GET" ? upgrades.slice(0, 1).flatMap(handshake) : []
  return { method, target, headers: [...others, ...upgrade], body: isBodiless ? undefined : body }
}

function handshake(upgrade: readonly [string, string]): HttpCase["headers"] {
  if (upgrade[1] !== "websocket") return [upgrade]
  const rest = [
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["sec-websocket-version", "13"],
  ] as const
  return [upgrade, ...rest]
}

function segment({ ids }: RequestWorld): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ids) },
    { weight: 2, arbitrary: hostileSegment },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: fc.nat(30).map((number) => `fuzz-${number}`) },
  )
}

function query({ parameters }: FuzzedRoute): fc.Arbitrary<string> {
  const names = parameters.filter((each) => each.in === "query").map((each) => each.name)
  const pair = fc.tuple(
    fc.constantFrom(...names, "unknown", "__proto__"),
    fc.constantFrom(...QUERY_VALUES),
  )
  return fc.array(pair, { maxLength: 3 }).map((pairs) => {
    // What waits ten seconds unless told otherwise is told otherwise.
    const isTold = !names.includes("wait") || pairs.some(([name]) => name === "wait")
    const all = isTold ? pairs : [...pairs, ["wait", "10"] as const]
    return all.length === 0
      ? ""
      : `?${all.map(([name, value]) => `${name}=${shortWait(name, value)}`).join("&")}`
  })
}

/** No digit string may ask for seconds. */
function shortWait(name: string, value: string): string {
  return name === "wait" && /^\d{3,}$/.test(value) ? "25" : value
}

function headers({ tokens }: RequestWorld): fc.Arbitrary<HttpCase["headers"]> {
  const authorization = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...tokens).map((token) => `Bearer ${token}`) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_AUTHORIZATIONS) },
  )
  const first = fc.option(
    authorization.map((value) => ["authorization", value] as const),
    { freq: 12, nil: undefined },
  )
  const other = fc.constantFrom<readonly [string, string]>(...ODD_HEADERS)
  return fc
    .tuple(first, fc.array(other, { maxLength: 3 }))
    .map(([auth, others]) => (auth === undefined ? others : [auth, ...others]))
}

const ODD_AUTHORIZATIONS: readonly string[] = [
  "Bearer",
  "Bearer ",
  "bearer x",
  "Basic dXNlcjpwYXNz",
  "Bearer a b",
  "Bearer __proto__",
  "Bearer null",
  "Bearer undefined",
  `Bearer ${"x".repeat(4_000)}`,
  "\u00ff\u00fe",
]

const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ["content-type", "application/json"],
  ["content-type", "text/plain"],
  ["content-type", "application/json; charset=utf-16"],
  ["content-type", "multipart/form-data; boundary=x"],
  ["content-encoding", "gzip"],
  ["idempotency-key", "k"],
  ["idempotency-key", "k".repeat(255)],
  ["idempotency-key", "k".repeat(256)],
  ["idempotency-key", ""],
  ["idempotency-key", "\u00e9"],
  ["idempotency-key", "__proto__"],
  ["last-event-id", "0"],
  ["last-event-id", "zzz.0.0.0."],
  ["last-event-id", "1.999999999.999999999.1.running"],
  ["last-event-id", "\u00ff"],
  ["upgrade", "websocket"],
  ["upgrade", "h2c"],
  ["sec-websocket-protocol", "belay.events, belay.bearer.%zz"],
  ["sec-websocket-protocol", "belay.bearer.x"],
  ["sec-websocket-protocol", ",,,"],
  ["x-belay-fault", "a:1"],
  ["x-belay-fault", "login:1:throw"],
  ["x-belay-fault", ":::"],
  ["x-belay-fault", "a:*,".repeat(60)],
  ["x-http-method-override", "DELETE"],
  ["x-forwarded-host", "evil.example"],
  ["x-original-url", "/healthz"],
  ["origin", "https://evil.example"],
  ["range", "bytes=0-1"],
  ["if-none-match", "*"],
  ["accept", "text/event-stream"],
  ["cookie", "a=b"],
]
