// Stubborn client: sends a request again, as it was, until somebody answers for it: a 5xx or no answer at all says nothing
// about what has become of it.
// Owns: patience. Must not touch: what an answer means.

import { setTimeout as pause } from "node:timers/promises"
import type { Answer, JsonClient } from "./json-client.ts"

const RESEND_MS = 300

export interface Stubbornness {
  /** After this long an answer is not waited for any more; for ever unless given. */
  readonly timeoutMs?: number
  /** Told of every request that was answered, with the instant it was sent at, and of every one that was not. */
  readonly answered?: (sentAtMs: number) => void
  readonly unanswered?: () => void
  /** Ends it: what is asked for then is refused. */
  readonly signal?: AbortSignal
}

export class StubbornClient {
  readonly #client: JsonClient
  readonly #manner: Stubbornness

  constructor(client: JsonClient, manner: Stubbornness = {}) {
    this.#client = client
    this.#manner = manner
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path)
  }

  /** @throws Error once its signal is given */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { timeoutMs, answered, unanswered, signal } = this.#manner
    for (;;) {
      signal?.throwIfAborted()
      const sentAtMs = Date.now()
      const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
      try {
        const answer = await this.#client.send(method, path, body, headers, timeout)
        if (answer.status < 500 && answer.status !== 429) {
          answered?.(sentAtMs)
          return answer
        }
      } catch (error) {
        if (!isSilence(error)) throw error
      }
      unanswered?.()
      await pause(RESEND_MS)
    }
  }
}

/** Nobody is there, they died over it, the answer was cut short, or it takes too long. */
function isSilence(error: unknown): boolean {
  const isTooLate = error instanceof DOMException && error.name === "TimeoutError"
  return isTooLate || error instanceof TypeError || error instanceof SyntaxError
}
