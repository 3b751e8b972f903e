// Connection: one answer of the route of a run's events, read until it ends or breaks.
// Owns: what is believed of a stream, and how long it may be silent. Must not touch: when to connect again (events.ts).

import { BelayClientError } from "./error.ts"
import { EventText } from "./event-text.ts"
import type { RunEvent } from "./run-event.ts"
import { Limit } from "./limit.ts"
import { EVENTS } from "./shapes.ts"
import type { Transport } from "./transport.ts"

/** The server says something every 15 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 45_000

const EVENT_STREAM = "text/event-stream"

export class Connection {
  readonly #transport: Transport
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #text = new EventText()
  /** There is nothing behind the id that was given. */
  isAtEnd = false

  constructor(transport: Transport, signal: AbortSignal | undefined) {
    this.#transport = transport
    this.#signal =
      signal === undefined ? this.#abort.signal : AbortSignal.any([this.#abort.signal, signal])
  }

  get retryMs(): number | undefined {
    return this.#text.retryMs
  }

  close(): void {
    this.#abort.abort()
  }

  /** @throws BelayClientError `bad_answer` for what is no stream of a run's events, `network` for one that is silent */
  async *read<Result>(
    id: string,
    lastEventId: string | undefined,
  ): AsyncGenerator<RunEvent<Result>, void> {
    const asked = {
      path: ["v1", "runs", id, "events"],
      headers: {
        accept: EVENT_STREAM,
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
      isRepeatable: true,
      signal: this.#signal,
    }
    const response = await this.#transport.open(asked)
    const stranger = (what: string) => this.#transport.stranger(asked, response.status, what)
    if (response.status === 204) {
      this.isAtEnd = true
      return
    }
    const type = response.headers.get("content-type") ?? "nothing said of what it is"
    if (!type.startsWith(EVENT_STREAM))
      throw stranger(`a stream of events is wanted, this is ${type}`)
    let isEmpty = true
    for await (const text of this.#pieces(response)) {
      isEmpty = false
      for (const { id: eventId, event, data } of this.#text.add(text)) {
        // A newer server may tell more.
        if (eventId === undefined || !isKnown(event)) continue
        const told = jsonOf(data)
        const problem = told === undefined ? "no JSON" : EVENTS[event](told, "")
        if (problem !== undefined) throw stranger(`the event ${eventId} (${event}): ${problem}`)
        yield { event, id: eventId, data: told } as RunEvent<Result>
      }
    }
    // The server says at once when to come back: a way that is closed before is broken.
    if (isEmpty) throw broken("The stream of events ended before anything came.")
  }

  async *#pieces({ body }: Response): AsyncGenerator<string, void> {
    if (body === null) return
    const decoder = new TextDecoder()
    // Not `for await`: not every browser has it for streams.
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    for (;;) {
      const { done, value } = await this.#withinSilence(reader.read())
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  }

  async #withinSilence<T>(reading: Promise<T>): Promise<T> {
    const limit = new Limit(SILENCE_MS, undefined)
    limit.signal.addEventListener("abort", () => this.#abort.abort())
    try {
      return await reading
    } catch (cause) {
      if (limit.isOver) throw limit.error()
      throw broken("The stream of events broke off.", cause)
    } finally {
      limit.clear()
    }
  }
}

function isKnown(event: string): event is keyof typeof EVENTS {
  return Object.hasOwn(EVENTS, event)
}

function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch {
    // Said by who asked for it.
    return undefined
  }
}

function broken(message: string, cause?: unknown): BelayClientError {
  return new BelayClientError({ code: "network", message, status: 0, cause })
}
