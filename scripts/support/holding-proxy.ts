// Holding proxy: stands before a server and, when asked to, keeps one of its replies back: the moment in which the
// server has done its work and the caller does not know it yet. It can also do to requests what networks and
// failing servers do, as planned by relay-faults.ts.
// Owns: the connections on both sides. What passes, passes as it is; nothing here can sign.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { setTimeout as pause } from "node:timers/promises"
import { always, type FaultPlan } from "./relay-faults.ts"

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

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const FAILURE: Reply = { status: 500, headers: {}, body: Buffer.from("The server failed.") }

export class HoldingProxy {
  readonly url: string
  /** What becomes of each request, from now on. */
  faults: FaultPlan = always({ kind: "pass" })
  /** Requests that got as far as here. */
  requests = 0
  readonly #target: string
  readonly #port: number
  readonly #holds: Hold[] = []
  readonly #closing = new AbortController()
  #server: Server | undefined

  static async start(target: string): Promise<HoldingProxy> {
    const server = createServer()
    const port = await listen(server, 0)
    const proxy = new HoldingProxy(target, port)
    proxy.#serve(server)
    return proxy
  }

  private constructor(target: string, port: number) {
    this.#target = target
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
  }

  /** Resolves when the next reply to a request whose path ends so is there and held. */
  holdNextReply(pathEnding: string): Promise<HeldReply> {
    return new Promise((reached) => this.#holds.push({ pathEnding, reached }))
  }

  /** Breaks all connections and refuses new ones, as if nobody listened here any more. */
  async refuse(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  /** Listens again, at the same address. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer()
    await listen(server, this.#port)
    this.#serve(server)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.refuse()
  }

  #serve(server: Server): void {
    this.#server = server
    server.on("request", (request, response) => {
      this.requests += 1
      this.#handle(request, response).catch(() => {
        // The server behind is down, or the caller is gone: both see a broken connection, as without a proxy.
        response.destroy()
      })
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults()
    const body = await buffer(request)
    const forward = () => this.#forward(request, body)
    switch (fault.kind) {
      case "pass":
        return this.#hand(request, response, await forward())
      case "delay_request":
        await this.#pause(fault.ms)
        return this.#hand(request, response, await forward())
      case "delay_reply": {
        const reply = await forward()
        await this.#pause(fault.ms)
        return this.#hand(request, response, reply)
      }
      case "fail_before":
        return answer(response, FAILURE)
      case "fail_after":
        await forward()
        return answer(response, FAILURE)
      case "cut_before":
        response.destroy()
        return
      case "cut_after":
        await forward()
        response.destroy()
        return
      case "hang":
        return
    }
  }

  #hand(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
    const hand = () => answer(response, reply)
    const at = this.#holds.findIndex(({ pathEnding }) => request.url?.endsWith(pathEnding) === true)
    const [hold] = at < 0 ? [] : this.#holds.splice(at, 1)
    if (hold === undefined) hand()
    else hold.reached({ release: hand, lose: () => response.destroy() })
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
      HOP_HEADERS.has(name) ? [] : values.map((value): [string, string] => [name, value]),
    )
    const method = request.method ?? "GET"
    const reply = await fetch(this.#target + (request.url ?? "/"), {
      method,
      headers,
      ...(method === "GET" || method === "HEAD" ? {} : { body }),
    })
    return {
      status: reply.status,
      headers: Object.fromEntries(reply.headers),
      body: Buffer.from(await reply.arrayBuffer()),
    }
  }

  // Nothing is to keep the process alive once the proxy is closed.
  #pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#closing.signal })
  }
}

function answer(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers)
  response.end(body)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Concern one connection, not the message; `fetch` sets its own. */
const HOP_HEADERS = new Set([
  "connection",
  "host",
  "content-length",
  "keep-alive",
  "transfer-encoding",
])
