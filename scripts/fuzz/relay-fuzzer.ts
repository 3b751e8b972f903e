// Relay fuzzer: signed requests to the relay, spoilt in one place or with bodies bent out of shape.
// Owns: the bodies and the judgement: who is not who he says is 401 and gets no signature; nobody gets a server error.

import { createHash, createHmac, randomBytes } from "node:crypto"
import * as fc from "fast-check"
import { answerText, type RelayKey, SIGNATURE_HEADER } from "../../src/ledger/signature.ts"
import { operationPath, RELAY_OPERATIONS } from "../../src/ledger/wire.ts"
import { bodyArbitrary } from "./body-arbitrary.ts"
import type { Fuzzer } from "./fuzzer.ts"
import { count, search, type Finding, type Tally } from "./search.ts"
import type { FuzzWorld } from "./fuzz-world.ts"
import { curlOf, headOf } from "./http-case.ts"
import { exchange, type RawAnswer } from "./raw-exchange.ts"
import { relayRequest, SPOILS, type RelayCase, type RelaySide } from "./relay-request.ts"

const CASES = 60
const ANSWER_MS_MAX = 12_000

/** A relay, as somebody sees it who shares a key with it. */
export interface RelayPlace {
  readonly url: string
  readonly key: RelayKey
  /** Live as well, for looking up accounts of ledger 7 alone. */
  readonly narrow: RelayKey
  readonly canaries: readonly string[]
}

export class RelayFuzzer implements Fuzzer {
  readonly name = "relay"

  round(world: FuzzWorld, seed: number, tally: Tally): Promise<Finding | undefined> {
    const { relay, narrowKey, canaries } = world
    const place = { url: relay.url, key: relay.key, narrow: narrowKey, canaries }
    return searchRelay(place, { seed, cases: CASES }, tally)
  }
}

export function searchRelay(
  place: RelayPlace,
  size: { readonly seed: number; readonly cases: number },
  tally: Tally,
): Promise<Finding | undefined> {
  return search(
    "relay",
    relayCase,
    size,
    (one) => fault(place, one, tally),
    (one) => `${one.spoil} (${one.at})\n${curlOf(relayRequest(one, sideOf(place)), place.url)}`,
  )
}

async function fault(place: RelayPlace, one: RelayCase, tally: Tally): Promise<string | undefined> {
  const side = sideOf(place)
  const request = relayRequest(one, side)
  const port = Number(new URL(place.url).port)
  const bytes = Buffer.concat([
    Buffer.from(headOf(request), "latin1"),
    request.body ?? Buffer.alloc(0),
  ])
  const ask = async () => {
    const sent = await exchange(port, [bytes], { timeoutMs: ANSWER_MS_MAX })
    count(tally, sent.kind === "answer" ? sent.answer.status : sent.kind)
    return sent.kind === "answer" ? sent.answer : undefined
  }
  const first = await ask()
  if (first === undefined) return "no answer"
  const problem = problemOf(place, one, side, first)
  if (problem !== undefined)
    return `${problem}: ${first.status} ${first.body.toString().slice(0, 500)}`
  if (one.spoil !== "replayed") return undefined
  const second = await ask()
  return second?.status === 401 ? undefined : `played again it was ${second?.status}`
}

function problemOf(
  { key, canaries }: RelayPlace,
  { spoil, body }: RelayCase,
  { nonce }: RelaySide,
  { status, headers, body: told }: RawAnswer,
): string | undefined {
  const text = told.toString("utf8")
  if (canaries.some((canary) => text.includes(canary))) return "a secret is told"
  if (/\n\s+at |node_modules|src\/relay/.test(text.replaceAll("\\n", "\n")))
    return "it shows a stack"
  const signature = headers.get(SIGNATURE_HEADER)
  const isAccepted = spoil === "not at all" || spoil === "replayed" || spoil === "deadline passed"
  if (!isAccepted && !isUnchanged(spoil, body)) {
    if (status !== 401) return "it must be 401"
    return signature === undefined ? undefined : "who is not known got a signed answer"
  }
  const allowed = spoil === "deadline passed" ? [503] : [200, 400, 403]
  if (!allowed.includes(status)) return `it must be ${allowed.join(" or ")}`
  const bodyHash = createHash("sha256").update(told).digest("hex")
  const expected = createHmac("sha256", key.secret)
    .update(answerText({ nonce, status, bodyHash }))
    .digest("hex")
  return signature === expected ? undefined : "the answer is not signed as it should be"
}

/** A body of nothing cannot be cut. */
function isUnchanged(spoil: RelayCase["spoil"], body: Uint8Array): boolean {
  return spoil === "body cut" && body.length === 0
}

function sideOf({ key, narrow, url }: RelayPlace): RelaySide {
  const nonce = randomBytes(16).toString("hex")
  return { key, other: narrow, audience: new URL(url).origin, nowMs: Date.now(), nonce }
}

const ACCOUNT = { id: "101", ledger: 1, code: 1, flags: ["history"] }
const TRANSFER = {
  id: "201",
  debit_account_id: "101",
  credit_account_id: "102",
  amount: "5",
  ledger: 1,
  code: 1,
  flags: ["linked"],
}
const EXAMPLES: Readonly<Record<(typeof RELAY_OPERATIONS)[number], unknown>> = {
  create_accounts: { accounts: [ACCOUNT, { ...ACCOUNT, id: "102", flags: [] }] },
  create_transfers: { transfers: [TRANSFER, { ...TRANSFER, id: "202", flags: [] }] },
  lookup_accounts: { ids: ["101", "340282366920938463463374607431768211455"] },
  lookup_transfers: { ids: ["201"] },
  get_account_transfers: { filter: { account_id: "101", limit: 10, flags: ["debits", "credits"] } },
  get_account_balances: { filter: { account_id: "101", limit: 10, flags: ["debits", "credits"] } },
  query_accounts: { filter: { limit: 10, ledger: 1 } },
  query_transfers: { filter: { limit: 10, code: 1 } },
  fence_transfer: { id: "301" },
}

const relayCase: fc.Arbitrary<RelayCase> = fc.constantFrom(...RELAY_OPERATIONS).chain((operation) =>
  fc.record({
    path: fc.constant(operationPath(operation)),
    body: bodyArbitrary(EXAMPLES[operation]).map((bytes) => bytes ?? new Uint8Array()),
    spoil: fc.oneof(
      { weight: 1, arbitrary: fc.constant("not at all" as const) },
      { weight: 2, arbitrary: fc.constantFrom(...SPOILS) },
    ),
    at: fc.nat(),
  }),
)
