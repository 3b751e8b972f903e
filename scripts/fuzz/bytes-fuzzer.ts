// Bytes fuzzer: what no HTTP client sends, at the Worker's port and the relay's: broken heads, bodies of two lengths,
// slow and cut-off requests, noise.
// Owns: the shapes of them, and what must hold afterwards: both still answer, and nothing of theirs was told.

import * as fc from "fast-check"
import type { FuzzWorld } from "./fuzz-world.ts"
import type { Fuzzer } from "./fuzzer.ts"
import { count, search, type Finding, type Tally } from "./search.ts"
import { exchange, type Exchanged } from "./raw-exchange.ts"

const CASES = 40

/** What is whole is answered, or its connection ended, within this time, in ms. */
const ANSWER_MS_MAX = 5_000

/** A request that never ends need not be answered; we do not wait for it any longer, in ms. */
const UNFINISHED_MS = 250

/** Where the bytes go. */
export interface BytesPlaces {
  readonly ports: Readonly<Record<BytesCase["at"], number>>
  readonly canaries: readonly string[]
}

interface BytesCase {
  readonly at: "worker" | "relay"
  /** In latin1: a character is a byte. */
  readonly pieces: readonly string[]
  readonly paceMs: number
  readonly isCut: boolean
  /** Nothing is missing of it, so that an answer or an end is due. */
  readonly isWhole: boolean
}

export class BytesFuzzer implements Fuzzer {
  readonly name = "bytes"

  round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    const { barePort, relay, canaries } = world
    const ports = { worker: barePort, relay: Number(new URL(relay.url).port) }
    return searchBytes({ ports, canaries }, { seed, cases: CASES }, tally)
  }
}

export function searchBytes(
  places: BytesPlaces,
  size: { readonly seed: number; readonly cases: number },
  tally: Tally,
): Promise<Finding | undefined> {
  return search(
    "bytes",
    fc.array(bytesCase, { minLength: 1, maxLength: 4 }),
    size,
    async (cases) => {
      const problems = await Promise.all(cases.map((one) => send(places, one, tally)))
      const problem = problems.find((each) => each !== undefined)
      return problem ?? (await alive(places))
    },
    (cases) => cases.map(shown).join("\n"),
  )
}

async function send(
  places: BytesPlaces,
  one: BytesCase,
  tally: Tally,
): Promise<string | undefined> {
  const { at, pieces, paceMs, isCut, isWhole } = one
  const sent = await exchange(
    places.ports[at],
    pieces.map((piece) => Buffer.from(piece, "latin1")),
    { timeoutMs: isWhole ? ANSWER_MS_MAX : UNFINISHED_MS, paceMs, isCut },
  )
  count(tally, sent.kind === "answer" ? `${at} ${sent.answer.status}` : `${at} ${sent.kind}`)
  return faultOf(places, one, sent)
}

function faultOf({ canaries }: BytesPlaces, one: BytesCase, sent: Exchanged): string | undefined {
  const bytes = sent.kind === "answer" ? sent.answer.bytes : sent.bytes
  const text = bytes.toString("latin1")
  const canary = canaries.find((each) => text.includes(each))
  if (canary !== undefined) return `a secret is told: ${canary.slice(0, 16)}…`
  const inside = /\n\s+at .+:\d+|node_modules\/|worker\.js:\d|\/tmp\/belay|src\/relay/.exec(text)
  if (inside !== null) return `it shows ${inside[0]}`
  if (sent.kind === "silent" && one.isWhole && !one.isCut) return "no answer, and no end"
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
  // The bare runtime's own word for a CONNECT, which reaches no Worker without a handler for sockets.
  if (one.at === "worker" && one.pieces.join("").includes("CONNECT ")) return undefined
  const failure = statuses.find((status) => status >= 500 && status !== 501)
  return failure === undefined ? undefined : `status ${failure}: ${text.slice(0, 800)}`
}

/** Both still answer an ordinary question. */
async function alive({ ports }: BytesPlaces): Promise<string | undefined> {
  for (const at of ["worker", "relay"] as const) {
    const sent = await exchange(
      ports[at],
      ["GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"],
      { timeoutMs: ANSWER_MS_MAX },
    )
    if (sent.kind !== "answer" || sent.answer.status !== 200) return `the ${at} answers no more`
  }
  return undefined
}

const target = fc.constantFrom(
  "/healthz",
  "/",
  "*",
  "http://other.example/v1/runs/x",
  "//healthz",
  "/v1/runs/x",
  "/v1/runs/x/events",
  "/v1/runs/\u00ff",
  "/v1/runs/a b",
  "/v1/runs/<x>",
  "/v1/lookup_accounts",
  "/readyz",
  "/v1/schedules?cursor=\u0001",
  "/sessions/x?limit=1",
  `/${"a".repeat(7_000)}`,
  "healthz",
  "",
)

const method = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PRI",
  "get",
  "G\u0000T",
  "",
  "X".repeat(300),
)

const version = fc.constantFrom(
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/2.0",
  "HTTP/9",
  "",
)

const header = fc.constantFrom(
  "host: 127.0.0.1",
  "host: a^b",
  "host: [",
  "host: x/v1/promises",
  "host: ",
  "Host : x",
  " folded: x",
  "no colon",
  ": no name",
  "x: a\u0000b",
  "x: a\rb",
  "x: \u00ff",
  "content-length: 5",
  "content-length: 05",
  "content-length: +5",
  "content-length: -1",
  "content-length: 5, 6",
  "content-length: 99999999999999999999",
  "transfer-encoding: chunked",
  "transfer-encoding: xchunked",
  "transfer-encoding: chunked, identity",
  "Transfer-Encoding : chunked",
  "expect: 100-continue",
  "expect: nonsense",
  "upgrade: websocket",
  "upgrade: h2c",
  "connection: upgrade",
  "connection: keep-alive, close, x",
  "sec-websocket-key: x",
  "sec-websocket-version: 13",
  "content-type: application/json",
  `x-long: ${"x".repeat(20_000)}`,
  `cookie: ${"a=b; ".repeat(3_000)}`,
)

const body = fc.constantFrom(
  "",
  "hello",
  '{"a":1}',
  "5\r\nhello\r\n0\r\n\r\n",
  "ffffffffffffffff\r\nx",
  "0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
  "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n",
  "x".repeat(70_000),
)

const request = fc
  .tuple(
    method,
    target,
    version,
    fc.array(header, { maxLength: 6 }),
    body,
    fc.constantFrom("\r\n", "\r\n", "\n"),
  )
  .map(([verb, to, as, headers, rest, line]) =>
    [`${verb} ${to} ${as}`, ...headers, "", rest].join(line),
  )

const noise = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"))

/** Whole, as it stands: with a length that is right and an end of the connection asked for. */
const wholeRequest = fc
  .tuple(
    fc.constantFrom("GET", "POST", "PUT", "DELETE"),
    fc.constantFrom("/healthz", "/v1/runs/x", "/v1/lookup_accounts", "/nothing"),
    fc.constantFrom("", "hello", "{}", "\u00ff\u00fe"),
  )
  .map(
    ([verb, to, rest]) =>
      `${verb} ${to} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: ${rest.length}\r\n\r\n${rest}`,
  )

const bytesCase: fc.Arbitrary<BytesCase> = fc.oneof(
  { weight: 4, arbitrary: caseOf(request, false) },
  { weight: 2, arbitrary: caseOf(wholeRequest, true) },
  { weight: 1, arbitrary: caseOf(noise, false) },
)

function caseOf(text: fc.Arbitrary<string>, isWhole: boolean): fc.Arbitrary<BytesCase> {
  return fc
    .record({
      at: fc.constantFrom("worker" as const, "relay" as const),
      text,
      cuts: fc.array(fc.nat(400), { maxLength: 3 }),
      paceMs: fc.constantFrom(0, 0, 5, 20),
      isCut: fc.boolean(),
    })
    .map(({ at, text: whole, cuts, paceMs, isCut }) => ({
      at,
      pieces: piecesOf(whole, cuts),
      paceMs,
      isCut,
      isWhole,
    }))
}

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length)])].sort((a, b) => a - b)
  return places.map((place, index) => text.slice(place, places[index + 1] ?? text.length))
}

function shown({ at, pieces, paceMs, isCut }: BytesCase): string {
  const text = JSON.stringify(pieces.join("")).slice(0, 2_000)
  return `at the ${at}${isCut ? ", then cut off" : ""}, ${pieces.length} pieces ${paceMs} ms apart: ${text}`
}
