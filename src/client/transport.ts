// Transport: one request to the contract and its answer, asked again where that is safe.
// Owns: the token, the tries, what an answer that is no success becomes. Must not touch: what a route means.
//   T1. Only what may happen twice is asked again: a lost answer says nothing about what was done.
//   T2. An aborted signal ends everything at once, with the signal's own reason.
//   T3. Nobody is waited for without end. Who listened and said nothing in all the time there was is not asked again.
//   T4. An answer is believed when it has the shape it should have.

import { BelayClientError } from "./error.ts"
import { Limit } from "./limit.ts"
import { pathOf } from "./path.ts"
import { backoffMs, pause } from "./pause.ts"
import type { Shape } from "./shape.ts"

export interface TransportOptions {
  /** Where the Worker answers: "https://belay.example.com", with a path in front of /v1 if there is one. */
  readonly url: string
  readonly token?: string | undefined
  /** How long an answer may take, beyond what the server was asked to wait; 30 s unless given. */
  readonly answerTimeoutMs?: number | undefined
  /** Instead of the global one, e.g. a service binding's. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Instead of the global one. Without it there are no sockets where `fetch` is given: it may lead elsewhere. */
  readonly webSocket?: ((url: string, protocols: readonly string[]) => Socket) | undefined
}

/** What is used of a WebSocket. */
export interface Socket {
  send(text: string): void
  close(): void
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: Event) => void,
  ): void
}

type Parameter = string | number | undefined

/** A question whose answer is read as JSON. */
export interface AskedJson extends Asked {
  /** What the answer must have. */
  readonly shape: Shape
  /** What it may be; any success unless given. */
  readonly statuses?: readonly number[]
}

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** Parts of the path, each to be percent-encoded. */
  readonly path: readonly string[]
  /** A list is a parameter that is given several times. */
  readonly query?: Readonly<Record<string, Parameter | readonly Parameter[]>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long the server may hold the question open. */
  readonly waitMs?: number | undefined
  /** Sent as JSON; `undefined` sends none. */
  readonly body?: unknown
  /** May happen twice. */
  readonly isRepeatable: boolean
  readonly signal?: AbortSignal | undefined
}

const TRIES_MAX = 5

const ANSWER_TIMEOUT_MS = 30_000

/** Longest `Retry-After` that is waited for. */
const RETRY_AFTER_MS_MAX = 60_000

/** Status of what got no answer. */
const NO_ANSWER = 0

/** Answers that say "not now": the contract's, and those of proxies in between. */
const PASSING: ReadonlySet<number> = new Set([NO_ANSWER, 429, 502, 503, 504])

interface Refusal {
  readonly error: BelayClientError
  /** Nobody said anything in time. */
  readonly isOver?: boolean
  readonly retryAfterMs: number | undefined
}

export class Transport {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly #webSocket: TransportOptions["webSocket"]
  readonly #token: string | undefined
  readonly #answerTimeoutMs: number

  constructor({ url, token, answerTimeoutMs, fetch: given, webSocket }: TransportOptions) {
    this.#base = url.replace(/\/+$/, "")
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.#answerTimeoutMs = answerTimeoutMs ?? ANSWER_TIMEOUT_MS
    // Called as a plain function: the global one takes no other `this`.
    this.#fetch = given ?? ((target, init) => fetch(target, init))
    this.#webSocket = webSocket ?? (given === undefined ? globalSocket : undefined)
    this.#token = token
  }

  /** A socket on its way to be open; `undefined` where there are none. */
  socket(path: readonly string[], query: Readonly<Record<string, string>>): Socket | undefined {
    const address = `${this.#base.replace(/^http/, "ws")}${pathOf(path)}`
    // No header can be set on a socket.
    const bearer = this.#token === undefined ? [] : [`belay.bearer.${protocolText(this.#token)}`]
    const search = new URLSearchParams(query).toString()
    return this.#webSocket?.(`${address}?${search}`, ["belay.events", ...bearer])
  }

  /** The JSON of a successful answer, and its status. @throws BelayClientError */
  json<T>(asked: AskedJson): Promise<{ readonly status: number; readonly body: T }> {
    return this.#asked(asked, (response) => this.#jsonOf<T>(asked, response))
  }

  /** A successful answer, its body unread. @throws BelayClientError */
  open(asked: Asked): Promise<Response> {
    return this.#asked(asked, (response) => Promise.resolve(response))
  }

  /** What answers is something else than it should be. */
  stranger({ method = "GET", path }: Asked, status: number, what: string): BelayClientError {
    const asked = `${method} ${shownPath(path)}`
    const message = `What answers at ${this.#base} does not seem to be Belay: its answer (${status}) to ${asked} is not what it should be: ${what}.`
    return new BelayClientError({ code: "bad_answer", message, status })
  }

  async #asked<T>(asked: Asked, read: (response: Response) => Promise<T>): Promise<T> {
    const address = `${this.#base}${pathOf(asked.path)}${searchOf(asked)}`
    for (let tries = 1; ; tries++) {
      const outcome = await this.#try(asked, address, read)
      if (!("error" in outcome)) return outcome.answer
      const isLast = !asked.isRepeatable || outcome.isOver === true || tries >= TRIES_MAX
      if (isLast || !PASSING.has(outcome.error.status)) throw outcome.error
      await pause(outcome.retryAfterMs ?? backoffMs(tries), asked.signal)
    }
  }

  async #try<T>(
    { method = "GET", headers, body, waitMs = 0, signal }: Asked,
    address: string,
    read: (response: Response) => Promise<T>,
  ): Promise<{ readonly answer: T } | Refusal> {
    signal?.throwIfAborted()
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const limit = new Limit(this.#answerTimeoutMs + waitMs, signal)
    let response: Response | undefined
    try {
      response = await this.#fetch(address, {
        method,
        headers: {
          ...this.#headers,
          ...(sent === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
        signal: limit.signal,
      })
      return response.ok
        ? { answer: await read(response) }
        : refusalOf(response, await response.text())
    } catch (cause) {
      signal?.throwIfAborted()
      const retryAfterMs = undefined
      if (limit.isOver) return { error: limit.error(), isOver: true, retryAfterMs }
      // It came, and is not what it should be.
      if (cause instanceof BelayClientError) throw cause
      const message = `No answer came: ${cause instanceof Error ? cause.message : String(cause)}`
      const error = new BelayClientError({ code: "network", message, status: NO_ANSWER, cause })
      return { error, retryAfterMs }
    } finally {
      limit.clear()
    }
  }

  async #jsonOf<T>(
    asked: AskedJson,
    response: Response,
  ): Promise<{ readonly status: number; readonly body: T }> {
    const { status } = response
    const text = await wholeText(response)
    const body = jsonIn(text)
    const problem = body === NO_JSON ? "it is no JSON" : problemOf(asked, status, body)
    if (problem !== undefined) throw this.stranger(asked, status, problem)
    return { status, body: body as T }
  }
}

/** The token of a promise is the right to settle it: no message has it. */
function shownPath([version = "", kind = "", first, ...others]: readonly string[]): string {
  const shown = first === undefined ? [] : [kind === "promises" ? "…" : first, ...others]
  return `/${[version, kind, ...shown].join("/")}`
}

function searchOf({ query = {}, waitMs }: Asked): string {
  const parameters = new URLSearchParams()
  for (const [name, given] of Object.entries({ ...query, wait: waitMs })) {
    for (const value of [given].flat()) {
      if (value !== undefined) parameters.append(name, String(value))
    }
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`
}

/** @throws BelayClientError when it breaks off */
async function wholeText(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    const { status } = response
    const message = `The answer (${status}) broke off.`
    throw new BelayClientError({ code: "bad_answer", message, status, cause })
  }
}

const NO_JSON = Symbol("no JSON")

function jsonIn(text: string): unknown {
  if (text === "") return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    // A page of something else: said by who asked for it.
    return NO_JSON
  }
}

function problemOf(
  { shape, statuses }: AskedJson,
  status: number,
  body: unknown,
): string | undefined {
  if (statuses !== undefined && !statuses.includes(status)) {
    return `the status is not ${statuses.join(" or ")}`
  }
  return shape(body, "")
}

/** Percent-encoded, with what a protocol's name may not have. */
function protocolText(token: string): string {
  return encodeURIComponent(token).replaceAll(/[()]/g, (sign) => (sign === "(" ? "%28" : "%29"))
}

const globalSocket: TransportOptions["webSocket"] =
  typeof WebSocket === "undefined"
    ? undefined
    : (url, protocols) => new WebSocket(url, [...protocols])

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
