// What stands in a relay's place: servers that answer as they like, addresses where nobody listens, and relays that
// exist in memory only, for tests of the order in which they are asked.
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach } from "vitest"
import type { Fetch } from "../../src/ledger/relay-call.ts"
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

type FetchInit = Parameters<Fetch>[1]

/** What a relay in memory does with a request. */
export type RelayDouble = (init: FetchInit) => Promise<Response>

/** A `fetch` to these relays, by address, that notes which were asked. */
export function fetchTo(relays: Readonly<Record<string, RelayDouble>>): {
  readonly fetch: Fetch
  readonly asked: string[]
} {
  const asked: string[] = []
  return {
    asked,
    fetch: (url, init) => {
      const { origin } = new URL(url)
      asked.push(origin)
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
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" })
  return Promise.reject(new TypeError("fetch failed", { cause }))
}

/** Its connection is refused, and the runtime does not say so. */
export const gone: RelayDouble = () => Promise.reject(new TypeError("Network connection lost."))
