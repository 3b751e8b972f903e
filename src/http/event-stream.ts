// Event stream: a run's events as server-sent events.
// Owns: the text of the stream, its silence and its end. Must not touch: rights, headers.
//   V1. The object is asked in batches, so that each answer passes its output gate: nothing is told that a crash undoes.
//   V2. A reader who does not read is not written to: the next batch is asked for when the last one is taken. One that
//       does not read for long is told no more: the stream breaks off behind what is on its way.
//   V3. However it ends, the reader goes on behind the last id it has.

import { BelayError } from "../engine/errors.ts"
import { EVENT_UNITS_MAX, EVENTS_WAIT_MS } from "../engine/limits.ts"
import type { EventBatch, RunEvent } from "../engine/ports/run-events.ts"
import { isFinal, type RunRecord } from "../engine/ports/runs.ts"
import { eventData } from "./event-view.ts"
import type { View } from "./value-view.ts"

export interface EventSource {
  readonly next: (after: string | undefined, waitMs: number) => Promise<EventBatch>
  readonly run: () => Promise<RunRecord | undefined>
}

/** How a reader is told to wait before it connects again: after a break, and where the run sleeps. */
const RECONNECT_MS = 1_000
const RECONNECT_AT_REST_MS = 5_000

/** Silent questions in a row over a run at rest before the stream closes: 30 s. */
const SILENT_AT_REST_MAX = 30_000 / EVENTS_WAIT_MS

/** Questions in one stream: each counts against what the platform lets one request ask. */
const QUESTIONS_MAX = 500

/** How long a reader may leave what it was sent: longer, and the stream breaks off, to go on behind its last id. */
const UNREAD_MS_MAX = 30_000

const UNREAD = "The reader has not read for 30 s; connect again with the last id."

/** Between two questions about a busy run: what changes meanwhile is told together. */
const PACE_MS = 50

/**
 * The events behind `after`, then live.
 * @param first the answer to the first question, which was asked while an error could still have its own status.
 */
export function eventStream(
  source: EventSource,
  first: EventBatch,
  after: string | undefined,
  view: View,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const teller = new Teller(source, after, view)
  let pending: EventBatch | undefined = first
  let unread: ReturnType<typeof setTimeout> | null = null
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(unread)
        let text = pending === undefined ? "" : `retry: ${RECONNECT_MS}\n\n`
        do {
          const batch = pending ?? (await teller.ask())
          pending = undefined
          if (batch !== undefined) text += await teller.tell(batch)
          // A pull that brought nothing would not be asked for again.
        } while (text === "" && !teller.isOver)
        if (text !== "") controller.enqueue(encoder.encode(text))
        if (teller.isOver) controller.close()
        // Not a timer of the run: what is told here stands in its journal.
        else unread = setTimeout(() => controller.error(new Error(UNREAD)), UNREAD_MS_MAX)
      },
      cancel() {
        clearTimeout(unread)
      },
    },
    // Nothing is asked before somebody reads.
    { highWaterMark: 0 },
  )
}

class Teller {
  readonly #source: EventSource
  readonly #view: View
  #after: string | undefined
  #questions = 0
  #silentAtRest = 0
  #isBehind = false
  isOver = false

  constructor(source: EventSource, after: string | undefined, view: View) {
    this.#source = source
    this.#after = after
    this.#view = view
  }

  /** `undefined` when the object refuses or cannot be reached any more: who connects again is told why. */
  async ask(): Promise<EventBatch | undefined> {
    if (!this.#isBehind) await new Promise((resolve) => setTimeout(resolve, PACE_MS))
    try {
      return await this.#source.next(this.#after, EVENTS_WAIT_MS)
    } catch (error) {
      if (!(error instanceof BelayError)) throw error
      this.isOver = true
      return undefined
    }
  }

  async tell(batch: EventBatch): Promise<string> {
    let text = ""
    for (const event of batch.events) {
      text += await this.#textOf(event)
      if (this.isOver) return text
    }
    this.#isBehind = batch.hasMore
    if (++this.#questions >= QUESTIONS_MAX) this.isOver = true
    if (batch.events.length > 0) {
      this.#silentAtRest = 0
      return text
    }
    return this.#silence(batch)
  }

  async #textOf(event: RunEvent): Promise<string> {
    const run = event.type === "end" ? await this.#source.run() : undefined
    // It goes on, by a person's hand, in the moment between its end and the look at it.
    if (event.type === "end" && (run === undefined || !isFinal(run.status))) return ""
    this.#after = event.id
    this.isOver = event.type === "end"
    // The end is told once, to whoever has read all the rest: it comes whole.
    const unitsMax = event.type === "end" ? Infinity : EVENT_UNITS_MAX
    const data = eventData(event, run, this.#view, unitsMax)
    return `id: ${event.id}\nevent: ${event.type}\ndata: ${data}\n\n`
  }

  /** A comment keeps the way open while a step is long; over a run at rest the stream ends after a while. */
  #silence({ status }: EventBatch): string {
    if (status === "running") {
      this.#silentAtRest = 0
      return ": the run is at work\n\n"
    }
    if (++this.#silentAtRest < SILENT_AT_REST_MAX) return ": the run is at rest\n\n"
    this.isOver = true
    return `retry: ${RECONNECT_AT_REST_MS}\n\n`
  }
}
