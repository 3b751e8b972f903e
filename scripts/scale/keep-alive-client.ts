// Keep-alive client: requests over connections that stay open, with so many callers at once.
// Owns: the connections. A fetch per request would cost this process more than the server's answer costs the server.

import { Agent, request } from "node:http"

export class KeepAliveClient {
  readonly #url: string
  readonly #agent: Agent

  constructor(url: string, callers: number) {
    this.#url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: callers })
  }

  get(path: string): Promise<unknown> {
    return this.#send("GET", path, undefined)
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#send("POST", path, JSON.stringify(body))
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body: string | undefined): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const headers =
      body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    const sent = request(this.#url + path, { method, agent: this.#agent, headers }, (answer) => {
      let text = ""
      answer.setEncoding("utf8")
      answer.on("data", (chunk: string) => (text += chunk))
      answer.on("error", reject)
      answer.on("end", () => {
        const status = answer.statusCode ?? 0
        if (status < 300) resolve(text === "" ? undefined : JSON.parse(text))
        else reject(new Error(`${status} from ${method} ${path}: ${text.slice(0, 300)}`))
      })
    })
    sent.on("error", reject)
    sent.end(body)
    return promise
  }
}

/** So many at a time of the work for 0 to `count` - 1. */
export async function eachOf(
  count: number,
  callers: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const caller = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
}
