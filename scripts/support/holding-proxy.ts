// Holding proxy: stands before a server and, when asked to, keeps one of its replies back: the moment in which the
// server has done its work and the caller does not know it yet.
// Owns: the holding. Requests and replies pass as they are.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

/** A reply that the server has given and the caller has not got. */
export interface HeldReply {
  /** Hands it over after all. */
  release(): void
  /** It is lost: the caller's connection breaks. */
  lose(): void
}

interface Hold {
  readonly pathEnding: string
  readonly reached: (reply: HeldReply) => void
}

export class HoldingProxy {
  readonly #server: Server
  readonly #target: string
  readonly #holds: Hold[] = []

  static async start(target: string): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(target)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject)
      proxy.#server.listen(0, "127.0.0.1", resolve)
    })
    return proxy
  }

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => {
      this.#pass(request, response).catch(() => {
        // The server behind is down, or the caller is gone: both see a broken connection, as without a proxy.
        response.destroy()
      })
    })
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** Resolves when the next reply to a request whose path ends so is there and held. */
  holdNextReply(pathEnding: string): Promise<HeldReply> {
    return new Promise((reached) => this.#holds.push({ pathEnding, reached }))
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
      HOP_HEADERS.has(name) ? [] : values.map((value): [string, string] => [name, value]),
    )
    const method = request.method ?? "GET"
    const body = await buffer(request)
    const reply = await fetch(this.#target + (request.url ?? "/"), {
      method,
      headers,
      ...(method === "GET" || method === "HEAD" ? {} : { body }),
    })
    const text = Buffer.from(await reply.arrayBuffer())
    const hand = () => {
      response.writeHead(reply.status, Object.fromEntries(reply.headers))
      response.end(text)
    }
    const at = this.#holds.findIndex(({ pathEnding }) => request.url?.endsWith(pathEnding) === true)
    const [hold] = at < 0 ? [] : this.#holds.splice(at, 1)
    if (hold === undefined) hand()
    else hold.reached({ release: hand, lose: () => response.destroy() })
  }
}

/** Concern one connection, not the message; `fetch` sets its own. */
const HOP_HEADERS = new Set([
  "connection",
  "host",
  "content-length",
  "keep-alive",
  "transfer-encoding",
])
