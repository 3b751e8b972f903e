// What stands in a relay's place: servers that answer as they like, addresses where nobody listens, and relays that
// exist in memory only with a client of them, for tests of who is asked when.
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import type { CallOptions } from "../../src/ledger/ledger.ts"
import type { Fetch } from "../../src/ledger/relay-call.ts"
import { RelayMarks } from "../../src/ledger/relay-choice.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { NONCE_HEADER, SIGNATURE_HEADER } from "../../src/ledger/signature.ts"
import { hashBytes, RelaySigner } from "../../src/relay/access/relay-signer.ts"
import { KEY } from "./relay-kit.ts"

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server that answers in the relay's place. */
export async function impostor(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address where nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

export type FetchInit = Parameters<Fetch>[1]

/** What a relay in memory does with a request. */
export type RelayDouble = (init: FetchInit) => Promise<Response>

/** A `fetch` to these relays, by address, that notes which were asked, and with what. */
function fetchTo(relays: Readonly<Record<string, RelayDouble>>): {
  readonly fetch: Fetch
  readonly asked: string[]
  readonly requests: FetchInit[]
} {
  const asked: string[] = []
  const requests: FetchInit[] = []
  return {
    asked,
    requests,
    fetch: (url, init) => {
      const { origin } = new URL(url)
      asked.push(origin)
      requests.push(init)
      const relay = relays[origin]
      return relay === undefined ? Promise.reject(new Error(`No relay ${origin}.`)) : relay(init)
    },
  }
}

/** Answers like a relay, with its signature. */
export function answering(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RelayDouble {
  return async (init) => {
    const text = JSON.stringify(body)
    const nonce = init.headers[NONCE_HEADER] ?? ""
    const signature = new RelaySigner(KEY.secret).sign({ nonce, status, bodyHash: hashBytes(text) })
    return new Response(text, { status, headers: { ...headers, [SIGNATURE_HEADER]: signature } })
  }
}

/** Refuses like a relay, with its signature. */
export function refusing(status: number, code: string, message: string): RelayDouble {
  return answering(status, { error: { code, message }, submitted: false })
}

/** Never answers. */
export const hanging: RelayDouble = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error))
  })

/** Its connection is refused, and the runtime says so. */
export const dead: RelayDouble = () => {
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" })
  return Promise.reject(new TypeError("fetch failed", { cause }))
}

/** Its connection is refused, and the runtime does not say so. */
export const gone: RelayDouble = () => Promise.reject(new TypeError("Network connection lost."))

/** Does so after this time, unless nobody waits any more. */
export function after(waitMs: number, relay: RelayDouble): RelayDouble {
  return (init) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(relay(init)), waitMs)
      init.signal.addEventListener("abort", () => {
        clearTimeout(timer)
        reject(init.signal.reason as Error)
      })
    })
}

export const CREATED = {
  class: "success",
  status: "created",
  statusNumber: 4_294_967_295,
  timestamp: "5",
}

/** The answer to one event. */
export const ANSWER = answering(200, { outcomes: [CREATED] })

/** An id whose request asks these relays in this order. */
export function idFor(urls: readonly string[]): bigint {
  for (let id = 1n; id < 10_000n; id++) {
    const order = new RelayMarks().order(urls, String(id)).map(({ url }) => url)
    if (order.join() === urls.join()) return id
  }
  throw new Error(`No id asks ${urls.join()} in this order.`)
}

/** A client of relays in memory, asked in the order given; the clock of its marks is moved by the test only. */
export function clientOf(relays: Readonly<Record<string, RelayDouble>>, timeoutMs = 1_000) {
  const clock = { nowMs: 1_000_000 }
  const { fetch, asked, requests } = fetchTo(relays)
  const urls = Object.keys(relays) as [string, ...string[]]
  const marks = new RelayMarks(() => clock.nowMs)
  const ledger = new RelayLedger({ urls, key: KEY, timeoutMs, marks, fetch })
  const id = idFor(urls)
  const create = (options?: CallOptions) =>
    ledger.createAccounts([{ id, ledger: 1, code: 1 }], options)
  const lookUp = () => ledger.lookupAccounts([id])
  /** Who would be asked first, next and last now. */
  const order = () => marks.order(urls, String(id)).map(({ url }) => url)
  return { clock, marks, asked, requests, ledger, create, lookUp, order }
}

/** What the promise is rejected with, which must be an error of the ledger's. */
export async function failure(promise: Promise<unknown>): Promise<LedgerError> {
  const error: unknown = await promise.then(
    () => "nothing was thrown",
    (reason: unknown) => reason,
  )
  if (error instanceof LedgerError) return error
  throw new Error("Expected a LedgerError.", { cause: error })
}
