// Transport: one request to the contract and its answer, asked again where that is safe.
// Owns: the token, the tries, what an answer that is no success becomes. Must not touch: what a route means.
//   T1. Only what may happen twice is asked again: a lost answer says nothing about what was done.
//   T2. An aborted signal ends everything at once, with the signal's own reason.

import { BelayClientError } from "./error.ts"
import { backoffMs, pause } from "./pause.ts"

export interface TransportOptions {
  /** Where the Worker answers: "https://belay.example.com", with a path in front of /v1 if there is one. */
  readonly url: string
  readonly token?: string | undefined
  /** Instead of the global one, e.g. a service binding's. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

type Parameter = string | number | undefined

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** Parts of the path, each to be percent-encoded. */
  readonly path: readonly string[]
  /** A list is a parameter that is given several times. */
  readonly query?: Readonly<Record<string, Parameter | readonly Parameter[]>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as JSON; `undefined` sends none. */
  readonly body?: unknown
  /** May happen twice. */
  readonly isRepeatable: boolean
  readonly signal?: AbortSignal | undefined
}

const TRIES_MAX = 5

/** Longest `Retry-After` that is waited for. */
const RETRY_AFTER_MS_MAX = 60_000

/** Status of what got no answer. */
const NO_ANSWER = 0

/** Answers that say "not now": the contract's, and those of proxies in between. */
const PASSING: ReadonlySet<number> = new Set([NO_ANSWER, 429, 502, 503, 504])

interface Refusal {
  readonly error: BelayClientError
  readonly retryAfterMs: number | undefined
}

export class Transport {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>

  constructor({ url, token, fetch: given }: TransportOptions) {
    this.#base = url.replace(/\/+$/, "")
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    // Called as a plain function: the global one takes no other `this`.
    this.#fetch = given ?? ((target, init) => fetch(target, init))
  }

  /** The JSON of a successful answer, and its status. @throws BelayClientError */
  async json<T>(asked: Asked): Promise<{ readonly status: number; readonly body: T }> {
    const response = await this.open(asked)
    const { status } = response
    try {
      const text = await response.text()
      return { status, body: (text === "" ? undefined : JSON.parse(text)) as T }
    } catch (cause) {
      asked.signal?.throwIfAborted()
      throw new BelayClientError({
        code: "bad_answer",
        message: `The answer (${status}) broke off or is not JSON.`,
        status,
        cause,
      })
    }
  }

  /** A successful answer, its body unread. @throws BelayClientError */
  async open(asked: Asked): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#try(asked)
      if (outcome instanceof Response) return outcome
      const isLast = !asked.isRepeatable || tries >= TRIES_MAX
      if (isLast || !PASSING.has(outcome.error.status)) throw outcome.error
      await pause(outcome.retryAfterMs ?? backoffMs(tries), asked.signal)
    }
  }

  async #try(asked: Asked): Promise<Response | Refusal> {
    const { method = "GET", path, query = {}, headers, body, signal } = asked
    signal?.throwIfAborted()
    const parameters = new URLSearchParams()
    for (const [name, given] of Object.entries(query)) {
      for (const value of [given].flat()) {
        if (value !== undefined) parameters.append(name, String(value))
      }
    }
    const search = parameters.size === 0 ? "" : `?${parameters.toString()}`
    const sent = body === undefined ? undefined : JSON.stringify(body)
    try {
      const response = await this.#fetch(
        `${this.#base}${path.map((part) => `/${encodeURIComponent(part)}`).join("")}${search}`,
        {
          method,
          headers: {
            ...this.#headers,
            ...(sent === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(sent === undefined ? {} : { body: sent }),
          ...(signal === undefined ? {} : { signal }),
        },
      )
      return response.ok ? response : refusalOf(response, await response.text())
    } catch (cause) {
      signal?.throwIfAborted()
      const message = `No answer came: ${cause instanceof Error ? cause.message : String(cause)}`
      const error = new BelayClientError({ code: "network", message, status: NO_ANSWER, cause })
      return { error, retryAfterMs: undefined }
    }
  }
}

function refusalOf(response: Response, text: string): Refusal {
  const { status } = response
  const message = `The answer is ${status}, without an error of Belay; is this its address?`
  const error = errorIn(text) ?? { code: "bad_answer", message }
  const retryAfterMs = retryAfterMsOf(response)
  return { error: new BelayClientError({ ...error, status }), retryAfterMs }
}

function errorIn(text: string): { code: string; message: string; details?: unknown } | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<Record<string, unknown>> }
    const { code, message, details } = error ?? {}
    if (typeof code !== "string" || typeof message !== "string") return undefined
    return { code, message, ...(details === undefined ? {} : { details }) }
  } catch {
    // A page of some proxy.
    return undefined
  }
}

function retryAfterMsOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? NaN)
  return seconds >= 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MS_MAX) : undefined
}
