// Events: a run watched to its end, over every break of the connection.
// Owns: when to connect again, and from where. Must not touch: the text of the stream (event-text.ts), the wait over a run
// that sleeps (rest.ts).
//   E1. No event twice and none left out: each connection begins behind the last id.
//   E2. It gives up only on an answer that will not change, or after many breaks with nothing new between them.

import { BelayClientError } from "./error.ts"
import { EventText } from "./event-text.ts"
import { backoffMs, pause } from "./pause.ts"
import { rest } from "./rest.ts"
import type { Entry, Run, RunStatus, Thrown } from "./run.ts"
import type { Transport } from "./transport.ts"

/** What changed an entry: its changes in order are the history of its attempts. */
interface EntryChange {
  readonly type:
    | "open"
    | "start"
    | "fail"
    | "completed"
    | "failed"
    | "cancelled"
    | "timed_out"
    | "cancel"
    | "stop"
    | "expire"
    | "operator"
  readonly at: string
  /** When the next attempt is due, of one that failed; when it ends at the latest, of one that begins to wait. */
  readonly dueAt?: string
}

/** What a watcher is told; `id` goes on behind it. */
export type RunEvent<Result = unknown> =
  | {
      readonly event: "entry"
      readonly id: string
      readonly data: Entry & { readonly change: EntryChange }
    }
  | {
      readonly event: "status"
      readonly id: string
      readonly data: {
        readonly status: RunStatus
        readonly generation: number
        readonly error?: Thrown
      }
    }
  /** What is known of the journal counts no more; it follows from its first entry. */
  | {
      readonly event: "reset"
      readonly id: string
      readonly data: {
        readonly reason: "continued" | "rewound" | "recreated"
        readonly generation: number
      }
    }
  | { readonly event: "end"; readonly id: string; readonly data: Run<Result> }

export interface WatchOptions {
  /** Go on behind this event; from the beginning without it. */
  readonly lastEventId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The server says something every 15 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 45_000

/** Over a run at rest the server says to wait so long, or longer. */
const AT_REST_MS = 5_000

/** Breaks in a row with no event between them. */
const BREAKS_MAX = 10

export async function* events<Result>(
  transport: Transport,
  id: string,
  { lastEventId, signal }: WatchOptions,
): AsyncGenerator<RunEvent<Result>, void> {
  let last = lastEventId
  let breaks = 0
  for (;;) {
    const connection = new Connection(transport, signal)
    let brokenBy: unknown
    try {
      for await (const event of connection.read<Result>(id, last)) {
        last = event.id
        breaks = 0
        yield event
        if (event.event === "end") return
      }
      if (connection.isAtEnd) return
      breaks = 0
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof BelayClientError && !isPassing(error)) throw error
      brokenBy = error
      if (++breaks >= BREAKS_MAX) throw brokenBy
    } finally {
      connection.close()
    }
    const saidMs = connection.retryMs ?? 0
    if (brokenBy !== undefined) await pause(Math.max(saidMs, backoffMs(breaks)), signal)
    else if (saidMs < AT_REST_MS) await pause(saidMs, signal)
    else await rest(transport, id, last, saidMs, signal)
  }
}

function isPassing({ status }: BelayClientError): boolean {
  return status === 0 || status === 429 || status >= 500
}

/** One answer of the route, read until it ends or breaks. */
class Connection {
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

  async *read<Result>(
    id: string,
    lastEventId: string | undefined,
  ): AsyncGenerator<RunEvent<Result>, void> {
    const response = await this.#transport.open({
      path: ["v1", "runs", id, "events"],
      headers: {
        accept: "text/event-stream",
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
      isRepeatable: true,
      signal: this.#signal,
    })
    if (response.status === 204 || response.body === null) {
      this.isAtEnd = true
      return
    }
    const decoder = new TextDecoder()
    // Not `for await`: not every browser has it for streams.
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (;;) {
      const { done, value } = await this.#withinSilence(reader.read())
      if (done) return
      for (const { id: eventId, event, data } of this.#text.add(
        decoder.decode(value, { stream: true }),
      )) {
        if (eventId === undefined) continue
        yield { event, id: eventId, data: JSON.parse(data) as unknown } as RunEvent<Result>
      }
    }
  }

  async #withinSilence<T>(reading: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#abort.abort(new Error(`Nothing came for ${SILENCE_MS} ms.`))
    }, SILENCE_MS)
    try {
      return await reading
    } finally {
      clearTimeout(timer)
    }
  }
}
