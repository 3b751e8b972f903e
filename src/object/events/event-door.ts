// Event door: what those who watch a run are told, by question and by socket.
// Owns: the wait for the next event, and the hibernating sockets with their cursors.
// Must not touch: what an event is (event-batch.ts), how it is shown (the text is made by whoever made the class), how far
// a socket may be behind (socket-flow.ts).
//   G1. A socket's cursor stands in its attachment, which outlives the object's memory: sleep costs nothing, loses nothing.
//   G2. A watcher that breaks, or does not read, costs itself, never the run.

import { BelayError } from "../../engine/errors.ts"
import { EVENTS_WAIT_MS, SOCKETS_MAX, STREAMS_MAX } from "../../engine/limits.ts"
import type { EventBatch, RunEvent, SocketOrder } from "../../engine/ports/run-events.ts"
import { isFinal } from "../../engine/ports/runs.ts"
import { answering } from "../answer.ts"
import { eventBatch } from "./event-batch.ts"
import type { RunHome } from "../run/run-home.ts"
import { logFailure } from "../run-log.ts"
import { sent, type SentRecord } from "../doors/run-record.ts"
import {
  hasRoom,
  hear,
  hold,
  isSilent,
  opened,
  restored,
  SILENCE_MS,
  tell,
  type SocketState,
} from "./socket-flow.ts"
import { readSocketRequest } from "./socket-request.ts"

/** How an event becomes a socket's message. `run` is there for the end; without its input when that is too long. */
export type EventText = (
  event: RunEvent,
  run: SentRecord | undefined,
  view: SocketOrder["view"],
) => string

/** Between two batches of a long past: the socket is drained meanwhile, and the run gets its turns. */
const NEXT_BATCH_MS = 20

const NORMAL_END = 1000
const POLICY_VIOLATION = 1008
const BROKEN = 1011
const TRY_AGAIN_LATER = 1013

// A reason has 123 bytes at the most.
const UNHEARD =
  "This socket only tells: say nothing but `read <count>`, and each time more than before."
const BEHIND =
  "Too much is unread: connect again with the last id, and say `read <count>` now and then."

export class EventDoor {
  readonly #home: RunHome
  readonly #ctx: DurableObjectState
  readonly #text: EventText
  #sockets: number
  #isTellingDue = false
  #waiting = 0
  /** Of this turn: those who stand at the same event are told the same. */
  #shared: Map<string, EventBatch> | undefined

  constructor(home: RunHome, ctx: DurableObjectState, text: EventText) {
    this.#home = home
    this.#ctx = ctx
    this.#text = text
    this.#sockets = ctx.getWebSockets().length
    home.waiters.watch(() => {
      this.#share()
      this.#tellSoon()
    })
  }

  async events(id: string, after: string | undefined, waitMs: number): Promise<EventBatch> {
    this.#home.look(id)
    const first = this.#batch(id, after)
    if (isNews(first)) return first
    if (this.#waiting >= STREAMS_MAX) {
      throw new BelayError(
        "limit_reached",
        `${STREAMS_MAX} others wait for the next event of run "${id}" already; come again later, or read its journal.`,
      )
    }
    // Read once, and again at each change.
    let known: EventBatch | undefined = first
    this.#waiting++
    try {
      const found = await this.#home.waiters.until(Math.min(waitMs, EVENTS_WAIT_MS), () => {
        const batch = known ?? this.#batch(id, after)
        known = undefined
        return isNews(batch) ? batch : undefined
      })
      return found ?? this.#batch(id, after)
    } finally {
      this.#waiting--
    }
  }

  /** Takes a socket; a refusal is an answer as any method gives one. */
  async accept(request: Request): Promise<Response> {
    const answer = await answering(() => this.#accept(request))
    if (!answer.ok) return Response.json(answer, { status: 409 })
    const { "0": client, "1": server } = new WebSocketPair()
    const order = readSocketRequest(request)
    const { protocol } = order
    // Answered by the platform, with nobody woken: some watchers have to send something to keep their way open.
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"))
    this.#ctx.acceptWebSocket(server)
    server.serializeAttachment(opened(order))
    this.#sockets++
    this.#tell(server)
    const headers = protocol === undefined ? {} : { "sec-websocket-protocol": protocol }
    return new Response(null, { status: 101, webSocket: client, headers })
  }

  /** All a watcher has to say is what it has read: anything else would wake a sleeping run for nothing. */
  received(socket: WebSocket, message: string | ArrayBuffer): void {
    const state = restored(socket.deserializeAttachment())
    const next = typeof message === "string" ? hear(state, message) : undefined
    if (next === undefined) {
      return close(socket, POLICY_VIOLATION, UNHEARD)
    }
    socket.serializeAttachment(next)
    if (state.heldAtMs !== undefined) this.#tell(socket)
  }

  closed(): void {
    this.#sockets = this.#ctx.getWebSockets().length
  }

  #accept(request: Request): null {
    const { id, after } = readSocketRequest(request)
    this.#home.look(id)
    eventBatch(this.#home.row(id), this.#home.tables.journal, after)
    if (this.#ctx.getWebSockets().length >= SOCKETS_MAX) {
      throw new BelayError(
        "limit_reached",
        `Run "${id}" is watched over ${SOCKETS_MAX} sockets already; close one, or read its events without a socket.`,
      )
    }
    return null
  }

  #batch(id: string, after: string | undefined): EventBatch {
    const row = this.#home.row(id)
    const read = () => eventBatch(row, this.#home.tables.journal, after)
    const key = after ?? ""
    const batch = this.#shared?.get(key) ?? read()
    this.#shared?.set(key, batch)
    return batch
  }

  /** From a change to the end of this turn. Each change begins anew. */
  #share(): void {
    if (this.#waiting === 0) return
    const shared = new Map<string, EventBatch>()
    this.#shared = shared
    queueMicrotask(() => {
      if (this.#shared === shared) this.#shared = undefined
    })
  }

  /** After the stretch: what a watcher's socket throws must not reach the run. */
  #tellSoon(): void {
    if (this.#sockets === 0 || this.#isTellingDue) return
    this.#isTellingDue = true
    queueMicrotask(() => {
      this.#isTellingDue = false
      for (const socket of this.#ctx.getWebSockets()) this.#tell(socket)
    })
  }

  #tell(socket: WebSocket): void {
    try {
      this.#send(socket)
    } catch (error) {
      logFailure("A watcher could not be told; its socket is closed.", error, {
        run: this.#home.driver.row?.id,
      })
      close(socket, BROKEN, "Something went wrong on this side; connect again with the last id.")
    }
  }

  #send(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.READY_STATE_OPEN) return
    let state = restored(socket.deserializeAttachment())
    const { row } = this.#home.driver
    if (row === undefined) return close(socket, NORMAL_END, "The run is gone.")
    if (!hasRoom(state)) return this.#hold(socket, state)
    const { events, hasMore, status } = eventBatch(row, this.#home.tables.journal, state.after)
    const record = events.at(-1)?.type === "end" ? sent(this.#home.record(row.id)) : undefined
    for (const event of events) {
      if (!hasRoom(state)) break
      const text = this.#text(event, record, state.view)
      socket.send(text)
      state = tell(state, event.id, text.length)
    }
    socket.serializeAttachment(state)
    const isAll = events.length === 0 || state.after === events.at(-1)?.id
    if (!isAll) this.#hold(socket, state)
    else if (hasMore) setTimeout(() => this.#tell(socket), NEXT_BATCH_MS)
    else if (isFinal(status)) close(socket, NORMAL_END, "The run has ended.")
  }

  /** The next change looks again, should this object be gone before the time is over. */
  #hold(socket: WebSocket, state: SocketState): void {
    const nowMs = Date.now()
    if (isSilent(state, nowMs)) return close(socket, TRY_AGAIN_LATER, BEHIND)
    if (state.heldAtMs !== undefined) return
    socket.serializeAttachment(hold(state, nowMs))
    setTimeout(() => this.#tell(socket), SILENCE_MS)
  }
}

function isNews({ events, status }: EventBatch): boolean {
  return events.length > 0 || isFinal(status)
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason)
  } catch (error) {
    // It is closed already, from the other side.
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error
  }
}
