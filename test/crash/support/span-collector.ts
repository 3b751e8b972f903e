// Span collector: whoever gathers spans. It lives in the test's process and outlives every kill of the runtime.
// Owns: what has arrived, and whether it is there. Invariant: it takes nothing that is not OTLP as it is written down.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { readOtlp, type ReadSpan } from "../../support/otlp-reader.ts"
import { SpanForest } from "../../support/span-forest.ts"

/** `answer`: takes all. `refuse`: 503. `hang`: never answers. */
type Manner = "answer" | "refuse" | "hang"

export class SpanCollector {
  readonly arrived: ReadSpan[] = []
  /** Posts of all manners. */
  posts = 0
  /** What came that is no OTLP. */
  readonly faults: unknown[] = []
  readonly headers: IncomingMessage["headers"][] = []
  manner: Manner = "answer"
  readonly #server: Server

  static async start(): Promise<SpanCollector> {
    const collector = new SpanCollector()
    await new Promise<void>((resolve, reject) => {
      collector.#server.once("error", reject)
      collector.#server.listen(0, "127.0.0.1", resolve)
    })
    return collector
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        this.faults.push(error)
        response.writeHead(400).end()
      })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get forest(): SpanForest {
    return new SpanForest(this.arrived)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    this.posts++
    this.headers.push(request.headers)
    if (this.manner === "hang") return
    if (this.manner === "refuse") return void response.writeHead(503).end()
    const { method, url, headers } = request
    if (`${method} ${url}` !== "POST /v1/traces") throw new Error(`${method} ${url}`)
    if (headers["content-type"] !== "application/json") throw new Error("It is no JSON.")
    this.arrived.push(...readOtlp(body))
    response.writeHead(200, { "content-type": "application/json" }).end("{}")
  }
}
