// Alert receiver: whoever is told when a run halts. It lives in the test's process and outlives every kill.
// Owns: what has arrived, and how many it refuses first.

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

export interface ReceivedAlert {
  readonly body: string
  readonly signature: string
}

export class AlertReceiver {
  readonly refused: ReceivedAlert[] = []
  readonly accepted: ReceivedAlert[] = []
  refuses = true
  readonly #server: Server

  static async start(): Promise<AlertReceiver> {
    const receiver = new AlertReceiver()
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once("error", reject)
      receiver.#server.listen(0, "127.0.0.1", resolve)
    })
    return receiver
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      text(request).then(
        (body) => {
          const signature = String(request.headers["belay-signature"] ?? "")
          const list = this.refuses ? this.refused : this.accepted
          list.push({ body, signature })
          response.writeHead(this.refuses ? 503 : 204).end()
        },
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      )
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
