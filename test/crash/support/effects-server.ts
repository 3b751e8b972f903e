// Effects server: the outside world of the crash tests. It lives in the test's process, so what steps did to it
// survives every kill of the runtime.
// Owns: the count of effects and the failures a test asks for. One server a test.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { waitUntil } from "../../../scripts/support/wait-until.ts"

/** One request of a step; a step that is attempted again makes several with one key. */
export interface Effect {
  readonly name: string
  readonly key: string
  readonly attempt: number
  readonly atMs: number
  /** The headers of its trace, where it had some. */
  readonly traceparent?: string
  readonly tracestate?: string
}

type Manner = "answer" | "hold" | "refuse"

export class EffectsServer {
  readonly effects: Effect[] = []
  /** Wakes of stumbling objects, with the instant of each. */
  readonly stumblesAtMs: number[] = []
  /** How many wakes are to be broken. */
  stumblesMax = 0
  readonly #manners = new Map<string, Manner>()
  readonly #server: Server

  static async start(): Promise<EffectsServer> {
    const server = new EffectsServer()
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject)
      server.#server.listen(0, "127.0.0.1", resolve)
    })
    return server
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on effects of this name are counted and then answered so. `hold`: never. */
  treat(name: string, manner: Manner): void {
    this.#manners.set(name, manner)
  }

  /** Resolves when the name's n-th effect has come. */
  arrival(name: string, number: number, timeoutMs: number): Promise<Effect> {
    return waitUntil(`effect ${number} of "${name}"`, timeoutMs, () => this.of(name)[number - 1])
  }

  of(name: string): Effect[] {
    return this.effects.filter((effect) => effect.name === name)
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, name = ""] = (request.url ?? "").split("/")
    const body = await text(request)
    if (kind === "stumbles") {
      this.stumblesAtMs.push(Date.now())
      response.end(this.stumblesAtMs.length <= this.stumblesMax ? "broken" : "whole")
      return
    }
    const { key, attempt } = JSON.parse(body) as { key: string; attempt: number }
    const { traceparent, tracestate } = request.headers
    this.effects.push({
      name,
      key,
      attempt,
      atMs: Date.now(),
      ...(typeof traceparent === "string" && { traceparent }),
      ...(typeof tracestate === "string" && { tracestate }),
    })
    const manner = this.#manners.get(name) ?? "answer"
    if (manner === "hold") return
    response.writeHead(manner === "refuse" ? 500 : 204)
    response.end()
  }
}
