// Ask: one question of the protocol over a connection that is kept open, so that the answer's time is the engine's.
// Owns: the connections to one process of a peer. A process that is killed takes them along.

import { Agent, request } from "node:http"

/** The engine has nothing for the question; the message says why. */
export class UnsupportedQuestion extends Error {
  override readonly name = "UnsupportedQuestion"
}

export class Asker {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity })

  constructor(port: number) {
    this.#port = port
  }

  /** @throws UnsupportedQuestion, or Error when the answer is none or comes too late */
  async ask(path: string, body: unknown, timeoutMs: number): Promise<unknown> {
    const { status, text } = await this.#post(path, JSON.stringify(body ?? {}), timeoutMs)
    const answer = JSON.parse(text) as unknown
    if (status === 200) return answer
    const { reason = text } = Object(answer) as { readonly reason?: string }
    if (status === 501) throw new UnsupportedQuestion(reason)
    throw new Error(`POST ${path} was answered with ${status}: ${reason}`)
  }

  close(): void {
    this.#agent.destroy()
  }

  #post(
    path: string,
    body: string,
    timeoutMs: number,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          path,
          method: "POST",
          agent: this.#agent,
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          },
        },
        (response) => {
          let text = ""
          response.setEncoding("utf8")
          response.on("data", (chunk: string) => (text += chunk))
          response.once("error", fail)
          response.once("end", () => {
            clearTimeout(timer)
            resolve({ status: response.statusCode ?? 0, text })
          })
        },
      )
      const timer = setTimeout(() => {
        call.destroy(new Error(`POST ${path} had no answer after ${timeoutMs} ms.`))
      }, timeoutMs)
      const fail = (error: Error) => {
        clearTimeout(timer)
        reject(error)
      }
      call.once("error", fail)
      call.end(body)
    })
  }
}
