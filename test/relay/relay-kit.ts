// What the relay's tests share: a relay on a free port, requests signed by hand, and ledgers that misbehave.
import { afterEach } from "vitest"
import type { LedgerOperations } from "../../src/ledger/ledger.ts"
import {
  AUDIENCE_HEADER,
  DEADLINE_HEADER,
  EdgeSigner,
  hashBody,
  KEY_HEADER,
  makeNonce,
  NONCE_HEADER,
  type RelayKey,
  SIGNATURE_HEADER,
  TIME_HEADER,
} from "../../src/ledger/signature.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import type { LedgerBackend } from "../../src/relay/ledger-backend.ts"
import { Relay, type RelayOptions } from "../../src/relay/relay.ts"
import type { RelayLogEntry } from "../../src/relay/relay-log.ts"

export const KEY: RelayKey = { id: "test", secret: "a secret for the relay's tests" }

const relays: Relay[] = []

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.drain()))
})

/** A relay with an embedded ledger in memory unless told otherwise; drained after the test. */
export async function startRelay(
  options: Partial<RelayOptions> = {},
): Promise<{ relay: Relay; log: RelayLogEntry[] }> {
  const log: RelayLogEntry[] = []
  const relay = await Relay.start({
    ledger: new EmbeddedLedger({ path: IN_MEMORY }),
    keys: new Map([[KEY.id, KEY.secret]]),
    drainGraceMs: 50,
    log: (entry) => log.push(entry),
    ...options,
  })
  relays.push(relay)
  return { relay, log }
}

export interface SignedParts {
  readonly key?: RelayKey
  readonly path?: string
  readonly audience?: string
  readonly timeMs?: number
  readonly nonce?: string
  readonly deadlineMs?: number
}

/** The init of a request that the relay accepts, to be tampered with. */
export async function sign(
  body: string,
  parts: SignedParts = {},
): Promise<{ method: "POST"; headers: Record<string, string>; body: string }> {
  const headers = await signBytes(new TextEncoder().encode(body), parts)
  return { method: "POST", headers, body }
}

/** The headers that make the relay accept these bytes. */
export async function signBytes(
  body: Uint8Array,
  parts: SignedParts = {},
): Promise<Record<string, string>> {
  const { key = KEY, path = "/v1/lookup_accounts", timeMs = Date.now() } = parts
  const { nonce = makeNonce(), audience = "http://127.0.0.1" } = parts
  const signer = new EdgeSigner(key)
  const bodyHash = await hashBody(body)
  const signature = await signer.sign({
    method: "POST",
    path,
    audience,
    timeMs,
    nonce,
    bodyHash,
  })
  const headers: Record<string, string> = {
    "content-type": "application/json",
    [KEY_HEADER]: key.id,
    [AUDIENCE_HEADER]: audience,
    [TIME_HEADER]: String(timeMs),
    [NONCE_HEADER]: nonce,
    [SIGNATURE_HEADER]: signature,
  }
  if (parts.deadlineMs !== undefined) headers[DEADLINE_HEADER] = String(parts.deadlineMs)
  return headers
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly signed: boolean
  readonly headers: Headers
}

/** Sends it as it is. */
export async function send(
  relay: Relay,
  init: RequestInit,
  path = "/v1/lookup_accounts",
): Promise<Reply> {
  const response = await fetch(`${relay.url}${path}`, init)
  return {
    status: response.status,
    body: await response.json(),
    signed: response.headers.has(SIGNATURE_HEADER),
    headers: response.headers,
  }
}

/** Signs and sends. */
export async function ask(
  relay: Relay,
  path: string,
  body: unknown,
  parts: SignedParts = {},
): Promise<Reply> {
  return send(relay, await sign(JSON.stringify(body), { ...parts, path }), path)
}

/** The page of metrics, as a scraper on the same machine gets it. */
export async function readMetrics(relay: Relay): Promise<string> {
  const response = await fetch(`${relay.url}/metrics`)
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`)
  return response.text()
}

/** A ledger made of these methods; the others are never to be called. */
export function ledgerOf(methods: Partial<LedgerOperations>): LedgerBackend {
  const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was called`))
  return {
    description: { kind: "embedded", place: "a test", note: "for this test only" },
    createAccounts: unexpected("createAccounts"),
    createTransfers: unexpected("createTransfers"),
    lookupAccounts: unexpected("lookupAccounts"),
    lookupTransfers: unexpected("lookupTransfers"),
    getAccountTransfers: unexpected("getAccountTransfers"),
    getAccountBalances: unexpected("getAccountBalances"),
    queryAccounts: unexpected("queryAccounts"),
    queryTransfers: unexpected("queryTransfers"),
    close: () => undefined,
    ...methods,
  }
}

/** A call that the test settles when it likes, or never. */
export function heldCall<Result>(): {
  readonly promise: Promise<Result>
  readonly resolve: (result: Result) => void
} {
  const { promise, resolve } = Promise.withResolvers<Result>()
  return { promise, resolve }
}
